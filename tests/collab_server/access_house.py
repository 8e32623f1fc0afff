"""A house of people for tests of access: a real server, and everyone who may or may not come in, each with a client.

Everything is set up through the REST interface, as people do it.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from collab_server.cli.remote import started
from collab_server.folder import RunningServer
from collab_server.settings import Settings
from flowroom.protocol import Role
from flowroom.tls import trusted

PASSWORD = "a mild evening in november"


@dataclass
class House:
    """A running server with a client that shows the sign-in token."""

    settings: Settings
    server: RunningServer
    admin: httpx.Client
    stack: ExitStack

    def client(self, token: str | None = None) -> httpx.Client:
        """A client that shows a token, or nothing."""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        made = httpx.Client(base_url=self.server.url, headers=headers, trust_env=False, timeout=30, verify=trusted())
        return self.stack.enter_context(made)

    def browser(self) -> httpx.Client:
        """A browser that nobody is signed in at."""
        return self.client()

    def person(self, email: str, role: Role | None = "editor") -> httpx.Client:
        """A browser signed in to a new account; without a role, a guest's."""
        invited = self.admin.post("/api/invitations", json={"role": role or "viewer", "email": email}).json()
        browser = self.browser()
        answer = browser.post(
            f"/api/invitations/by-token/{key_of(invited['url'])}/accept",
            json={"name": email.partition("@")[0].title(), "password": PASSWORD},
        )
        assert answer.status_code == 200, answer.text
        with_csrf(browser)
        if role is None:
            changed = self.admin.patch(f"/api/members/{id_of(browser)}", json={"role": None})
            assert changed.status_code == 200, changed.text
        return browser

    def bot(self, role: Role, **more: Any) -> httpx.Client:
        """A program with an API token."""
        return self.client(
            self.admin.post("/api/tokens", json={"name": f"a {role}", "role": role, **more}).json()["token"]
        )

    def graph(self, title: str = "Plan", *, by: httpx.Client | None = None, private: bool = False) -> str:
        """A new graph."""
        maker = by or self.admin
        id: str = maker.post("/api/graphs", json={"title": title}).json()["id"]
        if private:
            self.make(id, "private", by=maker)
        return id

    def make(self, graph: str, visibility: str, *, by: httpx.Client | None = None) -> None:
        """Say who may see a graph."""
        answer = (by or self.admin).patch(f"/api/graphs/{graph}/access", json={"visibility": visibility})
        assert answer.status_code == 200, answer.text

    def give(self, graph: str, who: httpx.Client, role: Role) -> None:
        """Give someone a role on a graph."""
        answer = self.admin.put(f"/api/graphs/{graph}/access/people/{id_of(who)}", json={"role": role})
        assert answer.status_code == 200, answer.text

    def link(self, graph: str, role: Role, **more: Any) -> dict[str, Any]:
        """A share link with its key."""
        made: dict[str, Any] = self.admin.post(f"/api/graphs/{graph}/links", json={"role": role, **more}).json()
        return made | {"key": key_of(made["url"])}

    def guest(self, graph: str, role: Role) -> httpx.Client:
        """A stranger's browser that opened a share link."""
        browser = self.browser()
        opened = browser.post(f"/api/links/by-token/{self.link(graph, role)['key']}/open")
        assert opened.status_code == 200, opened.text
        return with_csrf(browser)


def key_of(url: str) -> str:
    """The key in the address of an invitation or a link."""
    return url.rpartition("/")[2]


def id_of(client: httpx.Client) -> str:
    """Who a client is."""
    id: str = client.get("/api/me").json()["id"]
    return id


def with_csrf(browser: httpx.Client) -> httpx.Client:
    """The browser as our page uses it: with the header that proves the page is ours."""
    browser.headers["x-csrf-token"] = browser.cookies["flowroom_csrf"]
    return browser


def socket_headers(client: httpx.Client) -> dict[str, str]:
    """What a socket shows to be the same caller as a client."""
    if "authorization" in client.headers:
        return {"authorization": client.headers["authorization"]}
    return {"cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}


@contextmanager
def a_house(settings: Settings) -> Iterator[House]:
    """A house for as long as the block takes."""
    with ExitStack() as stack:
        server = stack.enter_context(started(settings))
        house = House(settings, server, None, stack)  # type: ignore[arg-type]  # set in the next line
        house.admin = house.client(server.token)
        yield house
