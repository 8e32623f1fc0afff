"""From a sentence to a plan, by a language model that may be very small: a grammar, a check, a second try, a clear no.

A plan is a short list of steps, each one call of a tool (TOOLS). The model is shown examples and held to the plan's
JSON Schema while it writes, which OpenAI's API and those like it can do. What it wrote is still not believed: `mended`
puts right what has one right answer, and says what is wrong with the rest, which the model hears once before we give
up.
"""

import json
import re
from dataclasses import dataclass
from typing import Annotated, Literal, get_args

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

ToolName = Literal["listen", "read", "fetch", "write", "ask", "merge", "show"]


@dataclass(frozen=True)
class Tool:
    """What a step may do: the node it makes, the param its text goes into, the ports it takes from and gives to."""

    type: str
    about: str
    text: str | None = None
    takes: tuple[str, ...] = ()
    gives: str | None = "output"


TOOLS: dict[ToolName, Tool] = {
    "listen": Tool("Chat", "people type a message here; always first", gives="message"),
    "read": Tool("FileReader", "reads a file; text is its name", "filePath", gives="content"),
    "fetch": Tool("HTTPRequest", "gets a web address; text is the address", "url"),
    "write": Tool("Template", "a text as it stands; text is that text", "template", ("input",)),
    "ask": Tool("LLM", "a language model works on what comes; text says how", "system", ("message", "context")),
    "merge": Tool("Merge", "puts several texts together", None, ("input",)),
    "show": Tool("Log", "shows the result", None, ("input",), None),
}
GROUNDED: dict[ToolName, tuple[str, str]] = {
    "fetch": (r"https?://[^\s,;\"'<>]+[\w/]", "a web address"),
    "read": (r"(?<![\w./:@-])(?!https?:)[\w-]+(?:[./][\w-]+)*\.\w{1,5}\b(?![\w/])", "a file"),
}
"""What only the person can know: it has to stand in the request."""

MAX_STEPS = 8
SYSTEM = "Plan a workflow as a list of steps. Use the words of the request. Tools:\n" + "\n".join(
    f"{name}: {tool.about}" for name, tool in TOOLS.items()
)


class Step(BaseModel):
    """One call of a tool. `after` are the numbers of the steps it takes from, the first being 1 / absent: the last."""

    model_config = ConfigDict(extra="forbid")
    tool: ToolName
    name: Annotated[str, Field(max_length=40)]
    text: Annotated[str, Field(max_length=400)] = ""
    after: Annotated[list[int], Field(max_length=MAX_STEPS)] | None = None


class Plan(BaseModel):
    """What to build, in order."""

    model_config = ConfigDict(extra="forbid")
    steps: Annotated[list[Step], Field(min_length=1, max_length=MAX_STEPS)]


class NoPlan(Exception):
    """No plan came of a request; the message says to a person why, and what might help."""


def _shown(*steps: tuple[ToolName, str, str] | tuple[ToolName, str, str, list[int]]) -> str:
    keys = ("tool", "name", "text", "after")
    return json.dumps({"steps": [dict(zip(keys, step, strict=False)) for step in steps]})


EXAMPLES = (
    (
        "Fetch https://a.org/x.txt and translate it into French",
        _shown(
            ("fetch", "Page", "https://a.org/x.txt"),
            ("ask", "Translation", "Translate it into French."),
            ("show", "Result", ""),
        ),
    ),
    (
        "Read report.md and list the risks in it",
        _shown(("read", "Report", "report.md"), ("ask", "Risks", "List the risks in it."), ("show", "Result", "")),
    ),
    (
        "Read a.txt and b.txt and compare them",
        _shown(
            ("read", "First", "a.txt"),
            ("read", "Second", "b.txt"),
            ("merge", "Both", "", [1, 2]),
            ("ask", "Comparison", "Compare them."),
            ("show", "Result", ""),
        ),
    ),
    (
        "A chat where people talk with a pirate",
        _shown(("listen", "Chat", ""), ("ask", "Pirate", "Answer like a pirate.")),
    ),
)


