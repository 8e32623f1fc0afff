"""The prompt of a Phase 1 LLM (§8.5, steps 1 to 6): variables from data edges, the message, and `{name}` filled in.

A data edge gives a variable the *stored* state of its source ("cold pull"), whatever has arrived; only when there is
none does a value that arrived take its place. That a prompt sees an upstream LLM's props instead of its answer is
how Phase 1 was, and graphs from there rely on what they saw.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from engine.context import Arrival, Files, Incoming, Level
from engine.nodes.errors import NodeError
from engine.phase1.text import compact, cut, mentions, render, scalar
from flowroom.model import Edge, Json

DEFAULT_TEMPLATE = "{prompt}\n\n{context}"
FALLBACK_PORTS = ("file", "data", "output")
IMPLIED_PORTS = frozenset({"output", "message", "file", "history", "content", "files"})
LOG_PREVIEWS = 5
MAX_SUMMARY = 4000
MAX_VALUE = 8000
MAX_CONTENT = 10_000


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A stable code about one run, as Phase 1 named it."""

    level: Level
    message: str
    data: Mapping[str, Json] | None = None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A rendered prompt and what there was to say about making it."""

    text: str
    diagnostics: Sequence[Diagnostic]


async def prompt_of(
    props: Mapping[str, Json],
    latest: Mapping[str, Json],
    incoming: Sequence[Incoming],
    files: Files,
    *,
    flow_variables: bool = False,
    buffers: Mapping[str, Sequence[Arrival]] | None = None,
) -> Prompt:
    """The prompt of one run. `latest` holds the newest value of each port that anything came from.

    With `flow_variables`, `varName` on a flow edge names what last arrived over it; Phase 1 ignored it.
    """
    making = _Making(props, dict(latest), files, buffers or {})
    for source in incoming:
        if source.edge.kind == "data":
            await making.map_data(source)
        elif flow_variables and source.edge.var_name:
            making.map_flow(source.edge, source.edge.var_name)
    return making.finish()


@dataclass(slots=True)
class _Making:
    """A prompt in the making."""

    props: Mapping[str, Json]
    latest: dict[str, Json]
    files: Files
    buffers: Mapping[str, Sequence[Arrival]]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    template: str = field(init=False)
    derive: bool = field(init=False)
    wanted: list[dict[str, Any]] = field(init=False)

    def __post_init__(self) -> None:
        self.template = str(self.props.get("promptTemplate") or DEFAULT_TEMPLATE)
        self.derive = self.props.get("autoDerivePromptFromFile") is not False
        listed = self.props.get("inputVars")
        items = listed if isinstance(listed, list) else []
        self.wanted = [dict(item) for item in items if isinstance(item, Mapping) and "var" in item]

    def say(self, level: Level, message: str, **data: Json) -> None:
        self.diagnostics.append(Diagnostic(level, message, data or None))

    async def map_data(self, source: Incoming) -> None:
        """Give the edge's variable what its source has stored, else something that has arrived."""
        edge = source.edge
        name = variable_of(edge)
        value = await self.cold(source, name)
        if value is not None:
            self.latest[name] = value
            self.add(name, name)
            return
        for port in (named_port(edge), name, *FALLBACK_PORTS):
            if port in self.latest:
                self.add(port, name)
                return

    def map_flow(self, edge: Edge, name: str) -> None:
        """Give the edge's variable what last arrived over it."""
        arrived = [one for port in self.buffers.values() for one in port if one.edge.id == edge.id]
        if arrived:
            self.latest[name] = max(arrived, key=lambda one: one.at).value
            self.add(name, name)

    def add(self, port: str, name: str) -> None:
        if not any(item["var"] == name for item in self.wanted):
            self.wanted.append({"port": port, "var": name, "kind": "auto"})
            self.say("info", "implicit_var_mapping_added", port=port, var=name)

    async def cold(self, source: Incoming, name: str) -> Json | None:
        """What a source has stored, or None."""
        match source.source.type:
            case "FileReader" | "FileReaderNode":
                return await self.cold_file(source.source.params, name)
            case "Chat" | "ChatNode":
                return self.cold_chat(source.history)
            case "Log" | "LogNode":
                return self.cold_log(source.history)
            case _ if source.source.params:
                self.say("info", "cold_pull_generic_props")
                return {"summary": cut(compact(dict(source.source.params)), MAX_SUMMARY), "cold": True}
            case _:
                return None

    async def cold_file(self, props: Mapping[str, Json], name: str) -> Json | None:
        path = props.get("filePath")
        if not path:
            self.say("info", "cold_pull_no_file_path")
            return None
        if not self.derive and not mentions(self.template, name):
            self.say("info", "cold_pull_skipped_unreferenced_file")
            return None
        try:
            info = await self.files.stat(str(path))
            pulled: dict[str, Json] = {"path": info.path, "size": info.size, "cold": True}
            if props.get("emitContent"):
                pulled["content"] = (await self.files.read(str(path))).decode(errors="replace")
        except NodeError as error:
            self.say("warn", "cold_pull_file_failed", error=error.facts.get("code", error.message))
            return None
        self.say("info", "cold_pull_file_success", path=info.path)
        return pulled

    def cold_chat(self, history: Sequence[Mapping[str, Json]]) -> Json | None:
        said = [entry for entry in history if entry.get("role") == "user"]
        if not said:
            return None
        self.say("info", "cold_pull_chat_success")
        return {"role": "user", "content": said[-1].get("content"), "cold": True}

    def cold_log(self, history: Sequence[Mapping[str, Json]]) -> Json | None:
        if not history:
            return None
        self.say("info", "cold_pull_log_success")
        previews = "\n".join(str(entry.get("preview", "")) for entry in history[-LOG_PREVIEWS:])
        return {"previews": previews, "cold": True}

    def finish(self) -> Prompt:
        """Derive the message and the context, read the variables, and fill in the template."""
        values = {"prompt": self.message(), "context": self.context()}
        for item in self.wanted:
            text = as_variable(self.latest.get(str(item.get("port"))), str(item.get("kind") or "auto"))
            if text:
                values[str(item["var"])] = text
        for name, value in self.latest.items():
            if (shown := scalar(value)) is not None:
                values.setdefault(name, shown)
        return Prompt(render(self.template, values), self.diagnostics)

    def message(self) -> str:
        given = self.latest.get("message")
        if given is not None and given != "":
            return scalar(given) or compact(given)
        file = self.latest.get("file")
        if self.derive and mentions(self.template, "prompt") and isinstance(file, Mapping):
            if content := file.get("content"):
                self.say("info", "derived_message_from_file_content")
                return cut(str(content), MAX_VALUE)
            if path := file.get("path"):
                self.say("info", "derived_message_from_file_path")
                return f"File path: {path}"
        self.say("warn", "empty_message_input", latestKeys=list(self.latest))
        return ""

    def context(self) -> str:
        file = self.latest.get("file")
        if not (self.derive and mentions(self.template, "context") and isinstance(file, Mapping)):
            return ""
        if content := file.get("content"):
            return cut(str(content), MAX_CONTENT)
        return f"FILE:{file['path']}" if file.get("path") else ""


def variable_of(edge: Edge) -> str:
    """The variable a data edge gives: its own name for it, else its source port, else one made of its id."""
    return edge.var_name or named_port(edge) or f"data_{edge.id[-4:]}"


def named_port(edge: Edge) -> str:
    """The source port somebody chose; one that merely is where values of that type come from was never stored."""
    return "" if edge.source_port in IMPLIED_PORTS else edge.source_port


def as_variable(value: Json, kind: str) -> str:
    """A value as the text of a variable (§8.5.4)."""
    fields = value if isinstance(value, Mapping) else {}
    match kind:
        case "raw":
            return value if isinstance(value, str) else "" if value is None else cut(compact(value), MAX_VALUE)
        case "fileContent":
            return cut(str(fields.get("content") or ""), MAX_CONTENT)
        case "filePath":
            return str(fields.get("path") or "")
        case _ if isinstance(value, Mapping):
            if isinstance(value.get("content"), str):
                return cut(value["content"], MAX_VALUE)
            return str(value.get("path") or cut(compact(dict(value)), MAX_SUMMARY))
        case _ if isinstance(value, list):
            return cut(compact(value), MAX_SUMMARY)
        case _:
            return scalar(value) or ""
