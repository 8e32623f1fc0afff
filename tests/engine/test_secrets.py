"""Secrets that nodes call by name."""

import httpx
import pytest

from engine.nodes.errors import Refused
from engine.secrets import secret

SOMEWHERE = httpx.URL("https://example.org/")
ENVIRONMENT = {"FLOWROOM_SECRET_MY_TEAM": " sk-1234\n", "FLOWROOM_SECRET_KEY": "the key of all webhooks"}


@pytest.mark.parametrize("name", ["my-team", "MY_TEAM", "my team"])
def test_a_secret_is_found_by_its_name(name: str) -> None:
    assert secret(name, to=SOMEWHERE, environment=ENVIRONMENT) == "sk-1234"


def test_a_secret_that_is_missing_names_its_variable() -> None:
    with pytest.raises(Refused, match="FLOWROOM_SECRET_OTHER"):
        secret("other", to=SOMEWHERE, environment=ENVIRONMENT)


@pytest.mark.parametrize("name", ["key", "KEY", "Key"])
def test_the_key_of_the_server_is_no_secret_of_nodes(name: str) -> None:
    """RUN-24: even when the engine has it in its environment."""
    with pytest.raises(Refused, match="is a setting"):
        secret(name, to=SOMEWHERE, environment=ENVIRONMENT)


BOUND = {"FLOWROOM_SECRET_SHOP": "sk-1234", "FLOWROOM_SECRET_SHOP_HOSTS": "Shop.example, 10.0.0.7:8080, [::1]"}


@pytest.mark.parametrize(
    "url", ["https://shop.example/a", "http://SHOP.example.:8080/", "http://10.0.0.7:8080/", "http://[::1]:1/"]
)
def test_a_bound_secret_goes_to_its_hosts(url: str) -> None:
    """RUN-25: named as a host, which means all its ports, or as one port of it."""
    assert secret("shop", to=httpx.URL(url), environment=BOUND) == "sk-1234"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "https://shop.example.evil.example/",
        "https://api.shop.example/",
        "https://shop.example@evil.example/",
        "http://10.0.0.7/",
        "http://evil.example/?shop.example",
    ],
)
def test_a_bound_secret_goes_to_no_other_host(url: str) -> None:
    """RUN-25."""
    with pytest.raises(Refused, match="name the host in FLOWROOM_SECRET_SHOP_HOSTS"):
        secret("shop", to=httpx.URL(url), environment=BOUND)


def test_a_list_of_hosts_is_no_secret() -> None:
    with pytest.raises(Refused, match="is a setting"):
        secret("shop-hosts", to=SOMEWHERE, environment=BOUND)


def test_an_empty_list_of_hosts_binds_nothing() -> None:
    environment = BOUND | {"FLOWROOM_SECRET_SHOP_HOSTS": " "}
    assert secret("shop", to=SOMEWHERE, environment=environment) == "sk-1234"
