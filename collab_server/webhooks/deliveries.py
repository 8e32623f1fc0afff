"""Sends what is in the outbox: claims it under a lease, sends it, and says how that went.

Any number of workers do so from one outbox. A lease outlasts the longest attempt, so that nobody sends what another is
sending; what a dead worker had claimed is sent again when its lease has run out.
"""

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from anyio import to_thread
from sqlalchemy import Connection, Engine

from collab_server.activity.bursts import Row
from collab_server.auth.sealing import Seal, WrongKey
from collab_server.logging import logger
from collab_server.rooms.tasks import Tasks
from collab_server.settings import Settings
from collab_server.stores import activity as rows
from collab_server.stores import webhooks as store
from collab_server.stores.webhooks import Delivery, Hook
from collab_server.webhooks import messages, outbox
from collab_server.webhooks.addresses import host_of
from collab_server.webhooks.retries import GONE, Outcome, next_attempt
from collab_server.webhooks.sending import Sender
from flowroom import tracing
from flowroom.addresses import AddressPolicy
from flowroom.tracing import Facts, Trace
from flowroom.writer import Writer

log = logger("webhooks")

LOOK_SECONDS = 0.5
LEASE_SLACK_SECONDS = 10.0
MAX_AT_ONCE, MAX_OF_ONE = 16, 4
"""Attempts that are under way at a time: of a worker, and of one webhook among them."""
FORGET_SECONDS = 3600.0
FORGET_AT_ONCE = 500
DAY = timedelta(days=1).total_seconds()


@dataclass(frozen=True, slots=True)
class Attempt:
    """A delivery that this worker has claimed, and the webhook it goes to."""

    delivery: Delivery
    hook: Hook
    body: bytes


