"""A text that people write together, addressed by characters.

The CRDT counts UTF-8 bytes in Python and UTF-16 units in the browser. Here positions are characters (code points), so
no edit can ever split a surrogate pair, on which Yjs and its Rust twin would differ for good.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager

from pycrdt import Text

from flowroom.plain import put_right


class SharedText:
    """One text of a document. It is looked up for every call, because undoing a delete makes a new one."""

    def __init__(self, resolve: Callable[[], Text], transaction: Callable[[], AbstractContextManager[object]]) -> None:
        self._resolve = resolve
        self._transaction = transaction

    def __str__(self) -> str:
        return str(self._resolve())

    def __len__(self) -> int:
        return len(str(self))

    def insert(self, index: int, value: str) -> None:
        """Insert before the character at `index`; raises IndexError outside 0..len."""
        self.replace(index, index, value)

    def append(self, value: str) -> None:
        """Insert at the end."""
        end = len(self)
        self.replace(end, end, value)

    def delete(self, start: int, stop: int) -> None:
        """Delete the characters from `start` up to `stop`; raises IndexError outside 0..len."""
        self.replace(start, stop, "")

    def replace(self, start: int, stop: int, value: str) -> None:
        """Put `value` in the place of the characters from `start` up to `stop`, in one transaction."""
        added: str = put_right(value)
        with self._transaction():
            text = self._resolve()
            now = str(text)
            if not 0 <= start <= stop <= len(now):
                raise IndexError(f"Expected 0 <= start <= stop <= {len(now)}, got {start} and {stop}")
            splice(text, now, start, stop, added)

    def set(self, value: str) -> None:
        """Make the text equal `value` by changing only what differs, so that others' cursors and edits stay."""
        wanted: str = put_right(value)
        with self._transaction():
            rewrite(self._resolve(), wanted)


def rewrite(text: Text, wanted: str) -> None:
    """Turn a text into `wanted` by one splice between what both begin and end with."""
    now = str(text)
    shorter = min(len(now), len(wanted))
    head = 0
    while head < shorter and now[head] == wanted[head]:
        head += 1
    tail = 0
    while tail < shorter - head and now[-1 - tail] == wanted[-1 - tail]:
        tail += 1
    splice(text, now, head, len(now) - tail, wanted[head : len(wanted) - tail])


def splice(text: Text, now: str, start: int, stop: int, added: str) -> None:
    """Replace characters by their byte offsets, as the CRDT wants them; `now` is the content of `text`."""
    at = len(now[:start].encode())
    until = at + len(now[start:stop].encode())
    if until > at:
        del text[at:until]
    if added:
        text.insert(at, added)
