"""How the outside world is told what happens: the settings of MQTT."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.secret import Secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Mqtt:
    """The broker, `mqtt://user:password@host:1883` or `mqtts://host`; empty: nobody is told.

    `authority` (a PEM file) has signed the certificate of a broker that is reached by TLS.
    """

    url: Secret = Secret("")
    authority: Path = Path()


def problems(mqtt: Mqtt) -> Iterator[str]:
    """Yield what cannot work."""
    from queues.mqtt import Broker  # noqa: PLC0415  nobody else who reads settings needs its library

    if mqtt.url:
        try:
            Broker.at(mqtt.url.reveal())
        except ValueError as error:
            yield f"mqtt.url: {error}"