@dataclass(frozen=True)
class Model:
    """A language model behind OpenAI's API. `url` goes up to /v1."""

    url: str
    name: str = "default"
    key: str = ""

    async def answer(self, http: httpx.AsyncClient, messages: list[dict[str, str]]) -> str:
        """What the model says, held to the grammar of plans. Raises NoPlan when it can't be asked."""
        body = {
            "model": self.name,
            "messages": messages,
            "temperature": 0,
            "max_tokens": 1000,
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "plan", "schema": Plan.model_json_schema()},
            },
        }
        headers = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        try:
            response = await http.post(f"{self.url.rstrip('/')}/chat/completions", json=body, headers=headers)
            response.raise_for_status()
            return str(response.json()["choices"][0]["message"]["content"] or "")
        except httpx.HTTPStatusError as error:
            status = error.response.status_code
            raise NoPlan(f"The model at {self.url} refused with status {status}: {error.response.text:.200}") from error
        except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
            raise NoPlan(f"The model at {self.url} gave no answer ({error!r:.200}); is it running?") from error


async def planned(request: str, model: Model, http: httpx.AsyncClient) -> Plan:
    """A plan for a request. Raises NoPlan with what to tell the person."""
    messages = [{"role": "system", "content": SYSTEM}]
    for asked, answered in EXAMPLES:
        messages += [{"role": "user", "content": asked}, {"role": "assistant", "content": answered}]
    messages.append({"role": "user", "content": request})
    for _ in range(2):
        said = await model.answer(http, messages)
        try:
            plan, problems = mended(read(said), request)
        except ValueError as error:
            problems = [f"That is no plan: {error}"]
        if not problems:
            return plan
        complaint = "\n".join([*problems, "Give the whole plan again as JSON."])
        messages += [{"role": "assistant", "content": said}, {"role": "user", "content": complaint}]
    raise NoPlan(
        f"I could not make a plan of {request!r}. {problems[0]} "
        "Say it in one sentence with the files or addresses it needs, or give me a larger model."
    )


def read(said: str) -> Plan:
    """The plan in an answer, whatever stands around it. Raises ValueError with a short reason."""
    begin = said.find("{")
    if begin < 0:
        raise ValueError("it holds no JSON object.")
    try:
        return Plan.model_validate(json.JSONDecoder().raw_decode(said, begin)[0])
    except json.JSONDecodeError:
        raise ValueError("its JSON breaks off or is malformed.") from None
    except ValidationError as error:
        first = error.errors()[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg'].lower()}.") from None


def mended(plan: Plan, request: str) -> tuple[Plan, list[str]]:
    """The plan as it can be built, and what is wrong with it that only its author can put right."""
    steps: list[Step] = []
    problems: list[str] = []
    for number, step in enumerate(plan.steps, 1):
        text, problem = _grounded(step, request)
        if problem:
            problems.append(f"Step {number} ({step.tool}): {problem}")
        name = _free_name(step, {earlier.name for earlier in steps})
        steps.append(step.model_copy(update={"name": name, "text": text, "after": _sources(step, steps)}))
    if not any(step.tool not in ("show", "merge") for step in steps):
        problems.append("The plan does nothing: it has no step that reads, fetches, writes, asks or listens.")
    return Plan(steps=steps), problems


def _grounded(step: Step, request: str) -> tuple[str, str]:
    """The step's text, and what is wrong with it. A file or address is the person's: a made-up one is put right."""
    if step.tool not in GROUNDED:
        return step.text.strip(), ""
    pattern, what = GROUNDED[step.tool]
    named: list[str] = re.findall(pattern, request)
    if step.text.strip() in named:
        return step.text.strip(), ""
    if len(named) == 1:
        return named[0], ""
    known = f"the request names {', '.join(named)}" if named else "the request names none"
    return step.text, f"it needs {what}, and {known}."


def _sources(step: Step, earlier: list[Step]) -> list[int]:
    """The steps that this one takes from: those it names that give something, else the last that does."""
    if not TOOLS[step.tool].takes or step.after == []:
        return []
    giving = [number for number, each in enumerate(earlier, 1) if TOOLS[each.tool].gives]
    named = sorted({number for number in step.after or [] if number in giving})
    return named or giving[-1:]


def _free_name(step: Step, taken: set[str]) -> str:
    """A name for the node: words only, and not that of another."""
    name = " ".join(re.findall(r"[\w.-]+", step.name)) or step.tool.capitalize()
    return next(each for each in (name, *(f"{name} {n}" for n in range(2, MAX_STEPS + 2))) if each not in taken)


assert set(TOOLS) == set(get_args(ToolName))
