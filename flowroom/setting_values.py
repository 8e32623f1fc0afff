"""What settings may say: each value is read or refused with what was expected, what came and what to do. Pure.

A setting that nothing could ever match, such as an address with a typing error in a list of those that are allowed,
is refused when a process starts. Taken silently it would be found out by whoever is locked out, or let in.
"""

import ipaddress
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from urllib.parse import urlsplit

from pydantic import ValidationError

from flowroom.addresses import allowance, is_name
from flowroom.mailboxes import mailboxes


def in_parts(listed: str) -> tuple[str, ...]:
    """What stands between commas."""
    return tuple(part.strip() for part in listed.split(",") if part.strip())


def reachable(entries: Iterable[str]) -> tuple[str, ...]:
    """Hosts, host:port, addresses and networks that requests may go to. Raises ValueError."""
    found = tuple(entries)
    for entry in found:
        allowance(entry)
    return found


def names_of_host(entries: Iterable[str]) -> tuple[str, ...]:
    """Host names, with or without a port. Raises ValueError."""
    found = reachable(entries)
    for entry in found:
        if "/" in entry:
            raise ValueError(f"expected host names, and {entry!r} is a network; name each host by itself")
    return found


def domains(entries: Iterable[str]) -> tuple[str, ...]:
    """Domains of email addresses. Raises ValueError."""
    found = tuple(entries)
    for entry in found:
        if not is_name(entry.lower()):
            raise ValueError(f"expected a domain such as example.org, not {entry!r}; write what stands after the @")
    return found


def proxies(listed: str) -> str:
    """Addresses and networks of proxies, with a comma between, or `*` for all. Raises ValueError."""
    for part in in_parts(listed):
        try:
            ipaddress.ip_network("0.0.0.0/0" if part == "*" else part)
        except ValueError as error:
            raise ValueError(
                f"expected addresses and networks such as 10.0.0.7 or 10.0.0.0/8, or * ({error})"
            ) from error
    return listed


_OF_THIS_MACHINE = frozenset({"redis", "rediss", "unix"})
"""What begins so may name no host, and means this machine."""


def url(value: str, *schemes: str) -> str:
    """An address that begins with one of these, or nothing. Raises ValueError; what came may hold a password."""
    try:
        split = urlsplit(value)
        is_here = split.scheme in _OF_THIS_MACHINE and (split.netloc or split.path.strip("/"))
        known = split.scheme in schemes and (split.hostname or is_here) and split.port != 0
    except ValueError:  # such as http://[ or a port that is no number
        known = False
    if value and not known:
        ways = " or ".join(f"{scheme}://" for scheme in schemes)
        raise ValueError(f"expected an address that begins with {ways}, and a host after it; write it out in full")
    return value


def sender(value: str, *, is_needed: bool) -> str:
    """Whom mail comes from: one address, or none where none is needed. Raises ValueError."""
    found = mailboxes(value)
    if len(found) > 1 or (is_needed and not found):
        raise ValueError(f"expected one address that mail comes from, such as flowroom@example.org, not {value!r}")
    return value


def recipients(entries: Iterable[str]) -> tuple[str, ...]:
    """Addresses that mail may go to, and domains of such, or `*` for all. Raises ValueError."""
    found = tuple(entries)
    domains(entry.rpartition("@")[2] for entry in found if entry != "*")
    return found


_DATABASE = "postgresql://user:password@host/name, or sqlite:////folder/name.db"
_IN_PASSWORDS = "in a password write %40 for @, %3A for : and %2F for /"
_NO_PORT = f"expected {_DATABASE}, and the port is no number between 1 and 65535; {_IN_PASSWORDS}"


def database(value: str) -> str:
    """The URL of a database, or nothing. Raises ValueError, which repeats nothing of what may be a password."""
    if not value:
        return value
    from sqlalchemy.engine import make_url
    from sqlalchemy.exc import ArgumentError

    try:
        parsed = make_url(value)
    except ArgumentError:
        raise ValueError(f"expected {_DATABASE}, and what came is no such address; write it out in full") from None
    except ValueError:
        raise ValueError(_NO_PORT) from None
    match parsed.drivername:
        case "sqlite" | "sqlite+pysqlite":
            if parsed.database in (None, "", ":memory:"):
                raise ValueError("expected a file, as sqlite:////folder/name.db: each thread would see its own memory")
        case name if name.split("+")[0] in ("postgresql", "postgres"):
            if "@" in (parsed.host or ""):
                raise ValueError(f"expected {_DATABASE}, and there is an @ in the host; {_IN_PASSWORDS}")
            if parsed.port is not None and not 0 < parsed.port < 65536:
                raise ValueError(_NO_PORT)
        case other:
            raise ValueError(f"expected {_DATABASE}, not {other}:; these are the two that it works on")
    return value


def unknown(names: Iterable[str], known: Collection[str], *, prefix: str = "FLOWROOM_") -> list[str]:
    """What is said of variables that look like settings and are none, a sentence for each: with the setting that is
    nearest, if one is near.
    """
    short = [name.removeprefix(prefix) for name in known]
    said = []
    for name in sorted({name.upper() for name in names} - {*known}):
        if name.startswith(prefix):
            near = get_close_matches(name.removeprefix(prefix), short, n=1, cutoff=0.7)
            hint = f" Did you mean {prefix}{near[0]}?" if near else ""
            said.append(f"There is no setting {name}, so it does nothing.{hint}")
    return said


def refusals(error: ValidationError) -> list[str]:
    """What can't be used of an environment's settings, a sentence for each."""
    return [
        f"The setting {name} (FLOWROOM_{name.upper()}) can't be used: {problem['msg'].removeprefix('Value error, ')}."
        for problem in error.errors()
        for name in [str(problem["loc"][0])]
    ]