class Deliveries:
    """The sending side of webhooks. Use it as `async with`: it owns its tasks."""

    def __init__(self, engine: Engine, writer: Writer, settings: Settings, seal: Seal) -> None:
        self._engine, self._writer, self._settings, self._seal = engine, writer, settings, seal
        self._name = uuid4().hex
        self._tasks = Tasks("webhooks")
        self._busy: Counter[str] = Counter()
        self._freed = asyncio.Event()
        self._sender: Sender | None = None

    async def __aenter__(self) -> "Deliveries":
        for work in (self._run, self._forget):
            self._tasks.start(work)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._tasks.wait_closed()
        if self._sender is not None:
            await self._sender.__aexit__()

    async def deliver_due(self) -> int:
        """Send what is due now, and wait for the answers; how many attempts that were."""
        attempts = await self._claim(MAX_AT_ONCE)
        await asyncio.gather(*map(self.attempt, attempts))
        return len(attempts)

    def post_claimed(self, connection: Connection, row: dict[str, Any]) -> Delivery:
        """Put a delivery into the outbox that this worker sends at once, whatever the webhook's state."""
        store.post(connection, [row])
        return store.take(connection, row["id"], self._name, lease_until=self._lease(time.time()))

    async def attempt(self, attempt: Attempt, *, only: bool = False) -> Outcome:
        """Send one delivery that was claimed, and store how that went; `only` once, if it is to be tried no more."""
        delivery, hook = attempt.delivery, attempt.hook
        with tracing.inside() as trace:
            outcome = await self._send(attempt, trace)
            _tell(attempt, trace, outcome)
            await self._writer.write(
                lambda connection: self._settle(connection, attempt, outcome, time.time(), only), alone=True
            )
            note = log.debug if outcome.is_success else log.info
            note("webhook", hook=hook.id, delivery=delivery.id, status=outcome.status, error=outcome.error or None)
            return outcome

    async def _send(self, attempt: Attempt, trace: Trace) -> Outcome:
        now = int(time.time())
        try:
            signing = self._secrets(attempt.hook, now)
        except WrongKey as error:
            return Outcome(None, error=str(error))
        headers = messages.headers(attempt.delivery.id, now, attempt.body, signing) | {"traceparent": trace.header}
        return await self._sending().send(attempt.hook.url, headers, attempt.body)

    async def _run(self) -> None:
        while True:
            try:
                if await to_thread.run_sync(self._is_due):
                    await self._start_some()
            except Exception as error:  # storage that refuses: everything stays in the outbox
                log.warning("outbox can't be read just now", error=repr(error))
            await self._rest()

    async def _rest(self) -> None:
        """Until a hand is free, which may have a next to send, or until it is time to look for what is new."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LOOK_SECONDS):
                await self._freed.wait()
        self._freed.clear()

    async def _start_some(self) -> None:
        """Claim as many as there are hands free; a slow receiver keeps its hand, and the others go on."""
        free = MAX_AT_ONCE - self._busy.total()
        for attempt in await self._claim(free) if free else ():
            self._busy[attempt.hook.id] += 1
            self._tasks.start(self._attempt_and_free, attempt)

    async def _attempt_and_free(self, attempt: Attempt) -> None:
        try:
            await self.attempt(attempt)
        finally:
            self._busy[attempt.hook.id] -= 1
            self._freed.set()

    def _is_due(self) -> bool:
        with self._engine.connect() as connection:
            return store.is_due(connection, time.time())

    async def _claim(self, limit: int) -> list[Attempt]:
        return await self._writer.write(lambda connection: self._claimed(connection, time.time(), limit))

    def _claimed(self, connection: Connection, now: float, limit: int) -> list[Attempt]:
        hooks = {hook.id: hook for hook in store.hooks(connection, enabled=True)}
        claimed = store.claim(
            connection,
            self._name,
            now=now,
            lease_until=self._lease(now),
            limit=limit,
            room=lambda hook: MAX_OF_ONE - self._busy[hook],
        )
        attempts = [(delivery, _body(connection, delivery)) for delivery in claimed]
        return [Attempt(delivery, hooks[delivery.webhook], body) for delivery, body in attempts if body is not None]

    def _lease(self, now: float) -> float:
        return now + self._settings.webhook_timeout_seconds + LEASE_SLACK_SECONDS

    def _settle(self, connection: Connection, attempt: Attempt, outcome: Outcome, now: float, only: bool) -> None:
        """Store how an attempt went, and what that means for the webhook."""
        delivery = attempt.delivery
        values: dict[str, Any] = {
            "status": outcome.status,
            "answer": outcome.answer,
            "error": outcome.error,
            "seconds": outcome.seconds,
        }
        is_moved = _is_moved(connection, attempt.hook)
        if outcome.is_success:
            values |= {"state": "delivered", "done_at": now}
        else:
            due = now if is_moved else self._next(delivery, outcome, now)
            again = due is not None and not only
            values |= {"due": due} if again else {"state": "failed", "done_at": now}
        judged = None if is_moved else self._judged(connection, attempt.hook.id, outcome, now)
        if store.settle(connection, delivery.id, self._name, values) and judged is not None:
            self._carry_out(connection, *judged, now)

    def _next(self, delivery: Delivery, outcome: Outcome, now: float) -> float | None:
        """When to try again what has failed; None when it is given up."""
        return next_attempt(
            outcome,
            attempts=delivery.attempts,
            since=delivery.since,
            now=now,
            first=self._settings.webhook_first_retry_seconds,
            longest_hours=self._settings.webhook_retry_hours,
            chance=random.random,
        )

    def _judged(
        self, connection: Connection, id: str, outcome: Outcome, now: float
    ) -> tuple[Hook, dict[str, object]] | None:
        """A webhook, and what is to be set of it, if anything is. Nobody else changes it until this work is over."""
        seen = store.hook(connection, id)
        if seen is None or (outcome.is_success and seen.failing_since is None):
            return None
        if "enabled" in self._verdict(seen, outcome, now):
            rows.hold(connection)
        hook = store.hook(connection, id, held=True)
        return None if hook is None else (hook, self._verdict(hook, outcome, now))

    def _verdict(self, hook: Hook, outcome: Outcome, now: float) -> dict[str, object]:
        """Since when a webhook fails; and that it is switched off when that has been for too long."""
        since = None if outcome.is_success else hook.failing_since or now
        values: dict[str, object] = {"failing_since": since}
        days = self._settings.webhook_disable_days
        if outcome.status == GONE:
            return values | {"enabled": False, "disabled_why": "The receiver said that it is gone (410)."}
        if since is not None and now - since > days * DAY:
            return values | {"enabled": False, "disabled_why": f"No delivery has succeeded for {days:g} days."}
        return values

    def _carry_out(self, connection: Connection, hook: Hook, values: dict[str, object], now: float) -> None:
        store.change_hook(connection, hook.id, values)
        if "enabled" in values and hook.enabled:
            facts = {"webhook": hook.id, "host": host_of(hook.url), "why": values["disabled_why"]}
            told = rows.add(connection, [Row("webhook.disabled", now, facts=facts)])
            outbox.post(connection, told, [])

    def _secrets(self, hook: Hook, now: float) -> list[str]:
        """The secrets that sign just now, the newest first. Raises WrongKey."""
        found = [self._seal.open(hook.secret)]
        if hook.old_secret is not None and hook.old_until is not None and now < hook.old_until:
            found.append(self._seal.open(hook.old_secret))
        return found

    def _sending(self) -> Sender:
        """Made when there is something to send: most servers have no webhooks."""
        if self._sender is None:
            settings = self._settings
            self._sender = Sender(AddressPolicy(settings.webhook_allow), settings.webhook_timeout_seconds)
        return self._sender

    async def forget(self, before: float) -> None:
        """Delete what is done and older than a time: a little at once, for edits wait to be stored meanwhile."""
        some = partial(store.forget, before=before, limit=FORGET_AT_ONCE)
        while await self._writer.write(some) == FORGET_AT_ONCE:
            pass

    async def _forget(self) -> None:
        """Delete what was delivered, or given up, long ago."""
        kept = self._settings.webhook_delivery_days * DAY
        while True:
            try:
                await self.forget(time.time() - kept)
            except Exception as error:  # storage that refuses: there is no hurry
                log.warning("old deliveries not deleted yet", error=repr(error))
            await asyncio.sleep(FORGET_SECONDS)


def _is_moved(connection: Connection, was: Hook) -> bool:
    """Whether a webhook has another address by now: what the old one answers says nothing of that."""
    hook = store.hook(connection, was.id)
    return hook is not None and hook.url != was.url


def _tell(attempt: Attempt, trace: Trace, outcome: Outcome) -> None:
    """The span of an attempt; of its address only the host, for the rest may be a secret."""
    facts: Facts = {
        "server.address": host_of(attempt.hook.url),
        "flowroom.webhook": attempt.hook.id,
        "flowroom.delivery": attempt.delivery.id,
    }
    if outcome.status is not None:
        facts = {**facts, "http.response.status_code": outcome.status}
    error = None if outcome.is_success else str(outcome.status or "no answer")
    tracing.ended("webhook", trace, facts, kind="client", error=error)


def _body(connection: Connection, delivery: Delivery) -> bytes | None:
    """What a delivery says, composed at its first attempt; None when the row is gone that it should tell of."""
    if delivery.body is not None:
        return delivery.body.encode()
    row = rows.seal(connection, delivery.activity) if delivery.activity is not None else None
    if row is None:
        store.discard(connection, delivery.id)
        return None
    body = messages.message(row)
    store.compose(connection, delivery.id, body.decode())
    return body
