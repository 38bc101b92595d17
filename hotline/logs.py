"""Readable logs for people, JSON lines for machines."""

from __future__ import annotations

import logging
import sys

import structlog


def set_up(*, as_json: bool) -> None:
    """Log to standard error: coloured lines on a terminal, plain ones elsewhere, or JSON."""
    renderer: structlog.typing.Processor = _line
    if as_json:
        renderer = structlog.processors.JSONRenderer(ensure_ascii=False)
    elif sys.stderr.isatty():
        renderer = structlog.dev.ConsoleRenderer(pad_event_to=0)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso" if as_json else "%H:%M:%S", utc=as_json),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")


def quiet() -> None:
    """Log errors only: the terminal belongs to a conversation."""
    set_up(as_json=False)
    logging.getLogger().setLevel(logging.ERROR)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))


def _line(_logger: object, _method: str, event: structlog.typing.EventDict) -> str:
    """Return a line without colours; what renders those costs a call more than its whole dialogue."""
    head = f"{event.pop('timestamp')} [{event.pop('level')}] {event.pop('event')}"
    trouble = event.pop("exception", None)
    line = " ".join([head, *(f"{name}={value}" for name, value in event.items())])
    return line if trouble is None else f"{line}\n{trouble}"
