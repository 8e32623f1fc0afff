"""What the nodes of all runs of one engine share, made once and closed together."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from engine.context import Files
from engine.expressions import Expressions
from engine.files import FilesFolder, FilesOfGraph
from engine.http import OLLAMA, NodeClient
from engine.local_model import LocalModel
from engine.mail import Mail
from engine.settings import EngineSettings
from flowroom.files.places import attachments_of

if TYPE_CHECKING:
    import httpx


class Services:
    """The files folder, HTTP, mail, expressions and the offline model. Each starts on first use."""

    def __init__(self, settings: EngineSettings | None = None) -> None:
        self.settings = settings or EngineSettings()
        self.expressions = Expressions()
        self.files = FilesFolder(self.settings.files, data=self.settings.data)
        self.local_model = LocalModel()
        self.mail = Mail(self.settings)
        self._http: NodeClient | None = None
        self._model_http: NodeClient | None = None

    def files_of(self, graph: str) -> Files:
        """What the nodes of a graph may read."""
        return FilesOfGraph(FilesFolder(attachments_of(self.settings.data, graph)), self.files)

    @property
    def http(self) -> "httpx.AsyncClient":
        """The guarded client of all nodes."""
        if self._http is None:
            self._http = self._client()
        return self._http

    @property
    def model_http(self) -> "httpx.AsyncClient":
        """The guarded client of nodes that ask a language model, with connections of its own: Ollama may be here."""
        if self._model_http is None:
            self._model_http = self._client(*OLLAMA)
        return self._model_http

    def _client(self, *more: str) -> NodeClient:
        return NodeClient.guarded(own_url=self.settings.server_url, allowed=(*self.settings.allowed_hosts, *more))

    async def close(self) -> None:
        """End children and connections."""
        await self.expressions.close()
        await self.local_model.close()
        for client in (self._http, self._model_http):
            if client is not None:
                await client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
