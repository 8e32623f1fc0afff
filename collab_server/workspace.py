"""Everything that a running server has open, in one place: what routes and rooms are given.

Opened by app.py's lifespan and closed with it, in reverse.
"""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from anyio import create_task_group, to_thread
from sqlalchemy import Engine

from collab_server.activity.keeper import Activity
from collab_server.activity.reading import ActivityList
from collab_server.announced import Announced
from collab_server.auth.accounts import Accounts
from collab_server.auth.attempts import Guesses
from collab_server.auth.attendance import Attendance, Recheck
from collab_server.auth.by_provider import ByProvider, Welcome
from collab_server.auth.invitations import Invitations
from collab_server.auth.inviters import Inviters
from collab_server.auth.oidc import Client, Provider
from collab_server.auth.passwords import Passwords
from collab_server.auth.people import People
from collab_server.auth.requests import AccessRequests
from collab_server.auth.sealing import seal
from collab_server.auth.sessions import Sessions
from collab_server.auth.sharing import Sharing
from collab_server.auth.tokens import kept_token
from collab_server.bulk import Bulk
from collab_server.deployment import Deployment
from collab_server.discussion import Discussions
from collab_server.fanout import port as fanout_port
from collab_server.fanout.memory import MemoryFanout
from collab_server.fanout.port import Fanout
from collab_server.files.attachments import GraphFiles
from collab_server.graphs import Graphs
from collab_server.happenings import Happenings
from collab_server.health import LoopWatch
from collab_server.inbox import Inbox
from collab_server.pace import Pace
from collab_server.purging import Purging
from collab_server.restoring import Restores
from collab_server.rooms.registry import Rooms
from collab_server.rooms.tasks import Tasks
from collab_server.runs import GraphRuns
from collab_server.settings import Settings
from collab_server.stores.database import Database
from collab_server.stores.documents_sql import SqlDocuments
from collab_server.stores.graphs import GraphRows
from collab_server.stores.migrations import upgrade
from collab_server.stores.names import existing
from collab_server.stores.states import States
from collab_server.stores.telling import may_go
from collab_server.stores.versions import Versions
from collab_server.untold import Untold
from collab_server.webhooks import outbox
from collab_server.webhooks.deliveries import Deliveries
from collab_server.webhooks.hooks import Webhooks
from flowroom.sql import create_engine, dispose
from flowroom.writer import Writer

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Workspace:
    """The open parts of one server."""

    settings: Settings
    engine: Engine
    accounts: Accounts
    people: People
    invitations: Invitations
    sharing: Sharing
    attendance: Attendance
    requests: AccessRequests
    guesses: Guesses
    guests: Pace
    by_provider: ByProvider
    provider: Provider | None
    rooms: Rooms
    graphs: Graphs
    restores: Restores
    runs: GraphRuns
    discussions: Discussions
    inbox: Inbox
    happenings: Happenings
    activity: ActivityList
    webhooks: Webhooks
    loop: LoopWatch
    deployment: Deployment
    bulk: Bulk

    def page(self, wanted: int) -> int:
        """How many items a page gets: what was asked for, up to the setting max_page."""
        return min(wanted, self.settings.max_page)


def sign_in_token(settings: Settings) -> str:
    """The token that people open the page with: the setting, or the one in the data folder's file `token`."""
    return settings.token.get_secret_value() if settings.token else kept_token(settings.data / "token")


def service_token(settings: Settings) -> str:
    """The engine's token: the setting, or the one in the data folder's file `service-token`."""
    return (
        settings.service_token.get_secret_value()
        if settings.service_token
        else kept_token(settings.data / "service-token")
    )


def _provider(settings: Settings) -> Provider | None:
    """The other service that people may sign in with, if there is one."""
    if not settings.oidc_issuer:
        return None
    from collab_server.auth.oidc_provider import OpenIdProvider  # with libraries that most servers don't need

    secret = settings.oidc_client_secret
    client = Client(
        settings.oidc_issuer,
        settings.oidc_client_id,
        secret.get_secret_value() if secret else None,
        settings.oidc_scopes,
    )
    return OpenIdProvider(client, name=settings.oidc_name)


