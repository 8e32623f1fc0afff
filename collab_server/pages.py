"""The pages the server writes itself: when there is no web app to show, and when someone could not be signed in.

They look as the app does: the colours are those of web/src/ui/tokens.css.
"""

from html import escape

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Flowroom</title>
<link rel="icon" href="/favicon.svg" type="image/svg+xml">
<style>
:root {{
  color-scheme: light dark;
  --bg: light-dark(#f6f6f9, #121217); --surface: light-dark(#fff, #18181f); --border: light-dark(#e5e5ec, #2a2a34);
  --text: light-dark(#17171f, #ededf3); --muted: light-dark(#54545f, #b0b0bd); --inset: light-dark(#f7f7fa, #131319);
  --accent: light-dark(#4e50d8, #5d5fe4); --accent-ink: light-dark(#4345c8, #aaacff);
  --focus: light-dark(#6a6cf0, #8385ff);
}}
* {{ box-sizing: border-box; margin: 0; }}
body {{
  display: grid; place-items: safe center; min-height: 100vh; padding: 20px;
  background: var(--bg); color: var(--muted); font: 13px/1.5 "Inter Variable", system-ui, sans-serif;
}}
main {{
  display: grid; gap: 16px; width: min(420px, 100%); padding: 32px; border: 1px solid var(--border);
  border-radius: 14px; background: var(--surface); box-shadow: 0 8px 28px rgb(20 20 40 / 10%);
}}
h1 {{ color: var(--text); font-size: 18px; font-weight: 600; line-height: 1.3; letter-spacing: -0.015em; }}
pre {{
  overflow: auto; padding: 9px 12px; border: 1px solid var(--border); border-radius: 6px;
  background: var(--inset); color: var(--text); font: 12px/1.6 ui-monospace, monospace;
}}
a {{ color: var(--accent-ink); }}
a.on {{
  padding: 6px 12px; border-radius: 6px; background: var(--accent); color: #fff;
  font-weight: 500; text-align: center; text-decoration: none;
}}
a:focus-visible {{ outline: 2px solid var(--focus); outline-offset: 2px; }}
</style>
</head>
<body><main><h1>{title}</h1>{body}</main></body>
</html>
"""


def not_built() -> str:
    """What to do when the server runs without a web app."""
    return _PAGE.format(
        title="The editor is not built yet",
        body=(
            "<p>The server is running, but it has no web app to show. In a checkout, one command builds it:</p>"
            "<pre>make setup</pre>"
            "<p>or, if Node and the packages are there already:</p>"
            "<pre>cd web &amp;&amp; npm ci &amp;&amp; npm run build</pre>"
            "<p>Then reload this page; the server need not be restarted. The programming interface works meanwhile: "
            '<a href="/api/docs">its reference</a>.</p>'
        ),
    )


def wrong_token() -> str:
    """What to do when an address holds a token of another server, or an old one."""
    return _PAGE.format(
        title="This address doesn’t open the door",
        body=(
            "<p>Its token is not one of this server: it may be from another server, or have been replaced.</p>"
            "<p>Whoever runs the server can see the current address with</p><pre>flowroom token</pre>"
            '<a class="on" href="/">Sign in</a>'
        ),
    )


def not_signed_in(why: str) -> str:
    """Why coming back from another service did not sign someone in."""
    return _PAGE.format(
        title="You are not signed in",
        body=f'<p>{escape(why)}</p><a class="on" href="/">Back to the sign-in page</a>',
    )
