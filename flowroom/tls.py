"""Whom this process trusts when it calls others over TLS."""

import ssl
from functools import cache

import httpx


@cache
def trusted() -> ssl.SSLContext:
    """The authorities of `SSL_CERT_FILE` or `SSL_CERT_DIR`, or else those that Mozilla trusts.

    Every client of httpx would read them anew, which takes 17 ms: as long as a hundred calls to a server nearby.
    """
    return httpx.create_ssl_context()
