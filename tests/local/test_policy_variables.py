"""Variables in policies: what stands for them, and that nothing does where the request does not say."""

from typing import Any

import pytest

from constructs_lib.local.server.policy_variables import UnknownVariableError, filled_in

KNOWN = {"aws:username": "erin", "aws:PrincipalTag/team": "blue"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("home/${aws:username}/*", "home/erin/*"),
        (["${aws:username}", "${aws:PrincipalTag/team}"], ["erin", "blue"]),
        ({"StringEquals": {"key": ["${aws:username}"]}}, {"StringEquals": {"key": ["erin"]}}),
        ("${aws:PrincipalTag/office, 'none'}", "none"),
        ("${aws:username, 'none'}", "erin"),
        ("${*}${?}${$}", "*?$"),
        ({"Bool": {"aws:SecureTransport": True}}, {"Bool": {"aws:SecureTransport": True}}),
        ("no variable", "no variable"),
    ],
)
def test_a_variable_stands_for_what_the_request_says(written: Any, meant: Any) -> None:
    assert filled_in(written, KNOWN.get) == meant


def test_a_variable_that_the_request_says_nothing_about_stands_for_nothing() -> None:
    with pytest.raises(UnknownVariableError, match="cognito-identity"):
        filled_in({"StringEquals": {"key": "${cognito-identity.amazonaws.com:sub}"}}, KNOWN.get)


def test_a_variable_of_several_values_stands_for_none() -> None:
    with pytest.raises(UnknownVariableError):
        filled_in("${aws:TagKeys}", lambda key: ["a", "b"])
