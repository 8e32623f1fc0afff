"""Requests as a server sees them, without a server."""

from starlette.requests import Request


def a_request(method: str = "GET", path: str = "/", query: str = "", **headers: str) -> Request:
    """A request with these headers; underscores in their names stand for dashes."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": raw})


def a_socket(**headers: str) -> Request:
    """A socket that asks to be upgraded; read through the same face."""
    request = a_request(path="/sync/graphs/g", **headers)
    request.scope["type"] = "websocket"
    return request
