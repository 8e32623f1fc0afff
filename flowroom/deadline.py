"""The end of a process that was told to end, whatever hangs in it."""

import os
import threading
from collections.abc import Callable


class Deadline:
    """The end of the process, whatever hangs: peers that don't close, a disk or a database that doesn't answer."""

    def __init__(self, seconds: float, last_words: Callable[[], None]) -> None:
        self._last_words = last_words
        self._timer = threading.Timer(seconds, self._kill)
        self._timer.daemon = True

    def begin(self) -> None:
        """The process has to end by itself from now on, or is ended."""
        if not self._timer.is_alive() and not self._timer.finished.is_set():
            self._timer.start()

    def end(self) -> None:
        """It has."""
        self._timer.cancel()

    def _kill(self) -> None:
        self._last_words()
        os._exit(1)
