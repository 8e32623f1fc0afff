"""What admins do with webhooks: add, change, remove, give a new secret, try out, and look into deliveries."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

from collab_server.auth.identity import Identity
from collab_server.auth.rights import admin_still
from collab_server.auth.sealing import Seal
from collab_server.errors import Conflict, NotFound
from collab_server.happenings import Happening, Happenings
from collab_server.settings import Settings
from collab_server.stores import activity
from collab_server.stores import webhooks as store
from collab_server.stores.webhooks import Delivery, Hook
from collab_server.webhooks import messages
from collab_server.webhooks.addresses import check_url, host_of
from collab_server.webhooks.deliveries import Attempt, Deliveries
from flowroom import sql
from flowroom.addresses import AddressPolicy
from flowroom.writer import Writer
from flowroom.ydoc import new_id

T = TypeVar("T")


class Webhooks:
    """The webhooks of one workspace."""

    def __init__(
        self,
        engine: Engine,
        writer: Writer,
        happenings: Happenings,
        settings: Settings,
        seal: Seal,
        deliveries: Deliveries,
    ) -> None:
        self._happenings = happenings
        self._engine, self._writer, self._settings, self._seal = engine, writer, settings, seal
        self._deliveries = deliveries
        self._policy = AddressPolicy(settings.webhook_allow)

    async def all(self) -> list[Hook]:
        """Every webhook, the oldest first."""
        return await self._read(store.hooks)

    async def get(self, id: str) -> Hook:
        """One webhook. Raises NotFound."""
        return _found(await self._read(lambda connection: store.hook(connection, id)), id)

    async def add(
        self, url: str, *, events: tuple[str, ...], graphs: tuple[str, ...], description: str, by: Identity
    ) -> tuple[Hook, str]:
        """Add a webhook; it, and its secret, which is told only this once. Raises InvalidRequest, Conflict."""
        secret = messages.new_secret()
        hook = Hook(
            id=f"hook_{new_id()}",
            url=check_url(url, self._policy),
            description=description,
            events=events,
            graphs=graphs,
            enabled=True,
            secret=self._seal.close(secret),
            old_secret=None,
            old_until=None,
            created_at=time.time(),
            created_by=by.name,
            failing_since=None,
            disabled_why="",
        )
        await self._writer.write(lambda connection: self._add(connection, hook, by), alone=True)
        return hook, secret

    async def change(self, id: str, fields: Mapping[str, Any], *, by: Identity) -> Hook:
        """Set url, description, events, graphs or enabled. Raises NotFound, InvalidRequest."""
        values = dict(fields)
        if "url" in values:
            check_url(values["url"], self._policy)
        if values.get("enabled"):
            values |= {"disabled_why": "", "failing_since": None}
        if not values:
            return await self.get(id)

        def work(connection: Connection) -> Hook:
            admin_still(connection, by)
            activity.hold(connection)
            changed = _found(store.change_hook(connection, id, values), id)
            self._note(connection, "webhook.changed", changed, by, fields=sorted(fields), enabled=changed.enabled)
            return changed

        return await self._writer.write(work, alone=True)

    async def remove(self, id: str, *, by: Identity) -> Hook:
        """Delete a webhook and what waits for it; what it was. Raises NotFound."""

        def work(connection: Connection) -> Hook:
            admin_still(connection, by)
            activity.hold(connection)
            hook = _found(store.hook(connection, id), id)
            self._note(connection, "webhook.removed", hook, by)
            return _found(store.remove_hook(connection, id), id)

        return await self._writer.write(work, alone=True)

    async def rotate(self, id: str, *, by: Identity, end_old: bool = False) -> tuple[Hook, str]:
        """Give a webhook a new secret; the old one signs, too, for a while. Raises NotFound; and Conflict while
        one that is older does so yet, unless that is to end.
        """
        secret, now = messages.new_secret(), time.time()
        closed, until = self._seal.close(secret), now + self._settings.webhook_overlap_hours * 3600

        def work(connection: Connection) -> Hook:
            admin_still(connection, by)
            activity.hold(connection)
            hook = _found(store.hook(connection, id, held=True), id)
            if hook.old_until is not None and hook.old_until > now and not end_old:
                raise _just_replaced(hook.old_until)
            values = {"secret": closed, "old_secret": hook.secret, "old_until": until}
            changed = _found(store.change_hook(connection, id, values), id)
            self._note(connection, "webhook.rotated", changed, by)
            return changed

        return await self._writer.write(work, alone=True), secret

    async def test(self, id: str, *, by: Identity) -> Delivery:
        """Send a ping now, once, whether the webhook is switched on or off, and say how that went. Raises NotFound."""
        hook, now = await self.get(id), time.time()
        body = messages.ping(now, by.name)
        row = {
            "id": messages.new_message_id(),
            "webhook": id,
            "activity": None,
            "kind": messages.PING,
            "body": body.decode(),
            "due": now,
            "created_at": now,
        }
        delivery = await self._writer.write(lambda c: self._deliveries.post_claimed(c, row), alone=True)
        await self._deliveries.attempt(Attempt(delivery, hook, body), only=True)
        return await self.delivery(id, delivery.id)

    async def delivery(self, hook: str, id: str) -> Delivery:
        """One delivery. Raises NotFound."""
        found = await self._read(lambda connection: store.delivery(connection, hook, id))
        return _found_delivery(found, id)

    async def deliveries(self, id: str, *, before: tuple[float, str] | None, limit: int) -> list[Delivery]:
        """A webhook's deliveries, the newest first. Raises NotFound."""
        await self.get(id)
        return await self._read(lambda connection: store.deliveries(connection, id, before=before, limit=limit))

    async def retry(self, hook: str, id: str) -> Delivery:
        """Let a delivery be sent again, now. Raises NotFound, Conflict when the webhook is switched off.

        Conflict, too, while it is being sent: it would arrive twice.
        """
        if not (await self.get(hook)).enabled:
            raise Conflict("This webhook is switched off.", advice="Switch it on first.")
        again = await self._writer.write(lambda connection: store.again(connection, hook, id, time.time()))
        if again is None:
            await self.delivery(hook, id)
            raise Conflict("This delivery is being sent just now.", advice="Look at it again in a moment.")
        return again

    def _add(self, connection: Connection, hook: Hook, by: Identity) -> None:
        admin_still(connection, by)
        most = self._settings.max_webhooks
        if store.count_hooks(connection) >= most:
            raise Conflict(
                f"There are {most} webhooks already, the most this server takes.", advice="Remove one that is not used."
            )
        store.add_hook(connection, hook)
        self._note(connection, "webhook.created", hook, by)

    def _note(self, connection: Connection, kind: str, hook: Hook, by: Identity, **facts: Any) -> None:
        told = {"webhook": hook.id, "host": host_of(hook.url), **facts}
        self._happenings.note(connection, Happening(kind, by=by, facts=told))

    async def _read(self, ask: Callable[[Connection], T]) -> T:
        return await sql.ask(self._engine, ask)


def _found(hook: Hook | None, id: str) -> Hook:
    if hook is None:
        raise NotFound(f"There is no webhook {id!r}.", advice="GET /api/webhooks lists those there are.")
    return hook


def _just_replaced(until: float) -> Conflict:
    """A receiver may know the oldest of three secrets only, and would refuse what the other two sign."""
    return Conflict(
        "This secret was replaced a while ago, and the one before it signs, too, until its receiver has the new one.",
        expected=f"a time after {datetime.fromtimestamp(until, UTC):%Y-%m-%d %H:%M} UTC, or `endOld`",
        advice="Someone else may have just replaced it: ask for theirs. To end the older one now, say `endOld=true`.",
        oldSecretUntil=until,
    )


def _found_delivery(delivery: Delivery | None, id: str) -> Delivery:
    if delivery is None:
        raise NotFound(f"There is no delivery {id!r} of this webhook.")
    return delivery
