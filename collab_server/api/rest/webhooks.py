"""Webhooks: who else is told what was done. For admins of the workspace."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response
from pydantic import Field, StringConstraints

from collab_server.api.rest.bodies import NO_NUL, Body, GraphId
from collab_server.api.rest.callers import Admin, Here
from collab_server.api.rest.problems import documented
from collab_server.stores.cursors import cursor_of, read_cursor
from collab_server.stores.webhooks import Delivery, Hook, State
from collab_server.webhooks.addresses import MAX_URL_CHARS
from flowroom.model import Value

router = APIRouter(tags=["Webhooks"])

Kind = Annotated[str, StringConstraints(pattern=r"^(\*|[a-z]+\.(\*|[a-z-]+))$", max_length=60)]
Kinds = Annotated[
    list[Kind],
    Field(max_length=100, description="Kinds, as `run.finished`, `run.*`, `graph.edited` for any edit; all if empty"),
]
Graphs = Annotated[
    list[GraphId],
    Field(max_length=1000, description="Ids of graphs; all, and what belongs to none, if empty"),
]
Url = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_URL_CHARS)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500, pattern=NO_NUL)]


class NewWebhook(Body):
    """A webhook to add."""

    url: Url = Field(description="https, or where the setting webhook_allow says so also http")
    events: Kinds = Field(default_factory=list)
    graphs: Graphs = Field(default_factory=list)
    description: Description = ""


class WebhookChange(Body):
    """What may be changed of a webhook."""

    url: Url | None = None
    events: Kinds | None = None
    graphs: Graphs | None = None
    description: Description | None = None
    enabled: bool | None = None


class Webhook(Value):
    """A webhook, without its secret. Times are seconds since 1970."""

    id: str
    url: str
    description: str
    events: list[str]
    graphs: list[str]
    enabled: bool
    created_at: float
    created_by: str
    failing_since: float | None = Field(description="Since when no delivery has succeeded; null when the last one did")
    disabled_why: str = Field(description="Why the server switched it off; empty when it did not")
    old_secret_until: float | None = Field(description="Until when the secret before this one signs, too")


class WebhookWithSecret(Webhook):
    """A webhook with a new secret, which is told only this once."""

    secret: str = Field(description="`whsec_` and base64, as Standard Webhooks has it")


class Webhooks(Value):
    """All webhooks, the oldest first."""

    items: list[Webhook]


class WebhookDelivery(Value):
    """One message to one receiver, and how it stands with it. Times are seconds since 1970."""

    id: str = Field(description="The header `webhook-id` of all its attempts")
    kind: str
    activity: int | None = Field(description="The row of activity that it tells of; null for a ping")
    state: State
    attempts: int
    due: float | None = Field(description="When it is tried next; null when it is not")
    created_at: float
    done_at: float | None
    status: int | None = Field(description="What the receiver answered last; null when it did not")
    answer: str = Field(description="The beginning of that answer")
    error: str
    seconds: float | None = Field(description="How long the last attempt took")
    body: dict[str, Any] | None = Field(description="What is sent; null before the first attempt")


class WebhookDeliveries(Value):
    """One page of deliveries, the newest first. `next` is the `before` of the next page."""

    items: list[WebhookDelivery]
    next: str | None


@router.get("/webhooks", responses=documented())
async def list_webhooks(_caller: Admin, here: Here) -> Webhooks:
    """Every webhook."""
    return Webhooks(items=[_shown(hook) for hook in await here.webhooks.all()])


@router.post("/webhooks", status_code=201, responses=documented(409))
async def add_webhook(body: NewWebhook, caller: Admin, here: Here, response: Response) -> WebhookWithSecret:
    """Add a webhook; keep the secret, it is not shown again."""
    hook, secret = await here.webhooks.add(
        body.url,
        events=tuple(body.events),
        graphs=tuple(body.graphs),
        description=body.description,
        by=caller,
    )
    response.headers["location"] = f"/api/webhooks/{hook.id}"
    return _with_secret(hook, secret)


@router.get("/webhooks/{hook}", responses=documented(404))
async def get_webhook(hook: str, _caller: Admin, here: Here) -> Webhook:
    """One webhook."""
    return _shown(await here.webhooks.get(hook))


@router.patch("/webhooks/{hook}", responses=documented(404))
async def change_webhook(hook: str, change: WebhookChange, caller: Admin, here: Here) -> Webhook:
    """Change a webhook, or switch it on or off; what waits for one that is switched off is given up."""
    fields: dict[str, Any] = change.model_dump(exclude_none=True, by_alias=False)
    return _shown(await here.webhooks.change(hook, fields, by=caller))


@router.delete("/webhooks/{hook}", status_code=204, responses=documented(404))
async def remove_webhook(hook: str, caller: Admin, here: Here) -> None:
    """Delete a webhook, with its deliveries."""
    await here.webhooks.remove(hook, by=caller)


@router.post("/webhooks/{hook}/secret", responses=documented(404, 409))
async def rotate_webhook_secret(
    hook: str,
    caller: Admin,
    here: Here,
    end_old: Annotated[
        bool, Query(alias="endOld", description="While an older secret signs, too, replace this one and end that")
    ] = False,
) -> WebhookWithSecret:
    """Give a webhook a new secret; for a while messages are signed with the old one, too."""
    changed, secret = await here.webhooks.rotate(hook, by=caller, end_old=end_old)
    return _with_secret(changed, secret)


@router.post("/webhooks/{hook}/test", responses=documented(404))
async def test_webhook(hook: str, caller: Admin, here: Here) -> WebhookDelivery:
    """Send a ping now, once, and answer how that went."""
    return _delivery(await here.webhooks.test(hook, by=caller))


@router.get("/webhooks/{hook}/deliveries", responses=documented(404))
async def list_webhook_deliveries(
    hook: str,
    _caller: Admin,
    here: Here,
    before: Annotated[str | None, Query(max_length=200, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, description="Items of one page; the setting max_page caps it")] = 50,
) -> WebhookDeliveries:
    """What was sent to a webhook, and what waits to be, the newest first."""
    size = here.page(limit)
    seen = read_cursor(before, "before") if before else None
    found = await here.webhooks.deliveries(hook, before=seen, limit=size + 1)
    page = found[:size]
    return WebhookDeliveries(
        items=list(map(_delivery, page)),
        next=cursor_of(page[-1].created_at, page[-1].id) if len(found) > size else None,
    )


@router.post("/webhooks/{hook}/deliveries/{delivery}/retry", status_code=202, responses=documented(404, 409))
async def retry_webhook_delivery(hook: str, delivery: str, _caller: Admin, here: Here) -> WebhookDelivery:
    """Send a message once more, as if it were new."""
    return _delivery(await here.webhooks.retry(hook, delivery))


def _facts(hook: Hook) -> dict[str, Any]:
    hidden = {"secret", "old_secret", "old_until"}
    shown = {field: getattr(hook, field) for field in hook.__slots__ if field not in hidden}
    return {**shown, "events": list(hook.events), "graphs": list(hook.graphs), "old_secret_until": hook.old_until}


def _shown(hook: Hook) -> Webhook:
    return Webhook(**_facts(hook))


def _with_secret(hook: Hook, secret: str) -> WebhookWithSecret:
    return WebhookWithSecret(**_facts(hook), secret=secret)


def _delivery(found: Delivery) -> WebhookDelivery:
    return WebhookDelivery(
        **{field: getattr(found, field) for field in WebhookDelivery.model_fields.keys() - {"due", "body"}},
        due=found.due if found.state == "waiting" else None,
        body=None if found.body is None else orjson.loads(found.body),
    )
