"""Whole documents are stored in parts, and snapshots and activity refer to them."""

import sqlalchemy as sa
from alembic import op

Row = sa.Row[tuple[object, ...]]

revision = "0008"
down_revision = "0007"

PART = sa.table("state_part", sa.column("state"), sa.column("part"), sa.column("bytes", sa.LargeBinary()))
SNAPSHOT = sa.table("document_snapshot", *map(sa.column, ("kind", "document", "epoch", "seq", "state", "bytes")))
TOLD = sa.table("activity_told", *map(sa.column, ("graph", "epoch", "state", "base")))
HOLDERS = ((SNAPSHOT, ("kind", "document", "epoch", "seq"), "bytes"), (TOLD, ("graph", "epoch"), "base"))
"""The tables that hold documents: what names a row, and the column that they were in."""


def upgrade() -> None:
    """What there is becomes one part each, numbered from 1 on: those that are stored later have larger numbers."""
    op.create_table(
        "state_part",
        sa.Column("state", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False, comment="all parts together are one Yjs v1 update"),
        sa.PrimaryKeyConstraint("state", "part", name="pk_state_part"),
    )
    for name, comment in (
        ("document_snapshot", "the whole document: see states.py"),
        ("activity_told", "the document exactly as of base_seq: see states.py"),
    ):
        op.add_column(name, sa.Column("state", sa.BigInteger(), nullable=True, comment=comment))
    number = 0
    for table, names, column in HOLDERS:
        for row in _rows(table, names, table.c[column].is_not(None)):
            number += 1
            this = _is(table, names, row)
            old = sa.select(sa.literal(number), sa.literal(0), table.c[column]).where(this)
            op.get_bind().execute(PART.insert().from_select(["state", "part", "bytes"], old))
            op.get_bind().execute(table.update().where(this).values(state=number))
    with op.batch_alter_table("document_snapshot") as changed:
        changed.alter_column("state", existing_type=sa.BigInteger(), nullable=False)
        changed.drop_column("bytes")
    op.drop_column("activity_told", "base")
    op.create_index("ix_document_snapshot_state", "document_snapshot", ["state"])
    op.create_index("ix_activity_told_state", "activity_told", ["state"])


def downgrade() -> None:
    """Each in its row again."""
    op.drop_index("ix_activity_told_state", table_name="activity_told")
    op.drop_index("ix_document_snapshot_state", table_name="document_snapshot")
    op.add_column(
        "document_snapshot",
        sa.Column("bytes", sa.LargeBinary(), nullable=True, comment="the whole document as one Yjs v1 update"),
    )
    op.add_column(
        "activity_told",
        sa.Column("base", sa.LargeBinary(), nullable=True, comment="the document exactly as of base_seq"),
    )
    for table, names, column in HOLDERS:
        for row in _rows(table, names, table.c.state.is_not(None)):
            parts = sa.select(PART.c.bytes).where(PART.c.state == row.state).order_by(PART.c.part)
            whole = b"".join(op.get_bind().scalars(parts))
            op.get_bind().execute(table.update().where(_is(table, names, row)).values({column: whole}))
    with op.batch_alter_table("document_snapshot") as changed:
        changed.alter_column("bytes", existing_type=sa.LargeBinary(), nullable=False)
        changed.drop_column("state")
    op.drop_column("activity_told", "state")
    op.drop_table("state_part")


def _rows(table: sa.TableClause, names: tuple[str, ...], wanted: sa.ColumnElement[bool]) -> list[Row]:
    """What names each row, and its state: all together, since they are altered one by one."""
    query = sa.select(*(table.c[name] for name in names), table.c.state).where(wanted)
    return list(op.get_bind().execute(query))


def _is(table: sa.TableClause, names: tuple[str, ...], row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(*(table.c[name] == getattr(row, name) for name in names))
