"""What changed in a graph document, said in the words of the model, once per transaction."""

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal

from pycrdt import Doc, Map

ChangeKind = Literal["meta", "node", "edge", "breakpoint", "template"]
ChangeAction = Literal["added", "updated", "removed"]
ROOT_KINDS: dict[str, ChangeKind] = {
    "meta": "meta",
    "nodes": "node",
    "edges": "edge",
    "breakpoints": "breakpoint",
    "templates": "template",
}


@dataclass(frozen=True, slots=True)
class Change:
    """One record that was added, updated or removed.

    `fields` names the keys that were updated, as they are written down (`runWhen`, `params.prompt`); it is empty where
    the whole record is new, gone or replaced. `id` is empty for `meta`. `origin` is that of the transaction: None for
    what came from another peer through a plain `apply_update`.
    """

    kind: ChangeKind
    action: ChangeAction
    id: str
    fields: frozenset[str] = frozenset()
    origin: object = None


class Subscription:
    """Deep observers on all roots of a document, dropped together: a document with a live observer is never freed."""

    def __init__(self, doc: Doc[Any], callback: Callable[[list[Change]], None]) -> None:
        self._doc = doc
        self._callback = callback
        self._seen: dict[tuple[ChangeKind, str], Change] = {}
        self._drops: list[Callable[[], None]] = []
        for name, kind in ROOT_KINDS.items():
            self._observe(doc.get(name, type=Map), kind)
        whole = doc.observe(self._flush)
        self._drops.append(lambda: doc.unobserve(whole))

    def close(self) -> None:
        """Stop calling back; may be called twice."""
        while self._drops:
            self._drops.pop()()

    def __enter__(self) -> "Subscription":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _observe(self, root: Map[Any], kind: ChangeKind) -> None:
        handle = root.observe_deep(lambda events: self._gather(kind, events))
        self._drops.append(lambda: root.unobserve(handle))

    def _gather(self, kind: ChangeKind, events: list[Any]) -> None:
        for event in events:
            origin = event.transaction.origin
            for change in _changes(kind, event, origin):
                self._note(change)

    def _note(self, change: Change) -> None:
        """Keep one change per record: what happens inside a record that is new or gone is part of that."""
        key = (change.kind, change.id)
        known = self._seen.get(key)
        if known is None or (known.fields and not change.fields):
            self._seen[key] = change
        elif known.fields:
            merged = known.fields | change.fields
            self._seen[key] = Change(change.kind, "updated", change.id, merged, change.origin)

    def _flush(self, event: Any) -> None:
        if self._seen:
            changes, self._seen = list(self._seen.values()), {}
            with reading(self._doc, event):
                self._callback(changes)


def reading(doc: Doc[Any], event: Any) -> AbstractContextManager[object]:
    """Lets an observer of a whole document read it; pycrdt does so itself only for observers of its types."""
    return doc._read_transaction(event.transaction)  # its name says private; nothing public does this


def _changes(kind: ChangeKind, event: Any, origin: object) -> Iterable[Change]:
    path: list[str | int] = event.path
    keys: dict[str, dict[str, Any]] = getattr(event, "keys", None) or {}
    if kind == "meta":
        fields = frozenset({str(path[0])} if path else keys)
        return [Change(kind, "updated", "", fields, origin)] if fields else []
    if not path:
        return [Change(kind, _action(entry), key, frozenset(), origin) for key, entry in keys.items()]
    return [Change(kind, "updated", str(path[0]), _fields(path[1:], keys), origin)]


def _fields(path: list[str | int], keys: Iterable[str]) -> frozenset[str]:
    """`params` goes one key deeper than other fields, because each parameter is edited by itself."""
    inner = [*map(str, path)]
    if not inner:
        return frozenset(keys)
    if inner == ["params"]:
        return frozenset(f"params.{key}" for key in keys)
    return frozenset({".".join(inner[: 2 if inner[0] == "params" else 1])})


def _action(entry: dict[str, Any]) -> ChangeAction:
    names: dict[str, ChangeAction] = {"add": "added", "update": "updated", "delete": "removed"}
    return names[entry["action"]]
