"""Who wanted a run to end, so that whoever tells of it need not have been there, and when."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Beside their name, which it has already."""
    op.add_column("run", sa.Column("cancel_person", sa.Text()))
    op.add_column("run", sa.Column("cancel_at", sa.Double()))


def downgrade() -> None:
    """Their name alone."""
    with op.batch_alter_table("run") as batch:
        batch.drop_column("cancel_at")
        batch.drop_column("cancel_person")
