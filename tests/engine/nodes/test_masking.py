"""What is found of a secret, and where."""

from hypothesis import given
from hypothesis import strategies as st

from engine.nodes.masking import MASK, Masking

SECRET = 'sk-12/34"5678'


def test_a_secret_is_left_out_however_deep_it_is() -> None:
    """RUN-26: in texts, names, and as it is spelled in JSON and in addresses."""
    value = {
        "headers": {"echo": f"Bearer {SECRET}", SECRET: 1},
        "list": [f"a{SECRET}b{SECRET}", 7, None, True],
        "json": '{"key": "sk-12/34\\"5678"}',
        "url": "https://a/?key=sk-12%2F34%225678",
    }
    assert Masking(SECRET).value(value) == {
        "headers": {"echo": f"Bearer {MASK}", MASK: 1},
        "list": [f"a{MASK}b{MASK}", 7, None, True],
        "json": f'{{"key": "{MASK}"}}',
        "url": f"https://a/?key={MASK}",
    }


def test_a_secret_with_its_scheme_is_found_without_it() -> None:
    assert Masking("Bearer sk-12345678").text("sk-12345678 is wrong") == f"{MASK} is wrong"


def test_a_number_can_be_a_secret() -> None:
    assert Masking("12345678").value([12345678, 1234]) == [MASK, 1234]


def test_what_is_too_short_is_left_alone() -> None:
    assert Masking("1234567", "").text("1234567") == "1234567"


def test_one_secret_that_is_part_of_another_hides_no_less() -> None:
    assert Masking("12345678", "12345678-9999").text("a 12345678-9999 b") == f"a {MASK} b"


@given(st.lists(st.sampled_from(["sk-1", "2345678", "sk-12345678", "x", "s", "sk-", "8"])))
def test_a_secret_in_pieces_is_never_shown(pieces: list[str]) -> None:
    """RUN-26: and what is shown is what would be shown of the whole, but for its end, which may still become one."""
    masking = Masking("sk-12345678")
    shown = "".join(masking.piece(piece) for piece in pieces)
    assert "sk-12345678" not in shown
    assert Masking("sk-12345678").text("".join(pieces)).startswith(shown)
