"""Several updates read as the one that they make together: what a room does once for an update it does once for all."""

from collections.abc import Sequence

from collab_server.rooms.walker import MAX_ROOTS, Block, Malformed, Range, Section, Walk, walk


def walk_together(updates: Sequence[bytes]) -> Walk:
    """Read updates as the one that they make together; raises Malformed, also if one does not go on where those before
    it ended, or if they name more root types than one may. It is not tidy: nobody has written it.
    """
    data, at = b"".join(updates), 0
    blocks: dict[int, list[Block]] = {}
    deletes: dict[int, list[Range]] = {}
    roots: set[bytes] = set()
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
        roots |= walked.roots
    if len(roots) > MAX_ROOTS:  # or what they are stored as would be an update that no peer may send
        raise Malformed(f"{len(roots)} root types are named together, and {MAX_ROOTS} are the most")
    sections = [Section(client, of) for client, of in blocks.items()]
    return Walk(data, sections, list(deletes.items()), roots, tidy=False)
