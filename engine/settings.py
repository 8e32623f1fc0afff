"""Everything about the engine that can be chosen, read once at the edge from FLOWROOM_* variables.

Times are in seconds and sizes in bytes. `flowroom up` passes its own choice on to the engine it starts.
"""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from flowroom import setting_values
from flowroom.files.places import shared_by_all
from flowroom.logging import LogFormat, LogLevel


class EngineSettings(BaseSettings):
    """One engine's settings; frozen."""

    model_config = SettingsConfigDict(
        env_prefix="FLOWROOM_", frozen=True, extra="ignore", populate_by_name=True, hide_input_in_errors=True
    )

    data: Path = Field(
        default=Path("data"), description="Folder of the databases, and of the files that came with graphs"
    )
    runs_url: str = Field(
        default="", description="SQLAlchemy URL of the run log; empty means SQLite in the data folder"
    )
    server_url: str | None = Field(default=None, description="The server that shows runs; without one runs go unseen")
    service_token: SecretStr | None = Field(default=None, description="What the engine signs in with")
    files: Path | None = Field(
        default=None, description="Folder that the nodes of all graphs may read; none when not set"
    )
    http_allow: str = Field(
        default="", description="Private hosts, host:port or networks that nodes may reach, with a comma between"
    )
    smtp_url: SecretStr | None = Field(
        default=None,
        description="Mail server that nodes send through: smtp://NAME:PASSWORD@HOST:587, which goes on in TLS, or "
        "smtps://; none when not set",
    )
    smtp_from: str = Field(default="", description="Whom that mail comes from, such as Flowroom <flowroom@example.org>")
    smtp_to: str = Field(
        default="",
        description="Domains and addresses that nodes may write to, with a comma between, or * for anyone; the domain "
        "that mail comes from when empty",
    )
    smtp_recipients_per_minute: int = Field(
        default=60,
        ge=1,
        description="People that the nodes of one engine write to in a minute at most; the rest wait for their turn",
    )
    max_runs: int = Field(default=16, ge=1, description="Runs at once in one engine; half of them of one graph at most")
    max_nodes_at_once: int = Field(default=64, ge=1, description="Nodes at once in one run")
    max_hops: int = Field(default=1000, ge=1, description="Most node runs of one cascade")
    lease_seconds: float = Field(
        default=10.0, gt=0, description="After how long without a sign a worker counts as dead"
    )
    poll_seconds: float = Field(default=0.05, gt=0, description="How often to look for new runs and cancellations")
    shutdown_seconds: float = Field(default=10.0, gt=0, description="Longest time between SIGTERM and the end")
    cancel_seconds: float = Field(default=10.0, gt=0, description="How long a cancelled node may take to stop")
    log_level: LogLevel = Field(default="info", description="Least important log lines that are written")
    log_format: LogFormat = Field(
        default="auto", description="`console` for people, `json` for machines, or by whether it goes to a terminal"
    )

    @field_validator("files")
    @classmethod
    def _apart(cls, value: Path | None, known: ValidationInfo) -> Path | None:
        return value and shared_by_all(value, known.data["data"])

    @field_validator("http_allow")
    @classmethod
    def _reachable(cls, value: str) -> str:
        setting_values.reachable(setting_values.in_parts(value))
        return value

    @field_validator("runs_url")
    @classmethod
    def _database(cls, value: str) -> str:
        return setting_values.database(value)

    @field_validator("server_url")
    @classmethod
    def _address(cls, value: str | None) -> str | None:
        return value and setting_values.url(value, "http", "https")

    @field_validator("smtp_url")
    @classmethod
    def _mail_server(cls, value: SecretStr | None) -> SecretStr | None:
        return value and SecretStr(setting_values.url(value.get_secret_value(), "smtp", "smtps"))

    @field_validator("smtp_from")
    @classmethod
    def _sender(cls, value: str, known: ValidationInfo) -> str:
        return setting_values.sender(value, is_needed=bool(known.data.get("smtp_url")))

    @field_validator("smtp_to")
    @classmethod
    def _recipients(cls, value: str) -> str:
        setting_values.recipients(setting_values.in_parts(value))
        return value

    @property
    def log_url(self) -> str:
        """Where the run log is."""
        return self.runs_url or f"sqlite:///{self.data / 'runs.db'}"

    @property
    def allowed_hosts(self) -> tuple[str, ...]:
        """`http_allow` in parts."""
        return setting_values.in_parts(self.http_allow)
