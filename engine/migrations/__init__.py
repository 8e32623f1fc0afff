"""The history of the run log's tables; see flowroom/revisions.py for how it is followed."""

from pathlib import Path

from engine.tables import METADATA
from flowroom.revisions import History

HISTORY = History(Path(__file__).parent, METADATA, version_table="run_log_version", began_with="run")
