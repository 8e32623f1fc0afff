"""Whatever is done in a discussion and nobody was told of yet, not edits alone."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """In place of notes of edits, which are of the last few seconds."""
    op.drop_table("comment_edit")
    op.create_table(
        "untold",
        sa.Column("id", sa.String(40), nullable=False),
        sa.Column("graph", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False, comment="empty: the thread as a whole"),
        sa.Column("kind", sa.Text(), nullable=False, comment="what is done, as the list of what was done calls it"),
        sa.Column("emoji", sa.Text(), nullable=False, comment="of a reaction"),
        sa.Column("author", sa.JSON(), nullable=False, comment="who does it, as others saw them then"),
        sa.Column("was", sa.JSON(), nullable=False, comment="the thread before that, without what is said in it"),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("change", sa.Text(), nullable=False, comment="the same for changes of which people are told once"),
        sa.PrimaryKeyConstraint("id", name="pk_untold"),
    )
    op.create_index("ix_untold_change", "untold", ["graph", "thread"])


def downgrade() -> None:
    """Of edits alone."""
    op.drop_table("untold")
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
