"""What runs inside an expression child: evaluates one request after another until its pipe closes.

Started as a script by pool.py, never imported by the engine: it knows only the standard library and the three
languages. Requests and answers are JSON with a four-byte length before them.

    {"language", "source", "variables", "seconds"}  →  {"value"} | {"error": {"kind", "message", "line", "column"}}

The process gives up what an expression could misuse: its environment is empty; it inherits no descriptor and can't
open a file or a socket (none is left to open one with); it can't write a file or take more than `MAX_MEMORY_BYTES`;
and the kernel ends it when one evaluation takes more than `seconds` of processor time.
"""

import contextlib
import functools
import os
import re
import resource
import signal
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import jq  # type: ignore[import-untyped, import-not-found, unused-ignore]
import minijinja
import orjson

# The package imports its command line, and with it a terminal toolkit: 150 ms and 25 MB that no child needs.
sys.modules["cel.cli"] = ModuleType("cel.cli")
import cel  # noqa: E402

MAX_MEMORY_BYTES = 512 * 2**20
MAX_CPU_SECONDS = 120
MAX_DESCRIPTORS = 65_536
MAX_ANSWER_BYTES = 32 * 2**20
CACHED_PROGRAMS = 256

Program = Callable[[dict[str, Any]], Any]


class Wrong(Exception):
    """An expression that can't be compiled (`syntax`) or that failed on these variables (`failed`)."""

    def __init__(self, kind: str, message: str, line: int | None = None, column: int | None = None) -> None:
        super().__init__(message)
        self.answer = {"kind": kind, "message": message, "line": line, "column": column}


def give_up_powers() -> None:
    """Set the limits of this process for good; everything it needs must be imported before."""
    limits = {
        resource.RLIMIT_AS: MAX_MEMORY_BYTES,
        resource.RLIMIT_CPU: MAX_CPU_SECONDS,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NOFILE: 3,
    }
    for limit, most in limits.items():
        resource.setrlimit(limit, (most, most))
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def compile_cel(source: str) -> Program:
    """A CEL expression; variables are top-level names."""
    try:
        program = cel.compile(source)
    except ValueError as error:
        where = re.search(r"<input>:(\d+):(\d+): ([^\n]*)", str(error))
        if where:
            raise Wrong("syntax", where[3], int(where[1]), int(where[2])) from error
        raise Wrong("syntax", str(error)) from error

    def run(variables: dict[str, Any]) -> Any:
        try:
            return program.execute(variables)
        except KeyError as error:
            raise Wrong("failed", f"there is no {error.args[0]!r} here; has(…) asks before") from error
        except Exception as error:
            raise Wrong("failed", str(error)) from error

    return run


def compile_jq(source: str) -> Program:
    """A jq program; `.` is the object of all variables. One output is itself, several are a list, none is null."""
    try:
        program = jq.compile(source)
    except ValueError as error:
        where = re.search(r"line (\d+), column (\d+)", str(error))
        first = str(error).partition("\n")[0].removeprefix("jq: error: ").partition(" at <top-level>")[0]
        raise Wrong("syntax", first, *(int(number) for number in where.groups()) if where else ()) from error

    def run(variables: dict[str, Any]) -> Any:
        try:
            outputs = program.input_value(variables).all()
        except ValueError as error:
            raise Wrong("failed", str(error)) from error
        return outputs[0] if len(outputs) == 1 else outputs or None

    return run


def compile_template(source: str) -> Program:
    """A minijinja template; variables are top-level names, and an unknown one is an error."""
    environment = minijinja.Environment(
        templates={"template": source} if _parses(source) else {},
        undefined_behavior="strict",
        keep_trailing_newline=True,
        auto_escape_callback=lambda _: False,
        finalizer=_as_text,
    )

    def run(variables: dict[str, Any]) -> Any:
        try:
            return environment.render_template("template", **variables)
        except minijinja.TemplateError as error:
            raise _template_error(error, source) from error

    return run


def _parses(source: str) -> bool:
    try:
        minijinja.Environment(templates={"template": source})
    except minijinja.TemplateError as error:
        raise _template_error(error, source) from error
    return True


def _template_error(error: minijinja.TemplateError, source: str) -> Wrong:
    kind = "syntax" if error.kind in {"SyntaxError", "UnknownFilter", "UnknownTest"} else "failed"
    column = None
    if error.range is not None:
        before = source.encode()[: error.range[0]].decode(errors="replace")
        column = len(before) - (before.rfind("\n") + 1) + 1
    return Wrong(kind, error.detail or error.message, error.line, column)


def _as_text(value: Any) -> Any:
    """How a value shows in a template: JSON for lists and objects, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, dict | list | tuple | bool):
        return orjson.dumps(value, default=str).decode()
    return value


COMPILERS: dict[str, Callable[[str], Program]] = {
    "cel": compile_cel,
    "jq": compile_jq,
    "template": compile_template,
}

WARM_UPS: dict[str, tuple[str, ...]] = {
    "cel": ("a == 1", "a.b", "1 +", "timestamp('2026-01-01T00:00:00Z') + duration('1h')"),
    "jq": (".a", ".a.b", "1 +", "now | todate"),
    "template": ("{{ a | tojson }}", "{{ a.b }}", "{{ 1 +", "{{ a | nothing }}", "{% include 'x' %}"),
}


@functools.lru_cache(CACHED_PROGRAMS)
def compiled(language: str, source: str) -> Program:
    """The program of a source, kept for the next call."""
    return COMPILERS[language](source)


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """Evaluate one request within its processor time."""
    try:
        signal.setitimer(signal.ITIMER_PROF, request["seconds"])
        return {"value": compiled(request["language"], request["source"])(request["variables"])}
    except Wrong as wrong:
        return {"error": wrong.answer}
    except MemoryError:
        return {"error": {"kind": "memory", "message": "out of memory", "line": None, "column": None}}
    except RecursionError:
        return {"error": {"kind": "failed", "message": "nested too deeply", "line": None, "column": None}}
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def encoded(result: dict[str, Any]) -> bytes:
    """An answer as bytes; one that is too large or no JSON becomes an error."""
    try:
        data = orjson.dumps(result, default=str, option=orjson.OPT_NON_STR_KEYS)
    except TypeError as error:
        return orjson.dumps({"error": {"kind": "failed", "message": f"the result is no JSON value: {error}"}})
    if len(data) > MAX_ANSWER_BYTES:
        message = f"the result has {len(data)} bytes; at most {MAX_ANSWER_BYTES} are allowed"
        return orjson.dumps({"error": {"kind": "memory", "message": message}})
    return data


def serve() -> None:
    """Answer requests until the engine closes the pipe."""
    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    while len(head := requests.read(4)) == 4:
        request = orjson.loads(requests.read(int.from_bytes(head, "big")))
        data = encoded(answer(request))
        answers.write(len(data).to_bytes(4, "big") + data)
        answers.flush()


def warm_up() -> None:
    """Go each language's ways once, wrong ones too: modules they import late can't be read any more later."""
    for language, sources in WARM_UPS.items():
        for source in sources:
            with contextlib.suppress(Wrong):
                COMPILERS[language](source)({"a": 1})


if __name__ == "__main__":
    os.closerange(3, MAX_DESCRIPTORS)
    os.environ.clear()
    os.chdir("/")
    warm_up()
    give_up_powers()
    sys.stdout.buffer.write(b"\0\0\0\0")
    sys.stdout.buffer.flush()
    serve()
