"""The kinds of things that are done, and each said as a sentence without its subject: "model of Summarise changed …".

KINDS is the one table of them; docs/reference/webhooks.md is held to it by a test. A kind that is not in it is kept and
sent all the same, and said by its name.
"""

import json
from collections.abc import Callable, Mapping, Sequence

from collab_server.activity.bursts import Row
from flowroom.model import Json
from flowroom.yrecords import is_same

KINDS: dict[str, str] = {
    "node.added": "nodes were added",
    "node.removed": "nodes were removed, and their edges with them",
    "node.renamed": "a node was renamed",
    "node.moved": "nodes were moved",
    "node.resized": "nodes were resized",
    "node.placed": "nodes were put into a group, or taken out of one",
    "node.changed": "a parameter or setting of a node changed",
    "group.made": "nodes were put into a new group",
    "edge.connected": "ports were connected",
    "edge.removed": "connections were removed",
    "edge.changed": "a setting of an edge changed",
    "graph.renamed": "a graph's title changed",
    "graph.changed": "another setting of a graph changed",
    "graph.created": "a graph was created",
    "graph.deleted": "a graph was deleted",
    "graph.duplicated": "a graph was copied",
    "graph.imported": "a graph was made from a file",
    "graph.exported": "a graph was exported",
    "graph.restored": "a graph was taken back to an earlier state",
    "version.kept": "a state of a graph was kept as a version",
    "version.deleted": "a version of a graph was deleted",
    "run.started": "a run was started",
    "run.cancelled": "someone asked a run to end",
    "run.finished": "a run ended",
    "history.cleared": "what a Chat or Log has kept was cleared",
    "thread.created": "a discussion was begun",
    "thread.resolved": "a discussion was resolved",
    "thread.reopened": "a discussion was reopened",
    "thread.deleted": "a discussion was deleted",
    "comment.created": "someone wrote in a discussion",
    "comment.edited": "a comment was changed",
    "comment.deleted": "a comment was deleted",
    "comment.reacted": "someone reacted to a comment",
    "session.opened": "someone signed in",
    "session.refused": "a sign-in, or a secret shown for a link, an invitation or another password, was refused",
    "session.closed": "someone signed out",
    "account.created": "an account was made",
    "password.changed": "a password was changed",
    "token.created": "an API token was made",
    "token.revoked": "an API token was revoked",
    "member.changed": "a member's role changed",
    "member.removed": "a member was removed",
    "invitation.created": "someone was invited",
    "invitation.accepted": "an invitation was accepted",
    "invitation.revoked": "an invitation was revoked",
    "grant.changed": "someone's role on a graph changed",
    "grant.removed": "someone's role on a graph was taken away",
    "request.created": "someone asked for a higher role on a graph",
    "request.declined": "a request for a role was declined",
    "request.withdrawn": "a request for a role was taken back",
    "link.created": "a share link was made",
    "link.revoked": "a share link was revoked",
    "link.opened": "a share link was used",
    "activity.exported": "the list of what was done was exported",
    "webhook.created": "a webhook was added",
    "webhook.changed": "a webhook was changed",
    "webhook.removed": "a webhook was removed",
    "webhook.rotated": "a webhook got a new secret",
    "webhook.disabled": "a webhook was switched off, because its deliveries failed for days",
}
EDITS = frozenset(kind for kind in list(KINDS)[: list(KINDS).index("graph.created")])
"""Kinds that are told from the log of a graph; `graph.edited` stands for all of them in filters."""
EDITED = "graph.edited"
BEGUN = "thread.created"
"""Comes with the `comment.created` of what was said first, which says it all; a row only for who asks for this kind."""
FOR_ADMINS = (
    "grant.*",
    "request.*",
    "link.*",
    "invitation.*",
    "member.*",
    "session.*",
    "token.*",
    "account.*",
    "password.*",
)
"""What of a graph's list only its admins see."""


def expanded(kinds: Sequence[str]) -> tuple[str, ...]:
    """Kinds as a filter names them, with `graph.edited` spelled out."""
    return tuple(kind for named in kinds for kind in (sorted(EDITS) if named == EDITED else [named]))


def matches(kind: str, patterns: Sequence[str]) -> bool:
    """Whether a kind is among those a filter names: itself, `run.*`, `*`, or `graph.edited` for every edit."""
    return any(
        kind.startswith(pattern[:-1]) if pattern.endswith("*") else kind == pattern for pattern in expanded(patterns)
    )


