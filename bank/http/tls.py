"""Both ends of a mutual TLS connection: each shows a certificate of the same private authority."""

from __future__ import annotations

import ssl
from pathlib import Path


def client_tls(authority: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """Return what the adapter needs: trusts `authority` only, shows `certificate`."""
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cafile=authority)
    return _prepared(context, certificate, key)


def server_tls(authority: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """Return what the service needs: refuses clients without a certificate of `authority`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=authority)
    context.verify_mode = ssl.CERT_REQUIRED
    return _prepared(context, certificate, key)


def _prepared(context: ssl.SSLContext, certificate: Path, key: Path) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    return context
