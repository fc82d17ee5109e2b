"""Who calls: in which groups they are, and that nobody is taken for somebody in another one."""

from typing import Any

import pytest

from constructs_lib.approval.runtime.desk.person import Person
from tests.approval.desk_api import MAX, request, token_of


def groups_of(person: dict[str, str], **changed: Any) -> frozenset[str]:
    return Person.calling(request("GET", "/approvals", person, **changed)).groups


@pytest.mark.parametrize(
    ("told", "groups"),
    [
        ("managers", {"managers"}),
        ("staff,managers", {"staff", "managers"}),
        ("staff, managers", {"staff", "managers"}),
        ("[managers]", {"managers"}),
        ("[staff managers]", {"staff", "managers"}),
        ("[staff, managers]", {"staff", "managers"}),
        ("", set()),
    ],
)
def test_groups_are_found_in_every_form_that_a_gateway_tells_them_in(told: str, groups: set[str]) -> None:
    assert groups_of({**MAX, "cognito:groups": told}) == groups


@pytest.mark.parametrize(
    ("groups", "told"),
    [
        (["staff,managers"], "staff,managers"),
        (["staff, managers"], "staff, managers"),
        (["[managers]"], "[managers]"),
        (["managers]"], "managers]"),
        (["staff managers"], "[staff managers]"),
        (["x,managers", "managers,x"], "x,managers,managers,x"),
        (["Managers"], "Managers"),
        ([], "managers"),
    ],
)
def test_a_group_whose_name_looks_like_several_is_none_of_them(groups: list[str], told: str) -> None:
    headers = {"Authorization": [token_of(MAX, groups)]}
    assert "managers" not in groups_of({**MAX, "cognito:groups": told}, multiValueHeaders=headers)


def test_what_a_token_says_counts_only_as_far_as_the_gateway_verified_it() -> None:
    outsider = {**MAX, "cognito:groups": "staff"}
    own, forged = token_of(outsider), token_of(outsider, ["staff", "managers"])
    assert groups_of(outsider, multiValueHeaders={"Authorization": [forged]}) == {"staff"}
    assert groups_of(outsider, multiValueHeaders={"Authorization": [own, forged]}) == set()
    assert groups_of(outsider, multiValueHeaders={"Authorization": [own], "authorization": [forged]}) == set()


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("prefix", ["", "Bearer "])
def test_the_token_is_read_in_every_form_that_a_gateway_takes(header: str, prefix: str) -> None:
    assert groups_of(MAX, multiValueHeaders={header: [prefix + token_of(MAX)]}) == {"managers"}


@pytest.mark.parametrize("headers", [None, {}, {"Authorization": [token_of(MAX), token_of(MAX)]}])
def test_without_the_one_token_that_was_verified_nobody_is_in_a_group(headers: Any) -> None:
    assert groups_of(MAX, multiValueHeaders=headers) == set()


@pytest.mark.parametrize(
    "authorizer", [{}, {"authorizer": None}, {"authorizer": {}}, {"authorizer": {"principalId": 1}}]
)
def test_without_claims_a_token_is_nothing(authorizer: dict[str, Any]) -> None:
    """As with an authorizer of another kind than the desk's."""
    person = Person.calling(request("GET", "/approvals", MAX, requestContext=authorizer))
    assert (person.sub, person.email, person.groups, person.address) == ("", "", frozenset(), "")


@pytest.mark.parametrize("name", ["sub-of-max", "max@example.com", "MAX@example.com"])
def test_a_person_is_called_by_sub_or_address(name: str) -> None:
    person = Person.calling(request("GET", "/approvals", MAX))
    assert person.may_be(name)
    assert not person.may_be(f"{name}x")
    assert not Person("sub", "", frozenset(), "").may_be("")


def test_whose_token_hides_the_address_may_be_at_any() -> None:
    """The scopes ``openid profile`` bring an id token without the address (Amazon Cognito)."""
    hidden = Person.calling(request("GET", "/approvals", {"sub": "sub-of-max", "cognito:groups": "managers"}))
    assert hidden.may_be("max@example.com")
    assert not hidden.may_be("sub-of-erin")
