"""Webhooks and their outbox in SQL: the tables, and what is asked of them, each as one function of a connection.

A delivery is written in the transaction of what it tells of, and is *waiting* until some worker claims it under a
lease, sends it, and says how that went. A worker that dies lets its leases run out, and another one sends again: each
message arrives at least once, and normally once.

Locks are taken in one order: the list's (`activity.hold`), a webhook, its deliveries. Who can't keep to it takes what
nobody holds (SKIP LOCKED), or one delivery and nothing after it. And a work that waits for a webhook's is alone in its
transaction: another one may have taken deliveries in it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy import Double as Seconds

from collab_server.stores.activity import growing_elsewhere
from collab_server.stores.tables import metadata
from flowroom.statements import Statement

State = Literal["waiting", "delivered", "failed"]

webhook = Table(
    "webhook",
    metadata,
    Column("id", Text, primary_key=True),
    Column("url", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("events", JSON, nullable=False, comment="kinds, some with *; all of them if empty"),
    Column("graphs", JSON, nullable=False, comment="ids of graphs; all, and what belongs to none, if empty"),
    Column("enabled", Boolean, nullable=False),
    Column("secret", Text, nullable=False, comment="encrypted"),
    Column("old_secret", Text, nullable=True, comment="encrypted; signs, too, until old_until"),
    Column("old_until", Seconds, nullable=True),
    Column("created_at", Seconds, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("failing_since", Seconds, nullable=True),
    Column("disabled_why", Text, nullable=False, server_default=text("''")),
)

webhook_delivery = Table(
    "webhook_delivery",
    metadata,
    Column("id", Text, primary_key=True, comment="the webhook-id that receivers see"),
    Column("webhook", Text, ForeignKey("webhook.id", ondelete="CASCADE"), nullable=False),
    Column("activity", BigInteger, nullable=True, comment="the row it tells of; none for a ping"),
    Column("kind", Text, nullable=False),
    Column("body", Text, nullable=True, comment="composed at the first attempt, and the same in all others"),
    Column("state", Text, nullable=False, comment="waiting, delivered or failed"),
    Column("due", Seconds, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("lease_until", Seconds, nullable=False, server_default=text("0")),
    Column("lease_by", Text, nullable=False, server_default=text("''")),
    Column("created_at", Seconds, nullable=False),
    Column("since", Seconds, nullable=False, comment="when trying began; a retry by hand begins anew"),
    Column("done_at", Seconds, nullable=True),
    Column("status", Integer, nullable=True),
    Column("answer", Text, nullable=False, server_default=text("''")),
    Column("error", Text, nullable=False, server_default=text("''")),
    Column("seconds", Seconds, nullable=True),
    Index("ix_webhook_delivery_due", "state", "due"),
    Index("ix_webhook_delivery_of_hook", "webhook", "state", "due"),
    Index("ix_webhook_delivery_listed", "webhook", "created_at", "id"),
    Index("ix_webhook_delivery_activity", "activity"),
)


@dataclass(frozen=True, slots=True)
class Hook:
    """One webhook as it is stored; times are seconds since 1970, secrets encrypted."""

    id: str
    url: str
    description: str
    events: tuple[str, ...]
    graphs: tuple[str, ...]
    enabled: bool
    secret: str
    old_secret: str | None
    old_until: float | None
    created_at: float
    created_by: str
    failing_since: float | None
    disabled_why: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message to one receiver, and how it stands with it."""

    id: str
    webhook: str
    activity: int | None
    kind: str
    body: str | None
    state: State
    due: float
    attempts: int
    created_at: float
    since: float
    done_at: float | None
    status: int | None
    answer: str
    error: str
    seconds: float | None


# Webhooks


def add_hook(connection: Connection, hook: Hook) -> None:
    """Store a new webhook."""
    connection.execute(insert(webhook).values(_hook_columns(hook)))


def hooks(connection: Connection, *, enabled: bool | None = None) -> list[Hook]:
    """All webhooks, the oldest first."""
    query = select(webhook).order_by(webhook.c.created_at, webhook.c.id)
    if enabled is not None:
        query = query.where(webhook.c.enabled.is_(enabled))
    return [_hook(row) for row in connection.execute(query)]


def hook(connection: Connection, id: str, *, held: bool = False) -> Hook | None:
    """One webhook; `held`, nobody else changes it until this work is over."""
    query = select(webhook).where(webhook.c.id == id)
    found = connection.execute(query.with_for_update(key_share=True) if held else query).one_or_none()
    return None if found is None else _hook(found)


def count_hooks(connection: Connection) -> int:
    """How many webhooks there are."""
    return connection.scalar(select(func.count()).select_from(webhook)) or 0


