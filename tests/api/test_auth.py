"""Auth: what it is not made from."""

import pytest

from constructs_lib import Auth, InvalidArgument


def test_an_open_route_has_a_reason() -> None:
    with pytest.raises(InvalidArgument, match="reason must say why anyone may call this route, got ' '"):
        Auth.none(reason=" ")


def test_scopes_are_a_list() -> None:
    with pytest.raises(InvalidArgument, match="scopes must be a list of scopes, got 'desk/read'"):
        Auth.cognito(scopes="desk/read")
