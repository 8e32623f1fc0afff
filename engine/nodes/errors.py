"""What can go wrong inside a node, as the run log, the retry policy and people see it.

    NodeError                  `retryable`, and `retry_after` seconds when the other side named a time
    ├── InvalidParams          the node's settings are incomplete or contradict each other
    ├── MissingInput           a value the node needs did not arrive
    ├── NotRunnable            a type that nothing here can run
    ├── NoMatch                a Switch without a matching case
    ├── FileProblem            a file that is missing, too large or outside the files folder
    ├── Refused                an address or a secret the settings of this server don't allow
    ├── ServiceError           another service answered with an error (`status`)
    │   └── TemporaryServiceError  … that may pass, so trying again makes sense
    │       └── RateLimited    … and asks to wait, or our own limit for it does
    ├── ModelUnavailable       a language model that can't be had here
    └── Unreachable            another service did not answer, or broke off

The message says what was expected, what came and what to do; `type` is the stable name for retry rules.
"""

from typing import Any, ClassVar

from flowroom.errors import FlowroomError


class NodeError(FlowroomError):
    """A node could not do its work."""

    retryable: ClassVar[bool] = False
    retry_after: float | None = None

    def __init__(self, message: str, **facts: Any) -> None:
        super().__init__(message)
        self.message = message
        self.facts = facts

    @property
    def type(self) -> str:
        """The stable name of this kind of error."""
        return type(self).__name__

    def to_json(self) -> dict[str, Any]:
        """The error as it is written to the run log and sent from the port `error`."""
        return {"type": self.type, "message": self.message, "retryable": self.retryable, **self.facts}


class InvalidParams(NodeError):
    """The settings of a node are incomplete or contradict each other."""


class MissingInput(NodeError):
    """A value the node needs did not arrive."""


class NotRunnable(NodeError):
    """A node of a type that nothing here can run."""


class NoMatch(NodeError):
    """No case of a Switch matched and nothing was said about that."""


class FileProblem(NodeError):
    """A file is missing, too large, of the wrong kind or outside the files folder; `code` names which."""


class Refused(NodeError):
    """Something that the settings of this server do not allow."""


class ModelUnavailable(NodeError):
    """A language model can't be had here; the message says what to install or to set."""


class ServiceError(NodeError):
    """Another service answered, and the answer is an error."""

    def __init__(self, message: str, *, status: int | None = None, **facts: Any) -> None:
        super().__init__(message, **({"status": status} if status is not None else {}), **facts)
        self.status = status


class TemporaryServiceError(ServiceError):
    """Another service failed in a way that may pass (5xx, overload)."""

    retryable = True

    def __init__(
        self, message: str, *, status: int | None = None, retry_after: float | None = None, **facts: Any
    ) -> None:
        super().__init__(message, status=status, **facts)
        self.retry_after = retry_after


class RateLimited(TemporaryServiceError):
    """Another service, or a limit on what it is sent, asks to slow down; `retry_after` is for how long, in seconds."""


class Unreachable(NodeError):
    """Another service did not answer, or broke off in the middle."""

    retryable = True
