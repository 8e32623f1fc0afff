"""Edits of comments of which nobody was told yet."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """What each message was before."""
    op.create_table(
        "comment_edit",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("edited_at", sa.Double(), comment="of the edit before, if there was one"),
        sa.Column("mentions", sa.JSON(), nullable=False, comment="who was mentioned before"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_comment_edit"),
    )


def downgrade() -> None:
    """Without them."""
    op.drop_table("comment_edit")
