"""How often in a row an engine was gone that went on with a run, so that none is taken up for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Of those that go on nobody knows: never."""
    op.add_column("run", sa.Column("lost", sa.Integer()))


def downgrade() -> None:
    """Without it."""
    with op.batch_alter_table("run") as batch:
        batch.drop_column("lost")
