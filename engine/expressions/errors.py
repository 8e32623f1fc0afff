"""What can go wrong with an expression.

ExpressionError            `line` and `column` count from 1 and are None when the language doesn't tell
├── InvalidExpression      it can't be compiled
├── ExpressionFailed       it failed on the values it was given
│   └── UnknownReference   it names a value that is not there
├── ExpressionTimeout      it took too long and was ended
└── ExpressionCrashed      it took too much memory, or its process died
"""

from typing import Any

from flowroom.errors import FlowroomError


class ExpressionError(FlowroomError):
    """An expression did not give a value; trying again would give the same."""

    retryable = False
    retry_after: float | None = None

    def __init__(self, message: str, *, source: str = "", line: int | None = None, column: int | None = None) -> None:
        place = f" (line {line}, column {column})" if line and column else f" (line {line})" if line else ""
        super().__init__(f"{message}{place}")
        self.message = str(self)
        self.source = source
        self.line = line
        self.column = column

    def say_where(self, where: str) -> None:
        """Put before the message which of several expressions it is about."""
        self.message = f"{where}: {self.message}"
        self.args = (self.message,)

    @property
    def type(self) -> str:
        """The stable name of this kind of error."""
        return type(self).__name__

    def to_json(self) -> dict[str, Any]:
        """The error as it is written to the run log."""
        return {
            "type": self.type,
            "message": self.message,
            "retryable": False,
            "source": self.source,
            "line": self.line,
            "column": self.column,
        }


class InvalidExpression(ExpressionError):
    """An expression that can't be compiled."""


class ExpressionFailed(ExpressionError):
    """An expression that failed on the values it was given."""


class UnknownReference(ExpressionFailed):
    """An expression that names a value which is not there."""


class ExpressionTimeout(ExpressionError):
    """An expression that took too long and was ended."""


class ExpressionCrashed(ExpressionError):
    """An expression that took too much memory, or whose process died."""
