"""Who makes place in a full room: nobody keeps others out by coming many times, or by only looking on."""

from collections import Counter
from collections.abc import Collection

from collab_server.rooms.peer import Peer
from flowroom.protocol import ROLES


def makes_place(peers: Collection[Peer], comer: Peer) -> Peer | None:
    """The peer that has to go for one that comes: of whoever has most places, if they have two more; otherwise of who
    may do less than the comer, if the comer has none yet. None when all have as good a reason to be here.
    """
    places = Counter(peer.identity.id for peer in peers)
    held = places[comer.identity.id]
    greedy = max(peers, key=lambda peer: places[peer.identity.id])
    if places[greedy.identity.id] > held + 1:
        return greedy
    least = min(peers, key=_rank)
    return least if held == 0 and _rank(least) < _rank(comer) else None


def _rank(peer: Peer) -> int:
    role = peer.identity.role
    return -1 if role is None else ROLES.index(role)
