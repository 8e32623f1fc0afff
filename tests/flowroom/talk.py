"""People, messages and threads for tests of discussions."""

from typing import Any

from pycrdt import Array, Doc, Map

from flowroom.discussion import CanvasAnchor, Message, MessageId, Thread, ThreadId
from flowroom.presence import User

ADA = User(id="ada", name="Ada", colour="#112233")
BO = User(id="bo", name="Bo", colour="#223344")
HERE = CanvasAnchor(at=(10, 20))


def said(id: str, author: User = ADA, body: str = "hello", at: float = 1, **more: Any) -> Message:
    return Message(id=MessageId(id), author=author, body=body, at=at, **more)


def thread(*messages: Message, id: str = "t", **more: Any) -> Thread:
    return Thread(id=ThreadId(id), anchor=more.pop("anchor", HERE), messages=messages, **more)


def document_of(threads: dict[str, Any]) -> Doc[Any]:
    """A document with these threads in it, as anybody might have written them: objects are Y.Maps, but for what is
    inside a plain value; `messages` is a Y.Array if it is a list."""
    doc: Doc[Any] = Doc()
    root: Map[Any] = doc.get("threads", type=Map)
    for id, raw in threads.items():
        root[id] = _shared(raw)
    return doc


def _shared(raw: Any) -> Any:
    if not isinstance(raw, dict):
        return raw
    made = {key: value for key, value in raw.items() if key not in ("messages", "reactions")}
    if isinstance(raw.get("messages"), list):
        made["messages"] = Array([_shared(message) for message in raw["messages"]])
    elif "messages" in raw:
        made["messages"] = raw["messages"]
    if "reactions" in raw:
        made["reactions"] = Map(raw["reactions"]) if isinstance(raw["reactions"], dict) else raw["reactions"]
    return Map(made)
