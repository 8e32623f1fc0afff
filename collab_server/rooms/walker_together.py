"""Several updates read as the one that they make together: what a room does once for an update it does once for all."""

from collections.abc import Sequence

from collab_server.rooms.walker import Block, Malformed, Range, Section, Walk, walk


def walk_together(updates: Sequence[bytes]) -> Walk:
    """Read updates as the one that they make together; raises Malformed, also if one does not go on where those before
    it ended. It is not tidy: nobody has written it.
    """
    data, at = b"".join(updates), 0
    blocks: dict[int, list[Block]] = {}
    deletes: dict[int, list[Range]] = {}
    for update in updates:
        walked = walk(data, at, at + len(update))
        at += len(update)
        for client, more in walked.sections:
            before = blocks.setdefault(client, more)
            if before is not more:
                if before[-1].end != more[0].clock:
                    raise Malformed(f"Block {client}:{more[0].clock} does not go on after the update before it")
                before += more
        for client, ranges in walked.deletes:
            deletes.setdefault(client, []).extend(ranges)
    return Walk(data, [Section(client, of) for client, of in blocks.items()], list(deletes.items()), tidy=False)
