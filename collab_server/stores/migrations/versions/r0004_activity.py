"""What was done and by whom, how far the log has been told, and webhooks with their outbox."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Activity begins with the rows of the log that are still there."""
    _activity()
    _telling()
    _webhooks()


def downgrade() -> None:
    """Activity and webhooks are lost; log rows that were kept for them do no harm."""
    for table in (
        "webhook_delivery",
        "webhook",
        "activity_run",
        "activity_told",
        "activity_clock",
        "activity_node",
        "activity",
    ):
        op.drop_table(table)


def _activity() -> None:
    op.create_table(
        "activity",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("turn", sa.BigInteger(), nullable=False, comment="raised whenever the row grows"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("graph", sa.Text(), nullable=True),
        sa.Column(
            "title",
            sa.Text(),
            server_default=sa.text("''"),
            nullable=False,
            comment="what the graph was called then",
        ),
        sa.Column("person", sa.Text(), nullable=False, comment="empty for the server itself"),
        sa.Column("person_name", sa.Text(), nullable=False),
        sa.Column("person_colour", sa.Text(), nullable=False),
        sa.Column("person_kind", sa.Text(), nullable=False),
        sa.Column("nodes", sa.JSON(), nullable=False, comment="[[id, what it was called then], …]"),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="what it is about, for growing; empty if it never does"),
        sa.Column(
            "sealed",
            sa.Boolean(),
            server_default=sa.false(),
            nullable=False,
            comment="sent out, so it grows no more",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_activity"),
    )
    op.create_index("ix_activity_turn", "activity", ["turn"])
    op.create_index("ix_activity_graph", "activity", ["graph", "id"])
    op.create_index("ix_activity_person", "activity", ["person", "id"])
    op.create_index("ix_activity_until", "activity", ["until"])
    op.create_index("ix_activity_key", "activity", ["graph", "key", "until"])
    op.create_table(
        "activity_node",
        sa.Column("node", sa.Text(), nullable=False),
        sa.Column("activity", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("node", "activity", name="pk_activity_node"),
    )
    op.create_index("ix_activity_node_activity", "activity_node", ["activity"])
    clock = op.create_table(
        "activity_clock",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_activity_clock"),
    )
    op.bulk_insert(clock, [{"id": 1, "last": 0}])


def _telling() -> None:
    op.create_table(
        "activity_told",
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="the last log row that was told"),
        sa.Column("base_seq", sa.BigInteger(), nullable=False, comment="log rows after this one are kept"),
        sa.Column("base", sa.LargeBinary(), nullable=True, comment="the document exactly as of base_seq"),
        sa.PrimaryKeyConstraint("graph", "epoch", name="pk_activity_told"),
    )
    op.create_table(
        "activity_run",
        sa.Column("run", sa.Text(), nullable=False),
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("person", sa.JSON(), nullable=False, comment="who started it: id, name, colour, kind"),
        sa.Column("open", sa.Boolean(), nullable=False, comment="not yet told as finished"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run", name="pk_activity_run"),
    )
    op.create_index("ix_activity_run_open", "activity_run", ["open", "at"])


def _webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("events", sa.JSON(), nullable=False, comment="kinds, some with *; all of them if empty"),
        sa.Column(
            "graphs", sa.JSON(), nullable=False, comment="ids of graphs; all, and what belongs to none, if empty"
        ),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False, comment="encrypted"),
        sa.Column("old_secret", sa.Text(), nullable=True, comment="encrypted; signs, too, until old_until"),
        sa.Column("old_until", sa.Double(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("failing_since", sa.Double(), nullable=True),
        sa.Column("disabled_why", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhook"),
    )
    op.create_table(
        "webhook_delivery",
        sa.Column("id", sa.Text(), nullable=False, comment="the webhook-id that receivers see"),
        sa.Column("webhook", sa.Text(), nullable=False),
        sa.Column("activity", sa.BigInteger(), nullable=True, comment="the row it tells of; none for a ping"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "body", sa.Text(), nullable=True, comment="composed at the first attempt, and the same in all others"
        ),
        sa.Column("state", sa.Text(), nullable=False, comment="waiting, delivered or failed"),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_until", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("lease_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False, comment="when trying began; a retry by hand begins anew"),
        sa.Column("done_at", sa.Double(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("answer", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["webhook"], ["webhook.id"], name="fk_webhook_delivery_webhook", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_delivery"),
    )
    op.create_index("ix_webhook_delivery_due", "webhook_delivery", ["state", "due"])
    op.create_index("ix_webhook_delivery_listed", "webhook_delivery", ["webhook", "created_at", "id"])
    op.create_index("ix_webhook_delivery_activity", "webhook_delivery", ["activity"])
