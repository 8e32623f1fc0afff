"""Whole documents are stored in parts, and snapshots, versions and activity refer to them."""

from dataclasses import dataclass
from functools import cached_property

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

Row = sa.Row[tuple[object, ...]]


@dataclass(frozen=True)
class Holder:
    """A table that holds documents: the column they were in, and what names a row."""

    table: str
    column: str
    names: tuple[str, ...]
    always: bool
    """Whether each row has one."""
    was: str | None
    """What was said of the old column, and what is said of the new one."""
    now: str

    @cached_property
    def rows(self) -> sa.TableClause:
        """The table, to be asked."""
        return sa.table(self.table, *map(sa.column, (*self.names, self.column, "state")))

    def one(self, row: Row) -> sa.ColumnElement[bool]:
        """That it is this row."""
        return sa.and_(*(self.rows.c[name] == getattr(row, name) for name in self.names))

    def found(self, column: str) -> list[Row]:
        """The names and states of rows that have a document, all together, since they are altered one by one."""
        rows = self.rows
        query = sa.select(*(rows.c[name] for name in self.names), rows.c.state).where(rows.c[column].is_not(None))
        return list(op.get_bind().execute(query))


WHOLE = "the whole document: see states.py"
HOLDERS = (
    Holder(
        "document_snapshot",
        "bytes",
        ("kind", "document", "epoch", "seq"),
        True,
        "the whole document as one Yjs v1 update",
        WHOLE,
    ),
    Holder("document_version", "bytes", ("id",), True, None, WHOLE),
    Holder(
        "activity_told",
        "base",
        ("graph", "epoch"),
        False,
        "the document exactly as of base_seq",
        "the document exactly as of base_seq: see states.py",
    ),
)
PART = sa.table("state_part", sa.column("state"), sa.column("part"), sa.column("bytes", sa.LargeBinary()))
VERSION = sa.table("document_version", sa.column("size"), sa.column("bytes"))


def upgrade() -> None:
    """What there is becomes one part each, numbered from 1 on: those that are stored later have larger numbers."""
    op.create_table(
        "state_part",
        sa.Column("state", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("part", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False, comment="all parts together are one Yjs v1 update"),
        sa.PrimaryKeyConstraint("state", "part", name="pk_state_part"),
    )
    op.add_column("document_version", sa.Column("size", sa.BigInteger(), nullable=True, comment="bytes of the state"))
    op.execute(VERSION.update().values(size=sa.func.length(VERSION.c.bytes)))
    number = 0
    for holder in HOLDERS:
        op.add_column(holder.table, sa.Column("state", sa.BigInteger(), nullable=True, comment=holder.now))
        for row in holder.found(holder.column):
            number += 1
            old = sa.select(sa.literal(number), sa.literal(0), holder.rows.c[holder.column]).where(holder.one(row))
            op.execute(PART.insert().from_select(["state", "part", "bytes"], old))
            op.execute(holder.rows.update().where(holder.one(row)).values(state=number))
        with op.batch_alter_table(holder.table) as changed:
            if holder.always:
                changed.alter_column("state", existing_type=sa.BigInteger(), nullable=False)
            changed.drop_column(holder.column)
        op.create_index(f"ix_{holder.table}_state", holder.table, ["state"])
    with op.batch_alter_table("document_version") as changed:
        changed.alter_column("size", existing_type=sa.BigInteger(), nullable=False)


def downgrade() -> None:
    """Each in its row again."""
    for holder in HOLDERS:
        op.drop_index(f"ix_{holder.table}_state", table_name=holder.table)
        op.add_column(holder.table, sa.Column(holder.column, sa.LargeBinary(), nullable=True, comment=holder.was))
        for row in holder.found("state"):
            parts = sa.select(PART.c.bytes).where(PART.c.state == row.state).order_by(PART.c.part)
            whole = b"".join(op.get_bind().scalars(parts))
            op.execute(holder.rows.update().where(holder.one(row)).values({holder.column: whole}))
        with op.batch_alter_table(holder.table) as changed:
            if holder.always:
                changed.alter_column(holder.column, existing_type=sa.LargeBinary(), nullable=False)
            changed.drop_column("state")
    op.drop_column("document_version", "size")
    op.drop_table("state_part")