def sentence(row: Row) -> str:
    """What was done, in a few words and without who did it."""
    say = _SAID.get(row.kind)
    if say is not None:
        return say(row)
    if row.kind in KINDS:
        return KINDS[row.kind]
    return row.kind.replace(".", " ").replace("_", " ")


def _who(row: Row) -> str:
    """The nodes a row is about, in words."""
    names = [node.name for node in row.nodes]
    more = int(row.facts.get("more", 0)) + max(0, len(names) - 3)
    shown = names[:3] if more else names
    if more:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]] if len(shown) > 1 else shown)


def _value(value: Json) -> str:
    return "nothing" if value is None else f"“{value}”" if isinstance(value, str) else json.dumps(value, default=str)


def _change(row: Row) -> str:
    """From what to what; or for a text, how much of it."""
    facts = row.facts
    if "added" in facts:
        return f": {facts['added']} characters added, {facts.get('removed', 0)} removed"
    if "after" not in facts:
        return ""
    if is_same(facts.get("before"), facts["after"]):
        return f" {row.count} times, and is as it was" if row.count > 1 else ""
    return f" from {_value(facts.get('before'))} to {_value(facts['after'])}"


def _field(row: Row) -> str:
    return row.field.removeprefix("params.")


def _ends(row: Row) -> str:
    return f"{row.facts.get('source', 'a node')} to {row.facts.get('target', 'another')}"


def _edges(one: str, many: str) -> Callable[[Row], str]:
    """Words for one edge, and for many."""
    return lambda row: f"{many} {row.facts['edges']} connections" if "edges" in row.facts else f"{one} {_ends(row)}"


def _are_many(row: Row) -> bool:
    return len(row.nodes) + int(row.facts.get("more", 0)) > 1


def _removed(row: Row) -> str:
    edges, whose = row.facts.get("edges"), "their" if _are_many(row) else "its"
    return f"removed {_who(row)}" + (f", and {edges} of {whose} connections" if edges else "")


def _placed(row: Row) -> str:
    into = row.facts.get("into")
    if into:
        return f"put {_who(row)} into {into}"
    return f"took {_who(row)} out of {'their' if _are_many(row) else 'its'} group"


def _finished(row: Row) -> str:
    seconds = row.facts.get("seconds")
    took = f" after {_lasting(seconds)}" if isinstance(seconds, int | float) else ""
    error = row.facts.get("error")
    return f"a run {row.facts.get('state', 'ended')}{took}" + (f": {error}" if error else "")


_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def _lasting(seconds: float) -> str:
    """How long something took, as the editor says it: "340 ms", "2.4 s", "16 s", "1 min 12 s", "3 h", "2 d 5 h"."""
    if seconds < 1:
        return f"{max(0.0, seconds) * 1000:.0f} ms"
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    rest, parts = round(seconds), list[str]()
    first = next(place for place, (_, size) in enumerate(_UNITS) if rest >= size)
    for name, size in _UNITS[first : first + 2]:
        many, rest = divmod(rest, size)
        parts += [f"{many} {name}"] if many else []
    return " ".join(parts)


def _named(words: str, *keys: str) -> Callable[[Row], str]:
    """Words, and the facts that a row has of these."""

    def say(row: Row) -> str:
        found = [str(row.facts[key]) for key in keys if row.facts.get(key) not in (None, "")]
        return f"{words} {' '.join(found)}".rstrip()

    return say


def _as(words: str, key: str) -> Callable[[Row], str]:
    """Words, a fact, and as what."""

    def say(row: Row) -> str:
        role = row.facts.get("role")
        return _named(words, key)(row) + (f" as {role}" if role else "")

    return say


def _invited(row: Row) -> str:
    if row.facts.get("purpose") == "password":
        return "made a link by which a member sets a new password"
    return _as("invited" if row.facts.get("email") else "invited somebody", "email")(row)


def _member(row: Row) -> str:
    """What an admin did to a member, which may be several things at once."""
    facts, name = row.facts, row.facts.get("name", "")
    done = [f"made the member {name} {facts['role'] or 'a guest'}"] if "role" in facts else []
    if facts.get("disabled") is not None:
        done.append(f"shut out the member {name}" if facts["disabled"] else f"let the member {name} in again")
    return " and ".join(done or [f"changed the member {name}"]).rstrip()


def _holder(row: Row) -> str:
    """Whose role it was; rows of before names were kept have the id alone."""
    return str(row.facts.get("name") or row.facts.get("person") or "")


