"""How results look on a terminal."""

import pytest

from collab_server.cli.console import extent_of


@pytest.mark.parametrize(
    ("nodes", "edges", "words"),
    [(0, 0, "0 nodes, 0 edges"), (1, 1, "1 node, 1 edge"), (21, 20, "21 nodes, 20 edges")],
)
def test_one_of_something_is_no_many(nodes: int, edges: int, words: str) -> None:
    assert extent_of({"nodes": nodes, "edges": edges}) == words
