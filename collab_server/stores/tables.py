"""The tables of documents, and the metadata every table of the server's database is in.

What is asked of them is in documents.py (contents) and graphs.py (lists). A change here needs a revision under
migrations/versions; a test compares the two. Times are seconds since 1970.
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    text,
)
from sqlalchemy import Double as Seconds

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(referred_table_name)s",
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
    }
)

PURGED = "purged"
"""The kind of a row that keeps the id of a graph that was forgotten, and nothing else of it."""

document = Table(
    "document",
    metadata,
    Column("kind", Text, primary_key=True, comment="graph, discussion, or purged: an id never given again"),
    Column("id", Text, primary_key=True),
    Column("epoch", Integer, nullable=False, server_default=text("1"), comment="raised by a restore from backup"),
    Column("next_seq", BigInteger, nullable=False, server_default=text("1")),
    Column("snapshot_seq", BigInteger, nullable=False, server_default=text("0"), comment="0 = no snapshot"),
    Column("title", Text, nullable=False, server_default=text("''")),
    Column("description", Text, nullable=False, server_default=text("''")),
    Column("nodes", Integer, nullable=False, server_default=text("0")),
    Column("edges", Integer, nullable=False, server_default=text("0")),
    Column("size", BigInteger, nullable=False, server_default=text("0"), comment="bytes, about"),
    Column("preview", JSON, nullable=False, server_default=text("'{}'"), comment="nodes and edges of a small picture"),
    Column("owner", Text, nullable=False, server_default=text("''")),
    Column("visibility", Text, nullable=False, server_default=text("'workspace'"), comment="workspace or private"),
    Column("created_at", Seconds, nullable=False),
    Column("updated_at", Seconds, nullable=False),
    Column("deleted_at", Seconds, nullable=True),
    Index("ix_document_listed", "kind", "deleted_at", "updated_at", "id"),
)

document_log = Table(
    "document_log",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("document", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True),
    Column("origin", Text, nullable=False, comment="where the edit came from: peer, rest, import, janitor …"),
    Column("user", Text, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("bytes", LargeBinary, nullable=False, comment="a Yjs v1 update, as it was applied"),
    ForeignKeyConstraint(["kind", "document"], ["document.kind", "document.id"], ondelete="CASCADE"),
)

document_snapshot = Table(
    "document_snapshot",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("document", Text, primary_key=True),
    Column("epoch", Integer, primary_key=True),
    Column("seq", BigInteger, primary_key=True, comment="the last log row that is in it"),
    Column("state", BigInteger, nullable=False, comment="the whole document: see states.py"),
    ForeignKeyConstraint(["kind", "document"], ["document.kind", "document.id"], ondelete="CASCADE"),
    Index("ix_document_snapshot_state", "state"),
)

document_version = Table(
    "document_version",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("label", Text, nullable=False, server_default=text("''")),
    Column("author", Text, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("state", BigInteger, nullable=False, comment="the whole document: see states.py"),
    Column("size", BigInteger, nullable=False, comment="bytes of the state"),
    Column("summary", JSON, nullable=False, server_default=text("'{}'")),
    Column("epoch", Integer, nullable=False, server_default=text("1")),
    Column(
        "reason",
        Text,
        nullable=False,
        server_default=text("''"),
        comment="copy: of a client that had an older epoch; restore: what a restore put aside; kept: by someone",
    ),
    ForeignKeyConstraint(["kind", "document"], ["document.kind", "document.id"], ondelete="CASCADE"),
    Index("ix_document_version_listed", "kind", "document", "at"),
    Index("ix_document_version_state", "state"),
)

document_quarantine = Table(
    "document_quarantine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("document", Text, nullable=False),
    Column("at", Seconds, nullable=False),
    Column("origin", Text, nullable=False),
    Column("user", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("bytes", LargeBinary, nullable=False, comment="what was refused, for whoever looks into it"),
)

Row = dict[str, Any]
"""Values of one row, by column."""
