"""How much of a request's body is read, by what it is for and by who sends it.

A body is held in memory and looked into by the loop, so a large one makes everyone wait. Only where a graph, what a run
is given or a copy is sent may it be large, and only from those who may do something there: see KnownWriters in
callers.py. What strangers may send is small.
"""

import re

from starlette.requests import Request

from collab_server.auth.credentials import for_strangers
from collab_server.settings import Settings

IMPORT = "/api/import"
MULTIPART_OVERHEAD = 64 * 1024
SIGN_IN_BYTES = 16 * 1024
MODEST_BYTES = 128 * 1024
"""More than any other request needs, but for the comment that may be in it."""
BYTES_OF_A_CHARACTER = 12
"""At most, in JSON: an emoji as two escapes."""
_LARGE = re.compile(r"/api/(?:import|graphs(?:/([^/]+)(?:/runs|/versions)?)?)")


def most(method: str, path: str, settings: Settings) -> int:
    """How many bytes of a body are read."""
    if path == IMPORT:
        return settings.max_upload_bytes + MULTIPART_OVERHEAD
    if for_strangers(method, path):
        return SIGN_IN_BYTES
    modest = MODEST_BYTES + BYTES_OF_A_CHARACTER * settings.max_comment_chars
    return settings.max_body_bytes if _large(method, path) else min(modest, settings.max_body_bytes)


def advice(method: str, path: str) -> str:
    """What whoever sent more can do."""
    if path == IMPORT:
        return "Import a part of it, or raise FLOWROOM_MAX_UPLOAD_BYTES."
    return "Send less, or raise FLOWROOM_MAX_BODY_BYTES." if _large(method, path) else "Send less."


def is_weighty(request: Request) -> bool:
    """Whether this may turn out larger than most are: it says so, or does not say how large it is."""
    announced = request.headers.get("content-length", "")
    is_small = announced.isdecimal() and int(announced) <= MODEST_BYTES
    return not is_small and _large(request.method, request.scope["path"]) is not None


def graph_in(path: str) -> str | None:
    """The graph that something large is for; None for one that is still to be made."""
    found = _LARGE.fullmatch(path)
    return found[1] if found else None


def _large(method: str, path: str) -> re.Match[str] | None:
    return _LARGE.fullmatch(path) if method in ("POST", "PUT") else None
