"""From a `Plan` to the files Asterisk reads: `asterisk_conf/templates`, nothing else, all of them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from asterisk_conf.modules import needed
from asterisk_conf.obtain import Asterisk
from asterisk_conf.plan import FALLBACK, Carry, Plan, Trunk
from pbx.dialplan import FACTS, MESSAGE, Back
from pbx.files import CDR_COLUMNS, CEL_COLUMNS, CelType, Told, Why

TEMPLATES = Path(__file__).parent / "templates"

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(TEMPLATES),
    undefined=StrictUndefined,
    autoescape=False,  # noqa: S701  configuration, not HTML; `Plan` refuses what could break out of a line
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)


def render(plan: Plan, *, modules: Path, available: frozenset[str]) -> dict[str, str]:
    """Return every configuration file by name, for an Asterisk with these modules in this folder."""
    words: Mapping[str, object] = {
        "plan": plan,
        "folder": modules,
        "modules": needed(available),
        "trunk": plan.trunk,
        "trunk_uri": _uri(plan.trunk) if plan.trunk else "",
        "client_uri": _uri(plan.trunk, who=True) if plan.trunk else "",
        "fallback": FALLBACK,
        "told": Told,
        "why": Why,
        "back": Back,
        "message": MESSAGE,
        "caller_facts": ",".join(f"${{{fact}}}" for fact in FACTS),
        "cel_events": ",".join(CelType),
        "advanced": "res_cdrel_custom" in available,
        "cel_columns": CEL_COLUMNS,
        "cdr_columns": CDR_COLUMNS,
        "cel_legacy": _legacy(map(_cel_function, CEL_COLUMNS)),
        "cdr_legacy": _legacy(map(_cdr_function, CDR_COLUMNS)),
    }
    names = sorted(name.removesuffix(".j2") for name in _ENVIRONMENT.list_templates())
    return {name: _ENVIRONMENT.get_template(f"{name}.j2").render(words) for name in names}


def write(plan: Plan, asterisk: Asterisk) -> None:
    """Make the folders and write every file, readable by their owner alone: they hold passwords."""
    for folder in plan.folders.all():
        folder.mkdir(parents=True, exist_ok=True)
    plan.folders.etc.chmod(0o700)
    documentation = plan.folders.lib / "documentation"
    documentation.unlink(missing_ok=True)
    documentation.symlink_to(asterisk.documentation)  # Asterisk looks for its own manual below its data
    for name, text in render(plan, modules=asterisk.modules, available=asterisk.available).items():
        descriptor = os.open(plan.folders.etc / name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)


def _uri(trunk: Trunk, *, who: bool = False) -> str:
    user = f"{trunk.login.name}@" if who and trunk.login else ""
    host = f"[{trunk.host}]" if ":" in trunk.host else trunk.host
    return f"sip:{user}{host}:{trunk.port}" + ("\\;transport=tls" if trunk.carry is Carry.TLS else "")


def _legacy(functions: Iterable[str]) -> str:
    return ",".join(f"${{CSV_QUOTE({function})}}" for function in functions)


def _cel_function(column: str) -> str:
    """Return the dialplan function of a column; CEL's own are variables."""
    if column in ("eventenum", "eventtime", "userdeftype", "eventextra"):
        return f"${{{column}}}"
    return "${BRIDGEPEER}" if column == "peer" else f"${{CHANNEL({column})}}"


def _cdr_function(column: str) -> str:
    name, _, form = column.removesuffix(")").partition("(")
    return f"${{CDR({name},u)}}" if form == "double" else f"${{CDR({name})}}"  # u: as epoch seconds
