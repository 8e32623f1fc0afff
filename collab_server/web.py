"""Serving the built web app: web/dist in a checkout, collab_server/web in an installed wheel.

Any path that is no file is the app's own (a graph's address, say) and gets its page. Files under assets/ have a hash in
their name and are kept by browsers for ever; everything else is asked for anew. Opening any page with ?token=… signs
the browser in and comes back without it, so that the token stays out of the history.
"""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from collab_server.api.rest.browsers import open_with_token, welcome
from collab_server.auth.credentials import SESSION_COOKIE
from collab_server.errors import NotFound, NotSignedIn
from collab_server.pages import not_built, wrong_token
from collab_server.settings import Settings

COMPRESSED = ("text/", "application/json", "application/javascript", "image/svg+xml", "application/manifest+json")
FOR_EVER = "public, max-age=31536000, immutable"


def web_folder(settings: Settings) -> Path | None:
    """Where the built web app is, if anywhere."""
    here = Path(__file__).parent
    places = (settings.web_dir,) if settings.web_dir else (here.parent / "web" / "dist", here / "web")
    return next((place for place in places if place and (place / "index.html").is_file()), None)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the web app as it is sent. `packed` is None when gzip would not make it smaller."""

    content: bytes
    packed: bytes | None
    media_type: str
    etag: str
    modified: int


class WebApp:
    """The pages of the web app, each file read and compressed once until it changes."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._assets: dict[Path, Asset] = {}

    async def page(self, request: Request) -> Response:
        """GET of anything that no other part of the server answers."""
        if "token" in request.query_params:
            return await self._sign_in(request)
        folder = web_folder(self._settings)
        if folder is None:
            return HTMLResponse(not_built(), 503, headers={"cache-control": "no-store"})
        return await to_thread.run_sync(self._answer, folder, request.path_params["path"], request.headers)

    def _answer(self, folder: Path, path: str, headers: Headers) -> Response:
        file = _file(folder, path)
        hashed = path.startswith("assets/")
        if file is None and hashed:
            raise NotFound(f"There is no file /{path}.", advice="Reload the page: the web app was updated.")
        asset = self._asset(file or folder / "index.html")
        return _respond(asset, headers, FOR_EVER if file and hashed else "no-cache")

    def _asset(self, file: Path) -> Asset:
        modified = file.stat().st_mtime_ns
        known = self._assets.get(file)
        if known is None or known.modified != modified:
            known = self._assets[file] = _load(file, modified)
        return known

    async def _sign_in(self, request: Request) -> Response:
        here = request.state.workspace
        target = _without_token(request)
        token = request.query_params["token"]
        answer: Response = RedirectResponse(target, 303, headers={"cache-control": "no-store"})
        before = request.cookies.get(SESSION_COOKIE)
        if before and await here.accounts.opened_with(request, token):
            return answer  # the same person again: a name they chose stays theirs
        if before and request.headers.get("sec-fetch-site") == "cross-site" and await here.accounts.visitor(before):
            return answer  # else a page of another site could have someone work, and leave secrets, as somebody else
        try:
            opened = await open_with_token(request, here, token)
        except NotSignedIn:
            return HTMLResponse(wrong_token(), 401, headers={"cache-control": "no-store"})
        await welcome(request, answer, here, opened)
        return answer


def _file(folder: Path, path: str) -> Path | None:
    """The file of the web app at this address, if there is one."""
    try:
        file = (folder / path).resolve()
        return file if file.is_relative_to(folder.resolve()) and file.is_file() else None
    except (OSError, ValueError):  # too long for a name, or with a zero byte in it: no file has such an address
        return None


def _without_token(request: Request) -> str:
    """The same page on this server; never `//host`, which browsers take for another one."""
    rest = [(name, value) for name, value in request.query_params.multi_items() if name != "token"]
    return "/" + request.url.path.lstrip("/\\") + (f"?{urlencode(rest)}" if rest else "")


def _load(file: Path, modified: int) -> Asset:
    content = file.read_bytes()
    media_type = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
    packed = gzip.compress(content, 6) if media_type.startswith(COMPRESSED) else None
    if packed is not None and len(packed) >= len(content):
        packed = None
    return Asset(content, packed, media_type, f'"{sha256(content).hexdigest()[:20]}"', modified)


def _respond(asset: Asset, request: Headers, caching: str) -> Response:
    headers = {"cache-control": caching, "etag": asset.etag, "vary": "accept-encoding"}
    if asset.etag in request.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if asset.packed is not None and "gzip" in request.get("accept-encoding", ""):
        return Response(asset.packed, headers=headers | {"content-encoding": "gzip"}, media_type=asset.media_type)
    return Response(asset.content, headers=headers, media_type=asset.media_type)
