"""Everything about the server that can be chosen, read once at the edge from FLOWROOM_* variables.

Each limit has a safe default and a sentence; docs/reference/settings.md is generated from this file. Sizes are in
bytes and times in seconds unless the name says otherwise.
"""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from flowroom import setting_values
from flowroom.files.places import shared_by_all
from flowroom.logging import LogFormat, LogLevel
from flowroom.protocol import MAX_FRAME_BYTES, MAX_PRESENCE_BYTES, Role

MIB = 2**20


class Settings(BaseSettings):
    """One server's settings; frozen, so that nothing changes behind a running server's back."""

    model_config = SettingsConfigDict(
        env_prefix="FLOWROOM_", frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    # Where it listens and keeps things
    host: str = Field(
        default="127.0.0.1", description="Address to listen on; anything but loopback is open to the network"
    )
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one")
    data: Path = Field(default=Path("data"), description="Folder for the databases, tokens and the lock file")
    database_url: str = Field(
        default="", description="SQLAlchemy URL of the documents; empty means SQLite in the data folder"
    )
    runs_url: str = Field(
        default="", description="SQLAlchemy URL of the run log; empty means SQLite in the data folder"
    )
    redis_url: str | None = Field(
        default=None, description="Redis for fan-out between workers; needed by more than one"
    )
    files: Path | None = Field(
        default=None,
        description="Folder that the nodes of all graphs may read; `files` in the data folder when not set",
    )
    workers: int = Field(default=1, ge=1, description="Server processes of `flowroom serve`")
    compare_seconds: float = Field(
        default=5, gt=0, description="How often a worker looks into SQL for edits of others that it was not told of"
    )
    web_dir: Path | None = Field(default=None, description="Folder of the built web app; found by itself when not set")
    engine: bool = Field(default=True, description="Whether `flowroom up` starts an engine as a child process")
    examples: bool = Field(default=True, description="Whether an empty data folder gets the example graphs")

    # Who may come in
    token: SecretStr | None = Field(
        default=None, description="Sign-in token; made once and kept in the data folder when not set"
    )
    service_token: SecretStr | None = Field(
        default=None, description="Token of the engine; kept in the data folder when not set"
    )
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Host names, with a comma between, that pages may call this server by, besides loopback and `host`",
    )
    forwarded_allow_ips: str = Field(
        default="127.0.0.1",
        description="Proxies whose X-Forwarded-For and -Proto headers are believed, with a comma between",
    )
    secure_cookies: bool = Field(
        default=False, description="Always mark cookies Secure, for TLS that ends before this server"
    )
    session_days: float = Field(default=30, gt=0, description="Days until a browser has to sign in again")
    session_idle_days: float = Field(
        default=7, gt=0, description="Days without any use after which a browser has to sign in again"
    )
    invitation_days: float = Field(default=7, gt=0, description="Days in which an invitation may be accepted")
    recheck_seconds: float = Field(
        default=4,
        gt=0,
        le=60,
        description="How often everyone who is connected is looked up anew; expired sessions close as late as this",
    )
    public_url: str = Field(
        default="", description="Address that invitations and links begin with; taken from each request when empty"
    )
    create_on_join: bool = Field(default=False, description="Whether an admin's socket creates the graph it asks for")
    sign_in_attempts: int = Field(default=20, ge=1, description="Wrong tries to sign in, from one address in a minute")
    account_attempts: int = Field(default=20, ge=1, description="Wrong passwords for one account in an hour")

    # Signing in by another service, with OpenID Connect
    oidc_issuer: str = Field(
        default="", description="Issuer of the OpenID provider, as https://id.example.org; none when empty"
    )
    oidc_client_id: str = Field(default="", description="What the provider calls this server")
    oidc_client_secret: SecretStr | None = Field(
        default=None, description="Secret the provider knows this server by; none for a public client"
    )
    oidc_scopes: str = Field(default="openid email profile", description="What the provider is asked for")
    oidc_name: str = Field(
        default="", description="What people call the provider; the host name of its issuer when empty"
    )
    oidc_domains: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(), description="Email domains that are let in, with a comma between; all when empty"
    )
    oidc_role: Role | Literal["guest"] = Field(
        default="viewer", description="Role in the workspace of who comes by the provider for the first time"
    )

    # What is kept of what people do, and told to others
    activity_days: float = Field(default=365, ge=0, description="Days that activity is kept; 0 keeps it for ever")
    secret_key: SecretStr | None = Field(
        default=None,
        description="Key that stored secrets are encrypted with; older ones after it, with a comma between, still open "
        "what they closed. Made once and kept in the data folder when not set",
    )
    webhook_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Hosts, host:port, addresses or networks, with a comma between, that webhooks may go to besides "
        "public ones, and without TLS",
    )
    webhook_timeout_seconds: float = Field(default=15, gt=0, description="How long a receiver may take to answer")
    webhook_first_retry_seconds: float = Field(
        default=5,
        gt=0,
        description="About how long after a failed delivery it is tried again; the next waits are longer",
    )
    webhook_retry_hours: float = Field(
        default=24, gt=0, description="How long a delivery is tried before it is given up"
    )
    webhook_disable_days: float = Field(
        default=5, gt=0, description="Days without a single success after which a webhook is switched off"
    )
    webhook_overlap_hours: float = Field(
        default=24, ge=0, description="How long deliveries are signed with the old secret, too, after it was replaced"
    )
    webhook_delivery_days: float = Field(default=30, gt=0, description="Days that finished deliveries are listed")
    max_webhooks: int = Field(default=100, ge=1, description="Most webhooks of a workspace")

    # Limits of the REST API
    max_body_bytes: int = Field(default=50 * MIB, ge=1024, description="Largest JSON request body")
    max_upload_bytes: int = Field(default=50 * MIB, ge=1024, description="Largest file of an import")
    max_unpacked_bytes: int = Field(
        default=200 * MIB, ge=1024, description="Largest sum of file sizes inside an imported zip"
    )
    max_unpacked_files: int = Field(default=20_000, ge=1, description="Most files inside an imported zip")
    max_page: int = Field(default=200, ge=1, description="Most items of one page of a list")
    max_graph_nodes: int = Field(default=50_000, ge=1, description="Most nodes of a graph that is created or imported")
    max_title_chars: int = Field(default=200, ge=1, description="Longest title, name or label")
    compress_bytes: int = Field(default=1024, ge=1, description="Smallest response that is compressed")

    # Limits of discussions
    max_comment_chars: int = Field(default=8000, ge=1, description="Longest comment, in characters")
    max_threads: int = Field(default=1000, ge=1, description="Most comment threads of one graph")
    max_thread_messages: int = Field(default=1000, ge=1, description="Most messages of one thread")
    max_comments_per_minute: int = Field(
        default=60, ge=1, description="Comments, reactions and the like that one person may write in a minute"
    )
    max_guests_per_minute: int = Field(
        default=120, ge=1, description="Strangers of one address who become guests by a link in a minute"
    )
    max_notifications: int = Field(
        default=1000, ge=1, description="Notifications kept for each person; the oldest make place"
    )

    # Limits of runs
    max_waiting_runs: int = Field(
        default=20, ge=1, description="Runs of one graph that have not ended; more are not started until some have"
    )
    max_runs_per_minute: int = Field(default=120, ge=1, description="Runs that one person may start in a minute")

    # Limits of network addresses, in each process
    max_connections_per_address: int = Field(
        default=1000,
        ge=1,
        description="Connections one address may hold; believed proxies are not counted",
    )
    max_sockets_per_address: int = Field(
        default=1000,
        ge=1,
        description="WebSockets one address may hold; more are closed with 1013",
    )
    max_joins_per_second: float = Field(
        default=50, gt=0, description="WebSockets one address may open in a second, on average"
    )
    handshake_seconds: float = Field(
        default=10, gt=0, description="How long a connection may take to send the head of a request"
    )
    body_seconds: float = Field(default=30, gt=0, description="How long a request may send nothing of its body")

    # Limits of rooms and peers
    max_frame_bytes: int = Field(default=MAX_FRAME_BYTES, ge=1024, description="Largest frame of a socket")
    max_presence_bytes: int = Field(default=MAX_PRESENCE_BYTES, ge=256, description="Largest presence state of a peer")
    max_outbox_bytes: int = Field(
        default=4 * MIB,
        ge=1024,
        description="Bytes waiting for a slow peer before they are replaced by one resync",
    )
    max_stalled_seconds: float = Field(
        default=30,
        gt=0,
        description="How long a peer may stay unwritable before it is closed with 1013, and an answer unread",
    )
    max_peer_messages_per_second: float = Field(default=2000, gt=0, description="Messages a peer may send, on average")
    max_peer_bytes_per_second: float = Field(
        default=4 * MIB, gt=0, description="Bytes a peer may send, and as many that it may ask for, on average"
    )
    max_room_messages_per_second: float = Field(
        default=20_000, gt=0, description="Messages all peers of a room may send together, on average"
    )
    max_room_bytes_per_second: float = Field(
        default=64 * MIB, gt=0, description="Bytes all peers of a room may send together, on average"
    )
    rate_burst_seconds: float = Field(
        default=4, gt=0, description="How many seconds' worth of messages may come at once"
    )
    max_peers_per_room: int = Field(default=1000, ge=1, description="Most peers in one room")
    max_open_rooms: int = Field(default=2000, ge=1, description="Most documents open at once")
    max_document_bytes: int = Field(
        default=50 * MIB, ge=1024, description="Largest encoded document; beyond it only deletions are taken"
    )
    warn_document_share: float = Field(
        default=0.8, gt=0, le=1, description="Share of max_document_bytes from which people are told"
    )
    max_documents_memory: int = Field(
        default=2048 * MIB,
        ge=MIB,
        description="Memory that open documents may take in a process, about; rooms that nobody is in make place",
    )
    keep_deleted_days: float = Field(
        default=30, ge=0, description="Days until what a deleted graph left, runs too, is forgotten"
    )
    max_versions: int = Field(
        default=50, ge=1, description="Versions and copies kept of one graph; the oldest makes place for a new one"
    )
    snapshot_rows: int = Field(
        default=500,
        ge=1,
        description="Log rows after which a document gets a new snapshot; a large one after a row for each kB",
    )
    snapshot_bytes: int = Field(
        default=MIB, ge=1024, description="Log bytes after which a document gets a new snapshot"
    )
    max_commit_seconds: float = Field(
        default=5, gt=0, description="How long storing an edit may take before its room turns read-only"
    )
    evict_seconds: float = Field(default=60, ge=0, description="How long a room without peers stays in memory")

    janitor_seconds: float = Field(
        default=10, gt=0, description="How long an edge without an end may stay before it is removed"
    )

    # Operation
    shutdown_seconds: float = Field(default=10, gt=0, description="Longest time between SIGTERM and the end")
    max_loop_lag: float = Field(default=0.5, gt=0, description="Event loop lag above which /readyz says no")
    log_level: LogLevel = Field(default="info", description="Least important log lines that are written")
    log_format: LogFormat = Field(
        default="auto", description="console for people, json for machines, auto by the terminal"
    )

    @field_validator("allowed_hosts", "oidc_domains", "webhook_allow", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return setting_values.in_parts(value) if isinstance(value, str) else value

    @field_validator("files")
    @classmethod
    def _apart(cls, value: Path | None, known: ValidationInfo) -> Path | None:
        return value and shared_by_all(value, known.data["data"])

    @field_validator("allowed_hosts")
    @classmethod
    def _host_names(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return setting_values.names_of_host(value)

    @field_validator("webhook_allow")
    @classmethod
    def _reachable(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return setting_values.reachable(value)

    @field_validator("oidc_domains")
    @classmethod
    def _domains(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return setting_values.domains(value)

    @field_validator("forwarded_allow_ips")
    @classmethod
    def _proxies(cls, value: str) -> str:
        return setting_values.proxies(value)

    @field_validator("public_url", "oidc_issuer")
    @classmethod
    def _page(cls, value: str) -> str:
        return setting_values.url(value, "http", "https")

    @field_validator("database_url", "runs_url")
    @classmethod
    def _database(cls, value: str) -> str:
        return setting_values.database(value)

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, value: str | None) -> str | None:
        return value and setting_values.url(value, "redis", "rediss", "unix")

    @property
    def documents_url(self) -> str:
        """Where documents and accounts are: `database_url`, or SQLite in the data folder."""
        return self.database_url or f"sqlite:///{self.data / 'flowroom.db'}"

    @property
    def files_folder(self) -> Path:
        """What the nodes of all graphs may read."""
        return self.files or self.data / "files"

    @property
    def run_log_url(self) -> str:
        """Where the run log is: `runs_url`, or a SQLite file of its own, so that two processes don't contend."""
        return self.runs_url or f"sqlite:///{self.data / 'runs.db'}"
