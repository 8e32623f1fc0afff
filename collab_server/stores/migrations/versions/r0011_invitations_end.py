"""An invitation that was made with the sign-in token ends with it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Which token that was; of those that are open already nobody knows, and they expire."""
    comment = "the sign-in token it ends with, if any"
    op.add_column(
        "invitation", sa.Column("token_hash", sa.String(64), nullable=False, server_default="", comment=comment)
    )


def downgrade() -> None:
    """Without it."""
    op.drop_column("invitation", "token_hash")
