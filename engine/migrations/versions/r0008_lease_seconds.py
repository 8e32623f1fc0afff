"""How long a worker's word counts that a run is its own, so that others can tell by their own clocks."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Beside until when it counts by the clock of the run log."""
    op.add_column("run", sa.Column("lease_seconds", sa.Double()))


def downgrade() -> None:
    """Until when alone."""
    with op.batch_alter_table("run") as batch:
        batch.drop_column("lease_seconds")