def _about(words: str, *keys: str) -> Callable[[Row], str]:
    """Words, what was said, and the place in the graph that it is about."""

    def say(row: Row) -> str:
        excerpt, quote = row.facts.get("excerpt"), row.facts.get("quote")
        said = f" “{excerpt}”" if excerpt else ""
        return _named(words, *keys)(row) + said + (f" about {quote}" if quote else "")

    return say


def _group(row: Row) -> str:
    name, inside = row.nodes[0].name if row.nodes else "", len(row.nodes) - 1
    return f"made the group {name} of {inside} {'node' if inside == 1 else 'nodes'}"


_SAID: Mapping[str, Callable[[Row], str]] = {
    "node.added": lambda row: f"added {_who(row)}",
    "node.removed": _removed,
    "node.renamed": lambda row: f"renamed {_who(row)}{_change(row)}",
    "node.moved": lambda row: f"moved {_who(row)}",
    "node.resized": lambda row: f"resized {_who(row)}",
    "node.placed": _placed,
    "node.changed": lambda row: f"{_field(row)} of {_who(row)} changed{_change(row)}",
    "group.made": _group,
    "edge.connected": _edges("connected", "made"),
    "edge.removed": _edges("removed the connection of", "removed"),
    "edge.changed": lambda row: f"{row.field} of the edge from {_ends(row)} changed{_change(row)}",
    "graph.renamed": lambda row: f"title changed{_change(row)}",
    "graph.changed": lambda row: f"{row.facts.get('template', row.field)} of the graph changed{_change(row)}",
    "graph.created": lambda row: f"created the graph {row.title}".rstrip(),
    "graph.deleted": lambda row: f"deleted the graph {row.title}".rstrip(),
    "graph.duplicated": lambda row: f"copied a graph as {row.title}".rstrip(),
    "graph.imported": _named("imported the graph from", "file"),
    "graph.exported": _named("exported the graph as", "format"),
    "graph.restored": lambda _row: "took the graph back to an earlier state",
    "version.kept": lambda row: f"kept the graph as version {_value(row.facts.get('label'))}",
    "version.deleted": lambda _row: "deleted a version of the graph",
    "run.started": lambda _row: "started a run",
    "run.cancelled": lambda _row: "asked a run to end",
    "run.finished": _finished,
    "history.cleared": lambda row: f"cleared the history of {_who(row)}",
    "thread.created": _about("began a discussion"),
    "thread.resolved": _about("resolved the discussion"),
    "thread.reopened": _about("reopened the discussion"),
    "thread.deleted": _about("deleted the discussion"),
    "comment.created": _about("wrote"),
    "comment.edited": _about("changed a comment"),
    "comment.deleted": _about("deleted a comment"),
    "comment.reacted": _about("reacted to a comment", "emoji"),
    "session.opened": _named("signed in by", "method"),
    "session.refused": _named("a sign-in was refused, by", "method"),
    "session.closed": lambda _row: "signed out",
    "account.created": _named("got an account by", "method"),
    "password.changed": lambda _row: "changed a password",
    "token.created": _as("made the API token", "name"),
    "token.revoked": _named("revoked the API token", "name", "token"),
    "member.changed": _member,
    "member.removed": _named("removed the member", "name"),
    "invitation.created": _invited,
    "invitation.accepted": lambda _row: "accepted an invitation",
    "invitation.revoked": lambda _row: "revoked an invitation",
    "grant.changed": lambda row: _named(f"changed who may do what: {_holder(row)}".rstrip(), "visibility", "role")(row),
    "grant.removed": lambda row: f"took away the role of {_holder(row)}",
    "request.created": _named("asked for the role", "role"),
    "request.declined": _named("declined a request for the role", "role"),
    "request.withdrawn": lambda _row: "took back a request for a role",
    "link.created": _named("made a share link with the role", "role"),
    "link.revoked": lambda _row: "revoked a share link",
    "link.opened": _named("came by a share link with the role", "role"),
    "activity.exported": _named("exported this list as", "format"),
    "webhook.created": _named("added a webhook to", "host"),
    "webhook.changed": _named("changed the webhook to", "host"),
    "webhook.removed": _named("removed the webhook to", "host"),
    "webhook.rotated": _named("gave a new secret to the webhook to", "host"),
    "webhook.disabled": _named("switched off the webhook to", "host"),
}
