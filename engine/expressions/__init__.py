"""Expressions: CEL conditions, jq transforms and templates, evaluated in children that can be ended."""

from engine.expressions.errors import (
    ExpressionCrashed,
    ExpressionError,
    ExpressionFailed,
    ExpressionTimeout,
    InvalidExpression,
    UnknownReference,
)
from engine.expressions.pool import CONDITION_SECONDS, TRANSFORM_SECONDS, Expressions, Language

__all__ = [
    "CONDITION_SECONDS",
    "TRANSFORM_SECONDS",
    "ExpressionCrashed",
    "ExpressionError",
    "ExpressionFailed",
    "ExpressionTimeout",
    "Expressions",
    "InvalidExpression",
    "Language",
    "UnknownReference",
]
