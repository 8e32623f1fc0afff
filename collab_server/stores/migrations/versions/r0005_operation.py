"""Versions say which epoch they are of and what made them; lists say how large a graph is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Three columns more."""
    with op.batch_alter_table("document") as batch:
        batch.add_column(
            sa.Column("size", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="bytes, about")
        )
    with op.batch_alter_table("document_version") as batch:
        batch.add_column(sa.Column("epoch", sa.Integer(), server_default=sa.text("1"), nullable=False))
        batch.add_column(
            sa.Column(
                "reason",
                sa.Text(),
                server_default=sa.text("''"),
                nullable=False,
                comment="copy: of a client that had an older epoch; restore: what a restore put aside",
            )
        )


def downgrade() -> None:
    """Three columns less."""
    with op.batch_alter_table("document") as batch:
        batch.drop_column("size")
    with op.batch_alter_table("document_version") as batch:
        batch.drop_column("reason")
        batch.drop_column("epoch")
