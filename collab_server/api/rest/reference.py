"""GET /api/docs: the reference of the REST interface, written from its OpenAPI description.

A page of our own and not Swagger UI, which would load scripts from another site: against the content security
policy, and nothing at all without a network.
"""

import html
import json
from typing import Any

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Flowroom API</title>
<style>
:root {{ color-scheme: light dark; --line: #8884; --soft: #8881; }}
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }}
code, pre {{ font: 0.85em/1.5 ui-monospace, monospace; }}
pre {{ background: var(--soft); padding: 0.75rem; overflow: auto; border-radius: 6px; }}
details {{ border: 1px solid var(--line); border-radius: 6px; margin: 0.5rem 0; padding: 0.4rem 0.8rem; }}
summary {{ cursor: pointer; }}
summary b {{ display: inline-block; min-width: 4.5rem; }}
td, th {{ text-align: left; vertical-align: top; padding: 0.2rem 1rem 0.2rem 0; }}
</style>
</head>
<body>
<main>
<h1>Flowroom API</h1>
<p>Send <code>Authorization: Bearer TOKEN</code>, or use the page's session cookie and, for writes, the header
<code>X-CSRF-Token</code> with the value of the cookie <code>flowroom_csrf</code>. What is refused is answered with a
problem document (<code>application/problem+json</code>) that says what was expected, what came and what to do. The
machine's copy of this page is <a href="openapi.json">openapi.json</a>.</p>
{sections}
</main>
</body>
</html>
"""


def reference(description: dict[str, Any]) -> str:
    """The page for an OpenAPI description."""
    sections: dict[str, list[str]] = {}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            heading = operation.get("tags", ["Other"])[0]
            sections.setdefault(heading, []).append(_operation(path, method, operation))
    body = "\n".join(f"<h2>{html.escape(name)}</h2>\n{''.join(parts)}" for name, parts in sections.items())
    return PAGE.format(sections=body + _schemas(description))


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    text = html.escape(operation.get("description", operation.get("summary", "")))
    return (
        f"<details><summary><b>{method.upper()}</b> <code>{html.escape(path)}</code></summary><p>{text}</p>"
        f"{_parameters(operation)}{_body(operation)}{_answers(operation)}</details>\n"
    )


def _parameters(operation: dict[str, Any]) -> str:
    rows = [
        (f"{p['name']} ({p['in']})", p.get("description") or _shape(p.get("schema", {})))
        for p in operation.get("parameters", [])
    ]
    return _table("Parameters", rows)


def _body(operation: dict[str, Any]) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return _table("Body", [(kind, _shape(body.get("schema", {}))) for kind, body in content.items()])


def _answers(operation: dict[str, Any]) -> str:
    rows = []
    for status, answer in operation["responses"].items():
        shapes = [_shape(body.get("schema", {})) for body in answer.get("content", {}).values()]
        rows.append((status, " · ".join([answer.get("description", ""), *filter(None, shapes)])))
    return _table("Answers", rows)


def _table(title: str, rows: list[tuple[str, str]]) -> str:
    if not rows:
        return ""
    lines = "".join(f"<tr><th><code>{html.escape(a)}</code></th><td>{html.escape(b)}</td></tr>" for a, b in rows)
    return f"<h4>{title}</h4><table>{lines}</table>"


def _schemas(description: dict[str, Any]) -> str:
    parts = [
        f'<details id="{html.escape(name)}"><summary><code>{html.escape(name)}</code></summary>'
        f"<pre>{html.escape(json.dumps(schema, indent=2))}</pre></details>"
        for name, schema in description.get("components", {}).get("schemas", {}).items()
    ]
    return "<h2>Shapes</h2>" + "".join(parts)


def _shape(schema: dict[str, Any]) -> str:
    """A schema in a few words: the shape's name, or its type."""
    if "$ref" in schema:
        return str(schema["$ref"]).rsplit("/", 1)[-1]
    options = [_shape(option) for option in schema.get("anyOf", [])]
    if options:
        return " or ".join(options)
    return f"{schema.get('type', '')} {schema.get('title', '')}".strip()
