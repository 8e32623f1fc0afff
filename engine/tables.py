"""The tables of the run log. It lies in a database of its own, so that runs and edits never wait for each other."""

from sqlalchemy import (
    Column,
    Double,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    text,
)

METADATA = MetaData()
_UNFINISHED = text("finished IS NULL")

SNAPSHOT = Table(
    "snapshot",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("json", LargeBinary, nullable=False),
)

RUN = Table(
    "run",
    METADATA,
    Column("id", String(40), primary_key=True),  # begins with its time, so ids sort by age
    Column("graph", String(100), nullable=False),
    Column("snapshot", String(64), ForeignKey("snapshot.hash"), nullable=False),
    Column("start", Text),
    Column("inputs", Text, nullable=False),
    Column("trigger", String(40), nullable=False),
    Column("by", String(200), nullable=False),
    Column("state", String(20), nullable=False),
    Column("owner", String(200)),
    Column("epoch", Integer, nullable=False),
    Column("lease_until", Float, nullable=False),
    Column("last_seq", Integer, nullable=False),
    Column("cancel_by", String(200)),
    Column("parent_run", String(40)),
    Column("created", Float, nullable=False),
    Column("started", Float),
    Column("finished", Float),
    Column("error", Text),
    Column("trace", String(55)),
    Column("key", Text),
    Column("cancel_person", Text),
    Column("cancel_at", Double),
    Column("lease_seconds", Double),
    Column("lost", Integer),  # how often in a row its engine was gone and no node of it had ended; NULL is never
    Index("run_of_graph", "graph", "id"),
    Index("run_of_key", "graph", "key", unique=True),  # NULL is like nothing, not even like NULL
    Index("run_to_do", "lease_until", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
    Index("run_unfinished", "graph", sqlite_where=_UNFINISHED, postgresql_where=_UNFINISHED),
)

ENDS_OF_NODES = ("node.succeeded", "node.failed", "node.skipped")
_TERMINAL = text(f"type IN {ENDS_OF_NODES!r}")

RUN_EVENT = Table(
    "run_event",
    METADATA,
    Column("run", String(40), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("at", Float, nullable=False),
    Column("type", String(30), nullable=False),
    Column("node", Text),
    Column("iteration", Integer, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("payload", Text),
    Index(
        "one_end_per_instance",
        "run",
        "node",
        "iteration",
        unique=True,
        sqlite_where=_TERMINAL,
        postgresql_where=_TERMINAL,
    ),
    sqlite_with_rowid=False,
)

BLOB = Table(
    "blob",
    METADATA,
    Column("hash", String(64), primary_key=True),
    Column("size", Integer, nullable=False),
    Column("type", String(100), nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)

RUN_BLOB = Table(
    "run_blob",
    METADATA,
    Column("run", String(40), primary_key=True),
    Column("blob", String(64), primary_key=True, index=True),
)

EFFECT = Table(
    "effect",
    METADATA,
    Column("key", String(64), primary_key=True),
    Column("run", String(40), nullable=False, index=True),
    Column("node", Text, nullable=False),
    Column("iteration", Integer, nullable=False),
    Column("begun", Float, nullable=False),
)
"""What may have happened outside: written, durably, before a node with an irreversible effect starts."""

NODE_ENTRY = Table(
    "node_entry",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("graph", String(100), nullable=False),
    Column("node", Text, nullable=False),
    Column("run", String(40), nullable=False),
    Column("entry", Text, nullable=False),
    Index("entry_of_node", "graph", "node", "seq"),
)

NODE_STATE = Table(
    "node_state",
    METADATA,
    Column("graph", String(100), primary_key=True),
    Column("node", Text, primary_key=True),
    Column("state", Text, nullable=False),
)

WORKER = Table(
    "worker",
    METADATA,
    Column("id", String(200), primary_key=True),
    Column("started", Double, nullable=False),
    Column("seen", Double, nullable=False),
)
"""Who executes runs here; each signs now and then."""