def _welcome(settings: Settings) -> Welcome:
    role = settings.oidc_role
    return Welcome(tuple(domain.casefold() for domain in settings.oidc_domains), None if role == "guest" else role)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Workspace]:
    """Open everything a server needs; closes it again: rooms first, so that what they hold is written."""
    async with AsyncExitStack() as stack:
        engine = await to_thread.run_sync(_database, settings)
        stack.callback(dispose, engine)
        writer = Writer(engine)
        stack.push_async_callback(to_thread.run_sync, writer.close)
        database = Database(engine, writer)
        sessions = Sessions(
            seconds=settings.session_days * DAY_SECONDS, idle_seconds=settings.session_idle_days * DAY_SECONDS
        )
        happenings = Happenings()
        accounts = Accounts(
            database, sessions, happenings, sign_in=sign_in_token(settings), service=service_token(settings)
        )
        sharing = Sharing(database, sessions, happenings)
        passwords = Passwords()
        runs = GraphRuns(settings)
        stack.push_async_callback(runs.close)
        secrets = await to_thread.run_sync(seal, settings)
        activity = Activity(engine, writer, runs, days=settings.activity_days, send=outbox.post)
        documents = SqlDocuments(engine, writer, may_go=may_go, appended=activity.edited)
        attendance = Attendance(database, accounts, sharing, graph_of=runs.graph_of, seconds=settings.recheck_seconds)
        fanout = await stack.enter_async_context(_fanout(settings))
        rooms = await stack.enter_async_context(Rooms(documents, settings, fill=runs.fill, fanout=fanout))
        _connect(attendance, rooms)
        files = GraphFiles(settings.data)
        rows = GraphRows(engine, writer)
        graphs = Graphs(rows, documents, rooms, files, happenings, settings)
        await stack.enter_async_context(activity)
        deliveries = await stack.enter_async_context(Deliveries(engine, writer, settings, secrets))
        happenings.listen(activity.keep)
        happenings.keep(activity.note)
        inbox = Inbox(database, fanout, most=settings.max_notifications, reach=sharing.reach, existing=existing)
        attendance.rechecked = lambda what: inbox.reach_changed(what.people, what.graph)
        warming = await stack.enter_async_context(create_task_group())
        warming.start_soon(runs.warm)
        watching = Tasks("workspace")  # no task group: what fails in one ends everything that is open here
        stack.push_async_callback(watching.wait_closed)
        watching.keep(inbox.watch)
        watching.keep(Purging(rows, runs, files, States(engine, writer), days=settings.keep_deleted_days).watch)
        announced = Announced(database, settings)
        discussions = Discussions(
            rooms,
            inbox,
            settings,
            announced=announced,
            runs=runs,
            untold=Untold(database, inbox, happenings, announced),
            unsay=activity.unsay,
        )
        watching.keep(partial(discussions.untold.watch, discussions.thread))
        yield Workspace(
            settings=settings,
            engine=engine,
            accounts=accounts,
            people=People(database, sessions, passwords, happenings),
            invitations=Invitations(
                database,
                sessions,
                passwords,
                Inviters(sign_in_token(settings)),
                happenings,
                days=settings.invitation_days,
            ),
            sharing=sharing,
            attendance=await stack.enter_async_context(attendance.kept()),
            requests=AccessRequests(database, attendance, inbox, sharing, happenings),
            guesses=Guesses(per_address=settings.sign_in_attempts, per_account=settings.account_attempts),
            guests=Pace(settings.max_guests_per_minute, "guests"),
            by_provider=ByProvider(database, sessions, happenings, _welcome(settings)),
            provider=_provider(settings),
            rooms=rooms,
            graphs=graphs,
            restores=Restores(documents, Versions(engine, writer), rooms, happenings, settings),
            runs=runs,
            discussions=discussions,
            inbox=inbox,
            happenings=happenings,
            activity=ActivityList(engine),
            webhooks=Webhooks(engine, writer, happenings, settings, secrets, deliveries),
            loop=await stack.enter_async_context(LoopWatch().running()),
            deployment=stack.enter_context(Deployment(rooms).heard()),
            bulk=Bulk(),
        )


@asynccontextmanager
async def _fanout(settings: Settings) -> AsyncIterator[Fanout]:
    """What connects this worker with others: Redis, or nothing where there are none."""
    if settings.redis_url is None:
        yield MemoryFanout()
        return
    from collab_server.fanout.redis import RedisFanout  # a tenth of a second that a single worker can save

    async with RedisFanout(settings.redis_url) as fanout:
        yield fanout


def _connect(attendance: Attendance, rooms: Rooms) -> None:
    """What changes about rights here is told to the other workers, and what they tell is heard."""
    fanout = rooms.fanout
    attendance.spread = lambda what: fanout.publish(
        fanout_port.Recheck(rooms.worker, what.sessions, what.people, what.graph)
    )
    rooms.recheck = lambda said: attendance.heard(Recheck(said.sessions, said.people, said.graph))


def _database(settings: Settings) -> Engine:
    """The database with its tables up to date, and the data folder it may be in."""
    settings.data.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.documents_url)
    upgrade(engine)
    return engine
