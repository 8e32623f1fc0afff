"""Mail addresses as people write them: `Ada Lovelace <ada@example.org>, bo@example.org`. Pure."""

from email.errors import MessageError
from email.headerregistry import Address, AddressHeader
from email.policy import SMTP

from flowroom.addresses import is_name
from flowroom.errors import shortened

MAX_CHARS = 8_000
"""What the parser of Python reads in a moment: it takes four times as long for twice as many."""


def mailboxes(listed: str) -> tuple[Address, ...]:
    """The addresses in a text, with a comma or a new line between, each with or without a name; a domain comes as mail
    servers know it, xn--mller-kva.example for müller.example. Raises ValueError.
    """
    if len(listed) > MAX_CHARS:
        raise ValueError(f"expected mail addresses of {MAX_CHARS:,} characters at most, not {len(listed):,}")
    text = ", ".join(line.strip(" ,\t") for line in listed.splitlines() if line.strip(" ,\t"))
    try:
        return tuple(map(_in_ascii, _addresses(text))) if text else ()
    except ValueError as error:
        raise ValueError(
            f"expected mail addresses such as ada@example.org, with a comma between, not {shortened(listed)!r}"
        ) from error


def _addresses(text: str) -> tuple[Address, ...]:
    try:
        header = SMTP.header_factory("To", text)
    except (MessageError, LookupError, AttributeError, TypeError, RecursionError) as error:  # at some texts it fails
        raise ValueError("no addresses") from error
    assert isinstance(header, AddressHeader)
    if header.defects or not header.addresses:  # type: ignore[attr-defined]  # all headers have defects
        raise ValueError("no addresses")
    return header.addresses


def _in_ascii(address: Address) -> Address:
    """Raises ValueError for one that is incomplete; UnicodeError is one."""
    domain = address.domain.encode("idna").decode()
    if not address.username or not is_name(domain):
        raise ValueError("no address")
    return Address(address.display_name, address.username, domain)
