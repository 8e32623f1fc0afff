"""Where a page of a list ends: the time and id of its last row, in a text that callers hand back as they got it."""

import base64
import binascii
import math

from collab_server.errors import InvalidRequest


def cursor_of(at: float, id: str) -> str:
    """The place of a row."""
    return base64.urlsafe_b64encode(f"{at!r} {id}".encode()).decode().rstrip("=")


def read_cursor(text: str, parameter: str) -> tuple[float, str]:
    """The place in a text that came by this query parameter. Raises InvalidRequest."""
    try:
        at, id = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().split(" ", 1)
        place = float(at), id
        if not math.isfinite(place[0]) or "\0" in id:  # PostgreSQL has no place for NUL
            raise ValueError
        return place
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(
            "That is no page of this list.",
            expected="the value of `next` in the page before",
            received=text[:80],
            advice=f"Leave `{parameter}` out to begin at the first page.",
        ) from error
