"""What is due of one webhook is found however much waits of another."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """An index for the oldest of each."""
    op.create_index("ix_webhook_delivery_of_hook", "webhook_delivery", ["webhook", "state", "due"], unique=False)


def downgrade() -> None:
    """Without it."""
    op.drop_index("ix_webhook_delivery_of_hook", table_name="webhook_delivery")
