"""Checks of where things are kept: the databases, their tables, their clock, Redis, and who executes runs."""

import time
from pathlib import Path

import redis
from sqlalchemy import Engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from collab_server.doctor.finding import Verdict, failed, ok, skipped, warning
from collab_server.runs import attendance_of, run_log_history
from collab_server.settings import Settings
from collab_server.stores.migrations import HISTORY
from flowroom.preflight import DatabaseUnusable, check_database
from flowroom.revisions import History
from flowroom.sql import create_engine

SKEW_SECONDS = 2.0
WAITING_SECONDS = 30.0
OLDEST_REDIS, SHARDED_REDIS = (6, 2), (7, 0)
REDIS_SECONDS = 5.0


def database(site: Settings) -> Verdict:
    """Whether the database of documents and accounts answers, and keeps what it says it has stored."""
    return _answers("FLOWROOM_DATABASE_URL", site.documents_url, site.data)


def run_log(site: Settings) -> Verdict:
    """The same of the run log."""
    return _answers("FLOWROOM_RUNS_URL", site.run_log_url, site.data)


def tables(site: Settings) -> Verdict:
    """Whether the tables are those that this version speaks of."""
    return _at_newest(site.documents_url, HISTORY)


def run_tables(site: Settings) -> Verdict:
    """The same of the run log."""
    return _at_newest(site.run_log_url, run_log_history())


def clock(site: Settings) -> Verdict:
    """Whether this machine and the database agree what time it is: sessions and deliveries go by this one's."""
    if site.documents_url.startswith("sqlite"):
        return skipped("SQLite has no clock of its own")
    engine = create_engine(site.documents_url)
    try:
        with engine.connect() as connection:
            before = time.time()
            theirs = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0.0)
            skew = theirs - (before + time.time()) / 2
    except SQLAlchemyError as error:
        return _unreachable(error)
    finally:
        engine.dispose()
    if abs(skew) > SKEW_SECONDS:
        return failed(
            f"the database's clock is {skew:+.1f} s from this machine's", "Let both be set by NTP (chrony, timesyncd)."
        )
    return ok(f"{skew * 1000:+.0f} ms from the database's")


def bus(site: Settings) -> Verdict:
    """Whether Redis answers, is new enough, and does not throw keys away."""
    if site.redis_url is None:
        return skipped("one worker needs no Redis")
    try:
        with redis.Redis.from_url(site.redis_url, socket_timeout=REDIS_SECONDS) as client:
            server, memory = client.info("server"), client.info("memory")
    except (redis.RedisError, OSError, ValueError) as error:
        return failed(
            f"Redis does not answer: {error}", "Start it, or mend FLOWROOM_REDIS_URL. No edit is lost meanwhile."
        )
    version = str(server["redis_version"])
    found = tuple(int(part) for part in version.split(".")[:2])
    if found < OLDEST_REDIS:
        return failed(f"Redis {version}", f"Use {'.'.join(map(str, OLDEST_REDIS))} or newer.")
    policy = memory.get("maxmemory_policy", "noeviction")
    if memory.get("maxmemory") and policy != "noeviction":
        return warning(
            f"Redis {version} throws keys away when it is full ({policy})",
            "Set maxmemory-policy noeviction: else people vanish from rooms they are in.",
        )
    sharded = "" if found >= SHARDED_REDIS else "; from 7.0 on it can spread rooms over a cluster"
    return ok(f"Redis {version}, {policy}{sharded}")


def engines(site: Settings) -> Verdict:
    """Whether someone executes runs."""
    if _at_newest(site.run_log_url, run_log_history()).state != "ok":
        return skipped("the run log is not ready")
    try:
        here = attendance_of(site.run_log_url)
    except SQLAlchemyError as error:
        return _unreachable(error)
    waited = 0.0 if here.waiting_since is None else time.time() - here.waiting_since
    if not here.workers:
        told = f"{here.waiting} run(s) wait" if here.waiting else "no run waits"
        return (failed if here.waiting else warning)(
            f"no engine has signed the run log for half a minute; {told}",
            "Start one: `flowroom engine`, with the server's run log and service token. `flowroom up` starts its own.",
        )
    if waited > WAITING_SECONDS:
        return warning(
            f"{len(here.workers)} engine(s), and a run has waited for {waited:.0f} s",
            "Start another engine, or raise FLOWROOM_MAX_RUNS.",
        )
    return ok(f"{len(here.workers)} engine(s): {', '.join(worker.name for worker in here.workers[:3])}")


def _answers(setting: str, url: str, data: Path) -> Verdict:
    file = _missing(url)
    try:
        if file is None or file.parent != data:  # of the data folder another check speaks
            check_database(setting, url)
    except DatabaseUnusable as error:
        return failed(error.found, error.advice)
    if file is not None:
        return warning(f"there is no {file} yet", "Start the server once: it makes it.")
    engine = create_engine(url)
    try:
        return _looked_into(engine)
    except SQLAlchemyError as error:
        return _unreachable(error)
    finally:
        engine.dispose()


def _looked_into(engine: Engine) -> Verdict:
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            found = connection.execute(text("PRAGMA quick_check(1)")).scalar()
            if found != "ok":
                return failed(
                    f"SQLite finds damage: {found}", "Put a backup in its place (`flowroom backup` makes them)."
                )
            return ok(f"SQLite {engine.url.database}")
        version = connection.execute(text("SHOW server_version")).scalar()
        if connection.execute(text("SHOW synchronous_commit")).scalar() == "off":
            return failed(
                f"PostgreSQL {version} acknowledges what it has not written (synchronous_commit is off)",
                "Turn it on for this database: *Saved* would not be true.",
            )
        return ok(f"PostgreSQL {version}")


def _missing(url: str) -> Path | None:
    """The file of a SQLite database that is not there: to open it would make it."""
    parsed = make_url(url)
    file = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
    return None if file is None or file.exists() else file


def _at_newest(url: str, history: History) -> Verdict:
    if _missing(url) is not None:
        return skipped("there is no database yet")
    engine = create_engine(url)
    try:
        found = history.current(engine)
    except SQLAlchemyError:
        return skipped("the database does not answer")
    finally:
        engine.dispose()
    if found == history.newest:
        return ok(f"revision {found}")
    if found is not None and found > history.newest:
        return failed(
            f"revision {found} was made by a newer version; this one knows up to {history.newest}",
            "Use that version, or take the tables back with it: see docs/operations.md.",
        )
    return warning(
        f"revision {found or 'none'}, and this version speaks of {history.newest}",
        "Start the server or engine once: it brings its tables up to date.",
    )


def _unreachable(error: SQLAlchemyError) -> Verdict:
    told = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
    return failed(f"the database does not answer: {told}", "Start it, or mend its URL, user and rights.")