def change_hook(connection: Connection, id: str, values: dict[str, Any]) -> Hook | None:
    """Set columns of a webhook; None when there is none. One that is switched off has nothing waiting any more."""
    found = connection.execute(update(webhook).where(webhook.c.id == id).values(values).returning(*webhook.c))
    changed = found.one_or_none()
    if changed is not None and not changed.enabled:
        _drop(connection, id, str(values.get("disabled_why") or "The webhook was switched off."))
    return None if changed is None else _hook(changed)


def remove_hook(connection: Connection, id: str) -> Hook | None:
    """Delete a webhook with its deliveries; what it was."""
    found = connection.execute(delete(webhook).where(webhook.c.id == id).returning(*webhook.c)).one_or_none()
    return None if found is None else _hook(found)


def _drop(connection: Connection, hook: str, why: str) -> None:
    waiting = (webhook_delivery.c.webhook == hook, webhook_delivery.c.state == "waiting")
    connection.execute(update(webhook_delivery).where(*waiting).values(state="failed", error=why))


# The outbox


def post(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Put deliveries into the outbox: id, webhook, activity, kind, body, due and created_at of each. Those to a webhook
    that another worker has removed meanwhile are left out; what they tell of would fail with them.
    """
    there = _held(connection, {row["webhook"] for row in rows}) if rows else set()
    values = [
        {**row, "state": "waiting", "since": max(row["due"], row["created_at"])}
        for row in rows
        if row["webhook"] in there
    ]
    if values:
        connection.execute(insert(webhook_delivery), values)


def _held(connection: Connection, hooks: set[str]) -> set[str]:
    """Those of the webhooks that are there, and stay until this transaction is over."""
    found = select(webhook.c.id).where(webhook.c.id.in_(hooks)).with_for_update(read=True, key_share=True)
    return set(connection.scalars(found))


def postpone(connection: Connection, activity: int, due: float) -> None:
    """Let deliveries of a row wait, which has grown, unless they were begun."""
    waiting = (webhook_delivery.c.activity == activity, webhook_delivery.c.body.is_(None))
    connection.execute(update(webhook_delivery).where(*waiting).values(due=due, since=due))


def is_due(connection: Connection, now: float) -> bool:
    """Whether there is anything to claim."""
    return bool(_IS_DUE.run(connection, {"now": now}))


def claim(
    connection: Connection, by: str, *, now: float, lease_until: float, limit: int, room: Callable[[str], int]
) -> list[Delivery]:
    """Take deliveries that are due for oneself, of each webhook the oldest first, each of them one attempt further.

    `room` says how many more of a webhook's may be under way, so that a slow receiver keeps to its own. Who has most
    room comes first: if age alone counted, the backlogs of a few would keep all that is new waiting. What tells of a
    row that grows just now is left for later: whoever lets it grow wants the delivery next, and each would wait for
    the other.
    """
    due = webhook_delivery.c
    found: list[tuple[int, float, str]] = []
    for hook in list(connection.scalars(_HAVE_DUE, {"now": now})):
        free = max(0, room(hook))
        oldest = connection.execute(_OLDEST_DUE.limit(free), {"now": now, "of_hook": hook})
        found += [(taken - free, since, id) for taken, (id, since) in enumerate(oldest)]
    ids = _at_rest(connection, [id for *_, id in sorted(found)[:limit]])
    if not ids:
        return []
    values = {"lease_by": by, "lease_until": lease_until, "attempts": due.attempts + 1}
    claimed = update(webhook_delivery).where(due.id.in_(ids)).values(values)
    return [_delivery(row) for row in connection.execute(claimed.returning(*due))]


def _at_rest(connection: Connection, ids: Sequence[str]) -> list[str]:
    """Those of the deliveries whose rows nobody lets grow just now."""
    due = webhook_delivery.c
    query = select(due.id, due.activity).where(due.id.in_(ids), due.activity.is_not(None))
    of = {one.id: one.activity for one in connection.execute(query)} if ids else {}
    growing = growing_elsewhere(connection, of.values())
    return [id for id in ids if of.get(id) not in growing]


def take(connection: Connection, id: str, by: str, *, lease_until: float) -> Delivery:
    """Claim one delivery that was just posted."""
    taken = update(webhook_delivery).where(webhook_delivery.c.id == id)
    values = {"lease_by": by, "lease_until": lease_until, "attempts": 1}
    return _delivery(connection.execute(taken.values(values).returning(*webhook_delivery.c)).one())


def delivery(connection: Connection, hook: str, id: str) -> Delivery | None:
    """One delivery of a webhook."""
    chosen = (webhook_delivery.c.webhook == hook, webhook_delivery.c.id == id)
    found = connection.execute(select(webhook_delivery).where(*chosen)).one_or_none()
    return None if found is None else _delivery(found)


def compose(connection: Connection, id: str, body: str) -> None:
    """Keep what a delivery says in all of its attempts."""
    connection.execute(update(webhook_delivery).where(webhook_delivery.c.id == id).values(body=body))


def discard(connection: Connection, id: str) -> None:
    """Forget a delivery of which nothing is known any more."""
    connection.execute(delete(webhook_delivery).where(webhook_delivery.c.id == id))


def settle(connection: Connection, id: str, by: str, values: dict[str, Any]) -> bool:
    """Say how an attempt went; False when the lease has gone to somebody else meanwhile."""
    mine = (webhook_delivery.c.id == id, webhook_delivery.c.lease_by == by, webhook_delivery.c.state == "waiting")
    settled = update(webhook_delivery).where(*mine).values(lease_until=0.0, lease_by="", **values)
    return connection.execute(settled).rowcount == 1


def again(connection: Connection, hook: str, id: str, now: float) -> Delivery | None:
    """Send a delivery once more, as if it were new; None when there is none, or somebody is sending it just now."""
    values = {"state": "waiting", "due": now, "since": now, "attempts": 0, "done_at": None}
    values |= {"lease_until": 0.0, "lease_by": ""}  # whose lease has run out has no say in what becomes of it
    chosen = (webhook_delivery.c.webhook == hook, webhook_delivery.c.id == id)
    idle = (webhook_delivery.c.state != "waiting") | (webhook_delivery.c.lease_until < now)
    resent = update(webhook_delivery).where(*chosen, idle).values(values)
    found = connection.execute(resent.returning(*webhook_delivery.c))
    row = found.one_or_none()
    return None if row is None else _delivery(row)


def deliveries(connection: Connection, hook: str, *, before: tuple[float, str] | None, limit: int) -> list[Delivery]:
    """A webhook's deliveries, the newest first; `before` is the time and the id of the last one already seen."""
    query = select(webhook_delivery).where(webhook_delivery.c.webhook == hook)
    if before is not None:
        at, id = before
        same = (webhook_delivery.c.created_at == at) & (webhook_delivery.c.id < id)
        query = query.where((webhook_delivery.c.created_at < at) | same)
    newest = query.order_by(webhook_delivery.c.created_at.desc(), webhook_delivery.c.id.desc()).limit(limit)
    return [_delivery(row) for row in connection.execute(newest)]


def forget(connection: Connection, before: float, limit: int) -> int:
    """Delete some of the deliveries that are done and older than a time; how many there were."""
    old = (webhook_delivery.c.state != "waiting", webhook_delivery.c.created_at < before)
    free = select(webhook_delivery.c.id).where(*old).limit(limit).with_for_update(skip_locked=True)
    return connection.execute(delete(webhook_delivery).where(webhook_delivery.c.id.in_(free))).rowcount


_NOW = bindparam("now", type_=Seconds)
_DUE = (
    webhook_delivery.c.state == "waiting",
    webhook_delivery.c.due <= _NOW,
    webhook_delivery.c.lease_until < _NOW,
)
_HAVE_DUE = (
    select(webhook.c.id)
    .where(webhook.c.enabled.is_(True), exists().where(webhook_delivery.c.webhook == webhook.c.id, *_DUE))
    .with_for_update(read=True, key_share=True, skip_locked=True)
)
"""None of them is removed before its deliveries are claimed: where one transaction changes a delivery twice, PostgreSQL
looks its webhook up."""
_OLDEST_DUE = (
    select(webhook_delivery.c.id, webhook_delivery.c.due)
    .where(webhook_delivery.c.webhook == bindparam("of_hook"), *_DUE)
    .order_by(webhook_delivery.c.due)
    .with_for_update(skip_locked=True)
)
_IS_DUE = Statement(
    select(webhook_delivery.c.id)
    .join(webhook, webhook.c.id == webhook_delivery.c.webhook)
    .where(webhook.c.enabled.is_(True), *_DUE)
    .limit(1)
)
"""Asked twice a second, whether anybody uses webhooks or not."""


def _hook(row: Any) -> Hook:
    values = dict(row._mapping)
    return Hook(**{**values, "events": tuple(values["events"]), "graphs": tuple(values["graphs"])})


def _hook_columns(hook: Hook) -> dict[str, Any]:
    values = {field: getattr(hook, field) for field in hook.__slots__}
    return {**values, "events": list(hook.events), "graphs": list(hook.graphs)}


def _delivery(row: Any) -> Delivery:
    values = row._mapping
    return Delivery(**{field: values[field] for field in Delivery.__slots__})
