"""How many entries a zip has, counted along the directory at its end.

zipfile makes an object of each entry before it can be asked how many there are, 400 bytes and 8 µs apiece, and it
believes the size of the directory and not the count beside it. So here the directory is walked by the same rules, from
header to header, and the count that is announced means nothing. Blocking; call it in a thread.

The format is PKWARE's APPNOTE.TXT, 4.3.12 to 4.3.16.
"""

import os
import struct
from typing import BinaryIO, NamedTuple

ENTRY = struct.Struct("<4s24x3H12x")
"""Signature; lengths of the name, extra field and comment that follow."""
END = struct.Struct("<4s8x2LH")
"""Signature; size and place of the directory, length of the comment that follows."""
END_64 = struct.Struct("<4s36x2Q")
"""The same with wide numbers, before it in a zip64."""
LOCATOR_64_SIZE = 20
"""Between the two stands where the wide one is; zipfile wants it just there."""
LONGEST_COMMENT = 1 << 16


class _Directory(NamedTuple):
    start: int
    size: int


def count_entries(file: BinaryIO, *, most: int) -> int:
    """The entries of a zip, folders too; `most` + 1 when there are more than `most`. Leaves the file at its start.

    Of what is no zip, or a damaged one, there are as many as come before the damage: zipfile says what is wrong.
    """
    directory = _directory(file)
    count = walked = 0
    while directory is not None and walked < directory.size and count <= most:
        file.seek(directory.start + walked)
        header = file.read(ENTRY.size)
        if len(header) < ENTRY.size or not header.startswith(b"PK\1\2"):
            break
        _signature, *lengths = ENTRY.unpack(header)
        walked += ENTRY.size + sum(lengths)
        count += 1
    file.seek(0)
    return count


def _directory(file: BinaryIO) -> _Directory | None:
    """Where the directory lies: before the record that ends it, whatever was put before the whole zip."""
    length = file.seek(0, os.SEEK_END)
    tail_at = max(0, length - END.size - LONGEST_COMMENT)
    file.seek(tail_at)
    tail = file.read()
    found = last = len(tail) - END.size
    if found >= 0 and not (tail.startswith(b"PK\5\6", found) and tail.endswith(b"\0\0")):  # a comment follows it
        found = tail.rfind(b"PK\5\6")
    if not 0 <= found <= last:
        return None
    _signature, size, _start, _comment = END.unpack_from(tail, found)
    end = tail_at + found
    wide_at = end - END_64.size - LOCATOR_64_SIZE
    if wide_at >= 0:
        file.seek(wide_at)
        wide = file.read(END_64.size + LOCATOR_64_SIZE)
        if wide.startswith(b"PK\6\6") and wide.startswith(b"PK\6\7", END_64.size):
            _signature, size, _start = END_64.unpack_from(wide)
            end = wide_at
    return _Directory(end - size, size) if size <= end else None
