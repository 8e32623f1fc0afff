"""What someone wants to say, checked against the limits and stamped with who says it and when."""

import time
from dataclasses import dataclass

from collab_server.auth.identity import Identity
from collab_server.errors import InvalidRequest
from collab_server.settings import Settings
from flowroom.discussion import MAX_MENTIONS, Message, MessageId, mentioned
from flowroom.ydoc import new_id

TICK_SECONDS = 0.001
"""How much later than the message before it a message is at least, whatever clocks say: read marks are times."""


@dataclass(frozen=True, slots=True)
class Said:
    """A text, and whom it calls besides those it names."""

    body: str
    mentions: tuple[str, ...] = ()

    def stamped(self, by: Identity, settings: Settings, *, after: float = 0, id: str | None = None) -> Message:
        """It as a message, later than the time `after`. Raises InvalidRequest."""
        size, most = len(self.body), settings.max_comment_chars
        if size > most:
            raise InvalidRequest("The comment is too long.", expected=f"at most {most} characters", received=size)
        called = mentioned(self.body, self.mentions)
        if len(called) > MAX_MENTIONS:
            raise InvalidRequest(
                "The comment mentions too many people.", expected=f"at most {MAX_MENTIONS}", received=len(called)
            )
        at = max(time.time(), after + TICK_SECONDS)
        return Message(id=MessageId(id or new_id()), author=by.user(), at=at, body=self.body, mentions=called)
