"""Requests for a higher role on a graph."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0005"


def upgrade() -> None:
    """Requests, open and decided."""
    op.create_table(
        "access_request",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("person", sa.String(40), nullable=False, comment="who asks, a person or an API token"),
        sa.Column("asker", sa.JSON(), nullable=False, comment="the same, as others saw them then"),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False, comment="open, granted or declined"),
        sa.Column("decider", sa.JSON(none_as_null=True), comment="who decided, as others saw them then"),
        sa.Column("decided_at", sa.Double()),
        sa.Column("given", sa.String(20), comment="the role that was given, if any"),
        sa.Column("note", sa.Text(), nullable=False, comment="what the decider said about it"),
        sa.PrimaryKeyConstraint("id", name="pk_access_request"),
    )
    op.create_index("ix_access_request_graph", "access_request", ["graph", "at"], unique=False)
    op.create_index("ix_access_request_person", "access_request", ["person", "graph"], unique=False)


def downgrade() -> None:
    """Without them."""
    op.drop_index("ix_access_request_person", table_name="access_request")
    op.drop_index("ix_access_request_graph", table_name="access_request")
    op.drop_table("access_request")
