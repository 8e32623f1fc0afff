"""When a comment speaks to a bot, and what it asks."""

import pytest

from asked import request_in


@pytest.mark.parametrize(
    ("body", "request_"),
    [
        ("@layout", ""),
        ("Please, @Layout, from left  to right", "Please, , from left to right"),
        ("@[Layout bot](t-1) tidy up", "tidy up"),
        ("@[Ada](p-1) and @[Layout bot](t-1): now", "and : now"),
        ("@[Ada](p-1) shall look at the layout", None),
        ("mail@layout.example, @layouts", None),
        ("", None),
    ],
)
def test_what_is_asked_is_what_stands_beside_the_name(body: str, request_: str | None) -> None:
    assert request_in(body, "layout", "t-1") == request_
