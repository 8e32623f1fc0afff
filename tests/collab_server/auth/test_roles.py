"""What a role allows, and which of several counts."""

from itertools import product
from typing import get_args

import pytest

from collab_server.auth.roles import Facts, Visibility, highest, includes, role_on
from flowroom.protocol import ROLES, Role

EVERY_ROLE: tuple[Role | None, ...] = (None, *ROLES)


@pytest.mark.parametrize(("role", "needed"), list(product(ROLES, ROLES)))
def test_a_role_includes_those_before_it(role: Role, needed: Role) -> None:
    """ACCESS-7"""
    assert includes(role, needed) == (ROLES.index(role) >= ROLES.index(needed))


@pytest.mark.parametrize("needed", ROLES)
def test_no_role_includes_nothing(needed: Role) -> None:
    assert not includes(None, needed)


def test_the_highest_of_none_is_none() -> None:
    assert (highest([]), highest([None, None]), highest([None, "runner", "viewer"])) == (None, None, "runner")


@pytest.mark.parametrize("role", EVERY_ROLE)
@pytest.mark.parametrize("given", [(), ("commenter",), ("viewer", "editor")])
@pytest.mark.parametrize("visibility", get_args(Visibility))
def test_the_role_on_a_graph_is_the_highest_that_applies(
    role: Role | None, given: tuple[Role, ...], visibility: Visibility
) -> None:
    """ACCESS-7"""
    found = role_on(Facts("someone else", visibility, given), caller="ada", kind="person", role=role)

    if role == "admin":
        assert found == "admin"
    elif visibility == "private":
        assert found == highest(given)
    else:
        assert found == highest([role, *given])


@pytest.mark.parametrize("visibility", get_args(Visibility))
def test_who_made_a_graph_is_its_admin_but_a_program_is_what_its_token_says(visibility: Visibility) -> None:
    """ACCESS-7"""
    facts = Facts("ada", visibility)

    assert role_on(facts, caller="ada", kind="person", role="viewer") == "admin"
    assert role_on(facts, caller="ada", kind="person", role=None) == "admin"
    assert role_on(facts, caller="ada", kind="bot", role="runner") == "runner"
