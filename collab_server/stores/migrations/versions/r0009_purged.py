"""The id of a graph that was forgotten stays taken, and rows about what is said in a thread are found by it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

NAMES = ("graph_grant", "share_link", "access_request", "notification", "read_mark", "activity_told", "invitation")
REMAINS = [sa.table(name, sa.column("graph")) for name in NAMES]
"""Tables that have rows of graphs, and that purging passed over."""
DOCUMENT = sa.table("document", *map(sa.column, ("kind", "id", "created_at", "updated_at")))
ACTIVITY = sa.table("activity", *map(sa.column, ("graph", "kind", "key")), sa.column("facts", sa.JSON()))
OF_THREADS = ("comment.created", "comment.edited", "comment.reacted", "comment.deleted", "thread.deleted")
COMMENTS = (
    ("document", "kind", "graph or discussion", "graph, discussion, or purged: an id never given again"),
    (
        "activity",
        "key",
        "what it is about, for growing; empty if it never does",
        "what it is about, so that it grows, or loses its text, with that; or empty",
    ),
)


def upgrade() -> None:
    """What earlier purges left tells which ids they were of."""
    graphs = sa.select(DOCUMENT.c.id).where(DOCUMENT.c.kind == "graph")
    found = [sa.select(ACTIVITY.c.graph).where(ACTIVITY.c.kind != "activity.exported")]  # that may name any id
    found += [sa.select(table.c.graph) for table in REMAINS]
    left = sa.union(*found).subquery()
    gone = sa.select(sa.literal("purged"), left.c.graph, sa.literal(0.0), sa.literal(0.0))
    gone = gone.where(left.c.graph.is_not(None), left.c.graph.not_in(graphs))
    op.execute(DOCUMENT.insert().from_select(["kind", "id", "created_at", "updated_at"], gone))
    for table in REMAINS:
        op.execute(table.delete().where(table.c.graph.not_in(graphs)))
    thread = ACTIVITY.c.facts["thread"].as_string()
    rows = ACTIVITY.update().where(ACTIVITY.c.kind.in_(OF_THREADS), thread.is_not(None))
    op.execute(rows.values(key=sa.literal("said in ") + thread))
    for name, of, _, now in COMMENTS:
        _say(name, of, now)


def downgrade() -> None:
    """Ids that are given again."""
    op.execute(DOCUMENT.delete().where(DOCUMENT.c.kind == "purged"))
    op.execute(ACTIVITY.update().where(ACTIVITY.c.kind.in_(OF_THREADS)).values(key=""))
    for name, of, was, _ in COMMENTS:
        _say(name, of, was)


def _say(table: str, column: str, comment: str) -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column(table, column, existing_type=sa.Text(), existing_nullable=False, comment=comment)
