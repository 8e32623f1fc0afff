"""Secrets that nodes call by name."""

import pytest

from engine.nodes.errors import Refused
from engine.secrets import secret

ENVIRONMENT = {"FLOWROOM_SECRET_MY_TEAM": " sk-1234\n", "FLOWROOM_SECRET_KEY": "the key of all webhooks"}


@pytest.mark.parametrize("name", ["my-team", "MY_TEAM", "my team"])
def test_a_secret_is_found_by_its_name(name: str) -> None:
    assert secret(name, ENVIRONMENT) == "sk-1234"


def test_a_secret_that_is_missing_names_its_variable() -> None:
    with pytest.raises(Refused, match="FLOWROOM_SECRET_OTHER"):
        secret("other", ENVIRONMENT)


@pytest.mark.parametrize("name", ["key", "KEY", "Key"])
def test_the_key_of_the_server_is_no_secret_of_nodes(name: str) -> None:
    """RUN-24: even when the engine has it in its environment."""
    with pytest.raises(Refused, match="a setting of the server"):
        secret(name, ENVIRONMENT)
