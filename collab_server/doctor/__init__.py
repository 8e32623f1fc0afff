"""`flowroom doctor`: looks at a deployment and says of each thing how it is, and what to mend.

The two tables below are all there is. A check gets the settings, or the server as people reach it, and gives a verdict;
one that fails in a way of its own is told as failed and costs the others nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from collab_server.doctor import machine, outside, stores
from collab_server.doctor.finding import Finding, Verdict, failed
from collab_server.doctor.outside import Outside
from collab_server.settings import Settings

__all__ = ["Finding", "Outside", "examine"]
Site = TypeVar("Site")

HERE: Mapping[str, Callable[[Settings], Verdict]] = {
    "settings": machine.settings,
    "data folder": machine.folder,
    "disk": machine.disk,
    "database": stores.database,
    "tables": stores.tables,
    "run log": stores.run_log,
    "run log tables": stores.run_tables,
    "database clock": stores.clock,
    "Redis": stores.bus,
    "engine": stores.engines,
    "offline model": machine.model,
    "mail": machine.mail,
}
THERE: Mapping[str, Callable[[Outside], Verdict]] = {
    "server": outside.reach,
    "readiness": outside.ready,
    "proxy": outside.proxy,
    "TLS": outside.tls,
    "WebSocket": outside.sockets,
    "clock": outside.clock,
}


def examine(settings: Settings, site: Outside | None) -> Iterator[Finding]:
    """Each finding as soon as it is there. Blocking."""
    yield from _all(HERE, settings)
    if site is not None:
        yield from _all(THERE, site)


def _all(checks: Mapping[str, Callable[[Site], Verdict]], site: Site) -> Iterator[Finding]:
    for name, check in checks.items():
        try:
            verdict = check(site)
        except Exception as error:  # the doctor's own mistake must not hide what the other checks find
            verdict = failed(f"the check itself failed: {error!r}", "Please report this.")
        yield Finding(name, verdict.state, verdict.found, verdict.advice)
