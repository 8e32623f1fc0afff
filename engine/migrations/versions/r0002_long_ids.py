"""Ids of nodes are as long as people's files have them: PostgreSQL refused those of more than 200 characters."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_COLUMNS = (("run", "start", True), ("node_entry", "node", False), ("node_state", "node", False))


def upgrade() -> None:
    """From 200 characters to any number."""
    for table, column, nullable in _COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, type_=sa.Text(), existing_type=sa.String(200), existing_nullable=nullable)


def downgrade() -> None:
    """Back to 200; rows of longer ids go, for they would be refused."""
    for table, column in (("node_entry", "node"), ("node_state", "node")):
        op.execute(f"DELETE FROM {table} WHERE length({column}) > 200")
    op.execute("UPDATE run SET start = NULL WHERE length(start) > 200")
    for table, column, nullable in _COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.alter_column(column, type_=sa.String(200), existing_type=sa.Text(), existing_nullable=nullable)
