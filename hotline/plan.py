"""From our settings to what Asterisk is told."""

from __future__ import annotations

import hashlib
import hmac
import os

from asterisk_conf.plan import Address, Carry, Folders, Limits, Login, Plan, Seat, Tls, Trunk
from core.secret import Secret
from hotline.settings import Settings
from queues.model import DEMO_AGENTS, Queue

CALLS_A_CORE = 110
"""Calls at a time a core, unless the settings say otherwise: past it an Asterisk gets sick (`make bench`)."""

LOAD_A_CORE = 60.0
"""Load average a core past which new calls are refused, unless the settings say otherwise.

A machine that has all the calls it may have, and room for them, shows 23 a core (`make bench`, overload), and
goes on showing it for a minute: only what is far beyond that is a machine in trouble.
"""


def asterisk_plan(settings: Settings) -> Plan:
    """Return everything Asterisk is told; raises `PlanError` when a value cannot be."""
    secrets = settings.secrets()
    here = settings.asterisk
    return Plan(
        folders=Folders(settings.asterisk_folder),
        system_name=here.system,
        sip=Address(settings.sip.host, settings.sip.port),
        http=Address("127.0.0.1", here.http_port),
        ami=Address("127.0.0.1", here.manager_port),
        agi=Address(settings.agi.host, settings.agi.port),
        agi_password=secrets.agi,
        rtp=(settings.sip.rtp_first, settings.sip.rtp_last),
        manager=Login(name="hotline", password=secrets.manager),
        ari=Login(name="hotline", password=secrets.ari),
        seats=tuple(
            Seat(
                number=agent.number,
                password=seat_password(settings, agent.number),
                queues=tuple(queue.value for queue in Queue if agent.serves(queue)),
            )
            for agent in DEMO_AGENTS
        ),
        queues=tuple(queue.value for queue in Queue),
        limits=limits(settings),
        trunk=_trunk(settings),
        demo=settings.demo,
    )


def limits(settings: Settings) -> Limits:
    """Return what is let in."""
    here = settings.asterisk
    return Limits(
        calls=here.max_calls or CALLS_A_CORE * (os.cpu_count() or 1),
        calls_a_second=here.max_calls_a_second,
        load=here.max_load or LOAD_A_CORE * (os.cpu_count() or 1),
        free_memory_mb=here.min_free_mb,
        longest_call=here.longest_call,
        wait=here.wait,
        fallback_wait=here.fallback_wait,
    )


def seat_password(settings: Settings, number: str) -> Secret:
    """Return the SIP password of one agent's telephone, derived from this installation's secret."""
    key = settings.secrets().sip.reveal().encode()
    return Secret(hmac.new(key, number.encode(), hashlib.sha256).hexdigest()[:40])


def _trunk(settings: Settings) -> Trunk | None:
    trunk = settings.trunk
    if trunk.kind == "none":
        return None
    tls = trunk.transport == Carry.TLS.value
    return Trunk(
        host=trunk.host,
        port=trunk.port,
        carry=Carry(trunk.transport),
        srtp=trunk.srtp,
        login=Login(name=trunk.username, password=trunk.password) if trunk.kind == "registration" else None,
        addresses=tuple(word.strip() for word in trunk.addresses.split(",") if word.strip()),
        public=trunk.public,
        tls=Tls(
            address=Address(settings.sip.host, trunk.tls_port),
            certificate=trunk.certificate,
            key=trunk.key,
            authorities=trunk.authorities,
        )
        if tls
        else None,
    )
