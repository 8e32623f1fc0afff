"""What is said of columns that more may be in than when they were made."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

COMMENTS = (
    (
        "notification",
        "kind",
        "mention, reply, resolved, reopened or reaction",
        "mention, reply, resolved, reopened, reaction, access.asked, access.granted or access.declined",
    ),
    ("notification", "quote", "what the thread is about", "what the thread is about, or which role"),
    (
        "notification",
        "excerpt",
        "the beginning of the message",
        "the beginning of the message, or of what was said of access",
    ),
    (
        "document_version",
        "reason",
        "copy: of a client that had an older epoch; restore: what a restore put aside",
        "copy: of a client that had an older epoch; restore: what a restore put aside; kept: by someone",
    ),
)


def upgrade() -> None:
    """What may be in them now."""
    for table, column, _, now in COMMENTS:
        _say(table, column, now)


def downgrade() -> None:
    """What was said before."""
    for table, column, was, _ in COMMENTS:
        _say(table, column, was)


def _say(table: str, column: str, comment: str) -> None:
    if op.get_bind().dialect.name == "postgresql":  # SQLite keeps no comments
        op.alter_column(table, column, existing_type=sa.Text(), existing_nullable=False, comment=comment)
