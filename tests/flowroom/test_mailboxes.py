"""Mail addresses as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowroom.addresses import is_name
from flowroom.mailboxes import mailboxes


@pytest.mark.parametrize(
    ("listed", "found"),
    [
        ("", []),
        (" ,\n,", []),
        ("ada@example.org", ["ada@example.org"]),
        ("Ada <ada@example.org>,\n bo@example.org,", ["Ada <ada@example.org>", "bo@example.org"]),
        ('"Lovelace, Ada" <ada@example.org>', ['"Lovelace, Ada" <ada@example.org>']),
        ("bo@müller.example", ["bo@xn--mller-kva.example"]),
    ],
)
def test_addresses_come_with_or_without_a_name(listed: str, found: list[str]) -> None:
    """RUN-34."""
    assert [str(address) for address in mailboxes(listed)] == found


@pytest.mark.parametrize("listed", ["(" * 5000, "a@b.cd " + "(" * 900 + ")" * 900, "a@b.cd, " * 2000, '"' * 100_000])
def test_what_python_reads_for_minutes_or_not_at_all_is_refused(listed: str) -> None:
    """RUN-34: the text is a graph's, and the thread that reads it is that of all runs."""
    with pytest.raises(ValueError, match="expected mail addresses"):
        mailboxes(listed)


@given(st.text() | st.text('a@.,<>"\\()[]:; \r\n\té', max_size=12))
def test_whatever_is_written_is_addresses_or_refused(listed: str) -> None:
    """RUN-34."""
    try:
        found = mailboxes(listed)
    except ValueError as error:
        assert str(error).startswith("expected mail addresses")
    else:
        assert all(address.username and is_name(address.domain) for address in found)
        assert not any(letter in str(address) for address in found for letter in "\r\n")
