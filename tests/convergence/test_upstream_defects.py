"""The defects of pycrdt's engine (yrs 0.28) that the guard stands before, each as it is today.

When one of these tests fails, the engine was mended: see what of the guard it makes superfluous, and take the
test out. Nothing here is needed for the guard to be right.
"""

import subprocess
import sys
from typing import Any

import pytest
from pycrdt import Array, Doc, Map, Text

from collab_server.rooms.walker import Malformed, walk
from tests.convergence import hostile
from tests.convergence.wire import ANY_TRUE, item, section, string, text, update


def apply(*updates: bytes) -> Doc[Any]:
    """A document that took these updates without a gate."""
    doc: Doc[Any] = Doc()
    for each in updates:
        doc.apply_update(each)
    return doc


def ends_of_process(source: str) -> int:
    """The exit code of a Python process that runs this; negative for a signal."""
    return subprocess.run([sys.executable, "-c", source], capture_output=True, timeout=20).returncode


def test_garbage_that_closes_a_gap_wraps_the_length_of_the_hole() -> None:
    """Two updates of 7 bytes, as honest clients make them after a lost frame; GUARD-11 keeps gaps out."""
    doc = apply(update(section(1, 2, b"\0\2")), update(section(1, 0, b"\0\4")))

    with pytest.raises(Malformed):
        walk(doc.get_update())


def test_a_client_announced_without_blocks_panics() -> None:
    """GUARD-3."""
    with pytest.raises(BaseException, match="None"):
        apply(hostile.base(), b"\1\0\5\0\0")


def test_half_a_deleted_character_becomes_an_empty_block() -> None:
    """GUARD-16: yjs parks everything behind such a block for ever."""
    doc = apply(update(section(5, 0, string("a\U0001f600b"))), update(deletes=[(5, [(2, 1)])]))

    with pytest.raises(Malformed, match="empty"):
        walk(doc.get_update())


def test_a_list_of_json_is_read_one_too_far() -> None:
    """GUARD-4: content of kind 2 is refused, since yjs does not write it any more."""
    with pytest.raises(ValueError, match="decode"):
        apply(update(section(1, 0, item(2, b"\1" + text("1")))))


def test_a_child_of_a_plain_value_fails_after_half_of_the_update() -> None:
    """GUARD-14: the blocks before it stay."""
    doc = apply(hostile.base())

    with pytest.raises(RuntimeError, match="parent"):
        doc.apply_update(update(section(6, 0, string("x"), item(8, ANY_TRUE, parent=(5, 5), key="k"))))


def test_text_behind_garbage_stays_with_the_room_and_is_lost_to_joiners() -> None:
    """GUARD-15."""
    doc = apply(update(section(6, 0, b"\0\4")), update(section(6, 0, string("x" * 40))))
    joiner = apply(doc.get_update())

    assert str(doc.get("text", type=Text)) != str(joiner.get("text", type=Text))


def test_a_block_between_impossible_neighbours_is_put_in_different_places() -> None:
    """GUARD-14: it says that it was the first, and stood before the middle of a word."""
    word, end = update(section(5, 0, string("Hello"))), update(section(6, 0, string("x", origin=(5, 1))))
    doc = apply(word, end, update(section(7, 0, b"\0\2", item(1, b"\5", right=(5, 2)))))
    joiner = apply(doc.get_update())

    assert str(doc.get("text", type=Text)) != str(joiner.get("text", type=Text))


def test_text_in_a_list_of_values_is_read_for_ever() -> None:
    """GUARD-14: a character beyond 16 bits is enough."""
    source = """
import faulthandler; faulthandler.dump_traceback_later(2, exit=True)
from pycrdt import Array, Doc
from tests.convergence.wire import *
doc = Doc()
doc.apply_update(update(section(1, 0, string("\U0001f600", parent="list"))))
doc.get("list", type=Array).to_py()
"""
    assert ends_of_process(source) != 0


def test_values_nested_deep_end_the_process() -> None:
    """GUARD-5: by a segmentation fault."""
    source = """
from pycrdt import Doc
from tests.convergence import hostile
Doc().apply_update(hostile.MALFORMED["arrays nested 30,000 deep"]())
"""
    assert ends_of_process(source) < 0


def test_values_of_a_list_and_of_a_map_come_through() -> None:
    """The yardstick: an honest update by hand is read as meant, so the tests above fail for what they say."""
    doc = apply(update(section(1, 0, item(8, ANY_TRUE, parent="list"), item(8, ANY_TRUE, parent="map", key="k"))))

    values: Array[Any] = doc.get("list", type=Array)
    things: Map[Any] = doc.get("map", type=Map)
    assert (values.to_py(), things.to_py()) == ([True], {"k": True})
