"""What is asked of SQL about access: lists and single questions agree, whoever asks and whatever was given."""

import time
from collections.abc import Callable
from itertools import product
from uuid import uuid4

from sqlalchemy import Connection, insert, select

from collab_server.auth.identity import Identity
from collab_server.auth.sessions import UNKNOWN, Sessions, a_person, arrived
from collab_server.auth.sharing import Sharing, with_role
from collab_server.happenings import Happenings
from collab_server.stores import access as store
from collab_server.stores.access import Grant, LinkRow
from collab_server.stores.database import Database
from collab_server.stores.people import person
from collab_server.stores.tables import document
from flowroom.protocol import ROLES, Role

HOUR = 3600.0


def sharing_of(database: Database) -> Sharing:
    return Sharing(database, Sessions(seconds=HOUR, idle_seconds=HOUR), Happenings())


def a_graph(connection: Connection, id: str, **values: object) -> None:
    row = {"kind": "graph", "id": id, "created_at": 1.0, "updated_at": 1.0, "owner": "someone"} | values
    connection.execute(insert(document).values(**row))


def a_link(connection: Connection, graph: str, role: Role, *, expires: float | None = None) -> str:
    link = LinkRow(f"l-{uuid4().hex[:12]}", graph, role, "someone", 1.0, expires, 0)
    store.add_link(connection, link, uuid4().hex)
    return link.id


async def test_a_list_has_a_graph_exactly_when_its_caller_has_a_role_on_it(sql: Database) -> None:
    """ACCESS-7 and ACCESS-8: the list is one condition in SQL, a single graph a pure function; they are the same."""
    mark = uuid4().hex[:8]
    callers = [
        Identity(f"{mark}-{kind}-{role}", "x", "#000000", role, kind=kind)  # type: ignore[arg-type]
        for kind, role in product(("person", "bot"), (None, *ROLES))
    ]
    ways = ("nothing", "grant", "link", "expired link", "ended link", "owned")
    kinds = list(product(("workspace", "private"), (False, True), ways))

    def prepare(connection: Connection) -> None:
        now = time.time()
        for number, (visibility, gone, way) in enumerate(kinds):
            for caller in callers:
                each = f"{mark}-{number}-{caller.id}"
                owner = caller.id if way == "owned" else "someone"
                a_graph(connection, each, visibility=visibility, deleted_at=1.0 if gone else None, owner=owner)
                match way:
                    case "grant":
                        store.give(connection, Grant(each, caller.id, "viewer"), by="x", now=now)
                    case "link" | "expired link" | "ended link":
                        link = a_link(connection, each, "runner", expires=now - 1 if way == "expired link" else None)
                        store.give(connection, Grant(each, caller.id, "runner", link), by="x", now=now)
                        if way == "ended link":
                            store.revoke_link(connection, each, link, now=now)

    await sql.write(prepare)
    sharing = sharing_of(sql)

    def compare(connection: Connection) -> None:
        everything = list(connection.execute(select(document.c.id).where(document.c.id.startswith(mark))).scalars())
        for caller in callers:
            there = document.c.deleted_at.is_(None) & document.c.id.startswith(mark)
            listed = select(document.c.id).where(there, store.visible_to(caller, now=time.time()))
            facts = sharing.facts(connection, [(caller, id) for id in everything])
            single = {id for id, known in zip(everything, facts, strict=True) if with_role(caller, known)}
            assert set(connection.execute(listed).scalars()) == single, caller

    await sql.read(compare)


async def test_a_role_by_a_link_and_one_in_person_are_kept_apart(sql: Database) -> None:
    """ACCESS-7"""
    id, ada = f"g-{uuid4().hex}", Identity("ada", "Ada", "#000000", None)

    def prepare(connection: Connection) -> str:
        a_graph(connection, id, visibility="private")
        link = a_link(connection, id, "editor")
        store.give(connection, Grant(id, "ada", "editor", link), by="x", now=1.0)
        store.give(connection, Grant(id, "ada", "runner"), by="x", now=2.0)
        return link

    link = await sql.write(prepare)
    sharing = sharing_of(sql)
    assert (found := await sharing.on(ada, id)) and found.role == "editor"

    await sharing.revoke_link(id, link, by=ada)

    assert (found := await sharing.on(ada, id)) and found.role == "runner"


async def test_the_runs_of_a_deleted_graph_are_whose_the_graph_was(sql: Database) -> None:
    """ACCESS-9"""
    id = f"g-{uuid4().hex}"
    await sql.write(lambda connection: a_graph(connection, id, deleted_at=2.0, visibility="private"))
    sharing, owner, other = sharing_of(sql), *(Identity(who, who, "#000000", "editor") for who in ("someone", "b"))

    assert await sharing.on(owner, id) is None
    assert (found := await sharing.on(owner, id, past=True)) and found.role == "admin"
    assert await sharing.on(other, id, past=True) is None
    assert await sharing.reach(owner, ["never was", id], past=True) == {id}
    assert await sharing.reach(owner, ["never was", id]) == set()
    assert await sharing.reach(other, ["never was", id], past=True) == set()


async def test_visitors_who_can_not_come_back_are_forgotten_with_what_they_were_given(sql: Database) -> None:
    """ACCESS-1: opening links and the printed address leaves nothing behind for good."""
    long, short = Sessions(seconds=HOUR, idle_seconds=HOUR), Sessions(seconds=0, idle_seconds=HOUR)

    def arrive(sessions: Sessions, email: str | None = None) -> Callable[[Connection], str]:
        def work(connection: Connection) -> str:
            who = arrived(connection, a_person(connection, email=email))
            store.give(connection, Grant("g", who.id, "viewer"), by="x", now=1.0)
            return sessions.open(connection, who, "link", UNKNOWN).identity.id

        return work

    owner = await sql.write(arrive(short))
    await sql.write(lambda connection: a_graph(connection, f"g-{uuid4().hex}", owner=owner))
    member = await sql.write(arrive(short, "ada@example.org"))
    gone, stays = [await sql.write(arrive(sessions)) for sessions in (short, long)]

    last = await sql.write(arrive(long))

    people = await sql.read(lambda connection: set(connection.execute(select(person.c.id)).scalars()))
    grants = await sql.read(lambda connection: set(connection.execute(select(store.graph_grant.c.person)).scalars()))
    assert people == grants == {owner, stays, member, last}
    assert gone not in people
