"""How many runs of a graph have not ended is counted at every start, beside any number that have."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """An index of the unfinished alone."""
    unfinished = sa.text("finished IS NULL")
    op.create_index("run_unfinished", "run", ["graph"], sqlite_where=unfinished, postgresql_where=unfinished)


def downgrade() -> None:
    """They are counted among all runs of the graph."""
    op.drop_index("run_unfinished", "run")
