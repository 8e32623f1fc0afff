"""Runs, their events, pinned graphs, large values, and what Chat and Log nodes keep."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_UNFINISHED = sa.text("finished IS NULL")
_TERMINAL = sa.text("type IN ('node.succeeded', 'node.failed', 'node.skipped')")


def upgrade() -> None:
    """The tables of the first release."""
    op.create_table(
        "snapshot",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("json", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.String(40), primary_key=True),
        sa.Column("graph", sa.String(100), nullable=False),
        sa.Column("snapshot", sa.String(64), sa.ForeignKey("snapshot.hash"), nullable=False),
        sa.Column("start", sa.String(200)),
        sa.Column("inputs", sa.Text(), nullable=False),
        sa.Column("trigger", sa.String(40), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("owner", sa.String(200)),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("lease_until", sa.Float(), nullable=False),
        sa.Column("last_seq", sa.Integer(), nullable=False),
        sa.Column("cancel_by", sa.String(200)),
        sa.Column("parent_run", sa.String(40)),
        sa.Column("created", sa.Float(), nullable=False),
        sa.Column("started", sa.Float()),
        sa.Column("finished", sa.Float()),
        sa.Column("error", sa.Text()),
    )
    op.create_index("run_of_graph", "run", ["graph", "id"])
    op.create_index("run_to_do", "run", ["lease_until"], sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED)
    op.create_table(
        "run_event",
        sa.Column("run", sa.String(40), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", sa.Float(), nullable=False),
        sa.Column("type", sa.String(30), nullable=False),
        sa.Column("node", sa.Text()),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("payload", sa.Text()),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "one_end_per_instance",
        "run_event",
        ["run", "node", "iteration"],
        unique=True,
        sqlite_where=_TERMINAL,
        postgresql_where=_TERMINAL,
    )
    op.create_table(
        "blob",
        sa.Column("hash", sa.String(64), primary_key=True),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "run_blob",
        sa.Column("run", sa.String(40), primary_key=True),
        sa.Column("blob", sa.String(64), primary_key=True, index=True),
    )
    op.create_table(
        "effect",
        sa.Column("key", sa.String(64), primary_key=True),
        sa.Column("run", sa.String(40), nullable=False, index=True),
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("iteration", sa.Integer(), nullable=False),
        sa.Column("begun", sa.Float(), nullable=False),
    )
    op.create_table(
        "node_entry",
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=True),
        sa.Column("graph", sa.String(100), nullable=False),
        sa.Column("node", sa.String(200), nullable=False),
        sa.Column("run", sa.String(40), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
    )
    op.create_index("entry_of_node", "node_entry", ["graph", "node", "seq"])
    op.create_table(
        "node_state",
        sa.Column("graph", sa.String(100), primary_key=True),
        sa.Column("node", sa.String(200), primary_key=True),
        sa.Column("state", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    """Nothing is left."""
    for name in ("node_state", "node_entry", "effect", "run_blob", "blob", "run_event", "run", "snapshot"):
        op.drop_table(name)
