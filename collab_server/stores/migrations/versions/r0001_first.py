"""Documents with their logs, and the tokens and sessions of accounts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """The tables of the first release."""
    op.create_table(
        "document",
        sa.Column("kind", sa.Text(), nullable=False, comment="graph or discussion"),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column(
            "epoch",
            sa.Integer(),
            server_default=sa.text("1"),
            nullable=False,
            comment="raised by a restore from backup",
        ),
        sa.Column("next_seq", sa.BigInteger(), server_default=sa.text("1"), nullable=False),
        sa.Column(
            "snapshot_seq", sa.BigInteger(), server_default=sa.text("0"), nullable=False, comment="0 = no snapshot"
        ),
        sa.Column("title", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("description", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("nodes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("edges", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "preview",
            sa.JSON(),
            server_default=sa.text("'{}'"),
            nullable=False,
            comment="nodes and edges of a small picture",
        ),
        sa.Column("owner", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("kind", "id", name="pk_document"),
    )
    op.create_index("ix_document_listed", "document", ["kind", "deleted_at", "updated_at", "id"], unique=False)
    op.create_table(
        "document_quarantine",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False, comment="what was refused, for whoever looks into it"),
        sa.PrimaryKeyConstraint("id", name="pk_document_quarantine"),
    )
    op.create_table(
        "session",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False, comment="the token it was opened with"),
        sa.Column("person", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("expires_at", sa.Float(precision=53), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_session"),
        sa.UniqueConstraint("hash", name="uq_session_hash"),
    )
    op.create_index("ix_session_token_hash", "session", ["token_hash"], unique=False)
    op.create_table(
        "token",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("created_by", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.Float(precision=53), nullable=False),
        sa.Column("revoked_at", sa.Float(precision=53), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_token"),
        sa.UniqueConstraint("hash", name="uq_token_hash"),
    )
    op.create_table(
        "document_log",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column(
            "origin", sa.Text(), nullable=False, comment="where the edit came from: peer, rest, import, janitor …"
        ),
        sa.Column("user", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False, comment="a Yjs v1 update, as it was applied"),
        sa.ForeignKeyConstraint(
            ["kind", "document"], ["document.kind", "document.id"], name="fk_document_log_document", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "document", "epoch", "seq", name="pk_document_log"),
    )
    op.create_table(
        "document_snapshot",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False, comment="the last log row that is in it"),
        sa.Column("bytes", sa.LargeBinary(), nullable=False, comment="the whole document as one Yjs v1 update"),
        sa.ForeignKeyConstraint(
            ["kind", "document"],
            ["document.kind", "document.id"],
            name="fk_document_snapshot_document",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("kind", "document", "epoch", "seq", name="pk_document_snapshot"),
    )
    op.create_table(
        "document_version",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.LargeBinary(), nullable=False),
        sa.Column("summary", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(
            ["kind", "document"],
            ["document.kind", "document.id"],
            name="fk_document_version_document",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_document_version"),
    )
    op.create_index("ix_document_version_listed", "document_version", ["kind", "document", "at"], unique=False)


def downgrade() -> None:
    """Nothing is left."""
    for name in ("document_version", "document_snapshot", "document_log", "document_quarantine"):
        op.drop_table(name)
    for name in ("document", "session", "token"):
        op.drop_table(name)
