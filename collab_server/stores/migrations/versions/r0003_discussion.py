"""What people were told, and how far they have read."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Notifications and read marks."""
    op.create_table(
        "notification",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("person", sa.Text(), nullable=False, comment="who is told"),
        sa.Column("kind", sa.Text(), nullable=False, comment="mention, reply, resolved, reopened or reaction"),
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("by", sa.Text(), nullable=False, comment="the id of who did it"),
        sa.Column("author", sa.JSON(), nullable=False, comment="who did it, as others saw them then"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("read_at", sa.Double(), nullable=True),
        sa.Column("quote", sa.Text(), nullable=False, comment="what the thread is about"),
        sa.Column("excerpt", sa.Text(), nullable=False, comment="the beginning of the message"),
        sa.Column("emoji", sa.Text(), nullable=False, comment="of a reaction"),
        sa.PrimaryKeyConstraint("id", name="pk_notification"),
    )
    op.create_index("ix_notification_listed", "notification", ["person", "id"], unique=False)
    op.create_index("ix_notification_of_thread", "notification", ["graph", "thread"], unique=False)
    op.create_table(
        "read_mark",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False, comment="empty: all threads of the graph"),
        sa.Column("at", sa.Double(), nullable=False, comment="of the last message seen"),
        sa.PrimaryKeyConstraint("person", "graph", "thread", name="pk_read_mark"),
    )


def downgrade() -> None:
    """Without them."""
    op.drop_table("read_mark")
    op.drop_index("ix_notification_of_thread", table_name="notification")
    op.drop_index("ix_notification_listed", table_name="notification")
    op.drop_table("notification")
