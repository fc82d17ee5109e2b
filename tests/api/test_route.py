"""Route: what a method and a path may be, and which cannot be beside each other."""

import re

import pytest

from constructs_lib import InvalidArgument
from constructs_lib.api.route import Route


@pytest.mark.parametrize(
    ("text", "parameters"),
    [
        ("GET /", []),
        ("POST /requests", []),
        ("GET /requests/{id}", ["id"]),
        ("ANY /v1.0/a-b_c:d/{owner}/{rest+}", ["owner", "rest"]),
        ("DELETE /{proxy+}", ["proxy"]),
        ("GET /v1/ping", []),
    ],
)
def test_a_route_is_read_and_written_back(text: str, parameters: list[str]) -> None:
    route = Route.parse(text)
    assert str(route) == text
    assert route.parameters == parameters


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("FETCH /requests", "the method of a route must be one of 'GET', 'POST'"),
        ("get /requests", "got 'get' (Methods for REST APIs in API Gateway)"),
        ("/requests", "the method of a route must be one of"),
        ("GET", "route must be METHOD /literal/{parameter}/{rest+}, got 'GET'"),
        ("GET ", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET requests", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET requests/{id}", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET  /requests", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET /requests/", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET //requests", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET /requests?open=1", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET /requests/x{id}", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET /requests/{id", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET /requests/{}", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET /größe", "route must be METHOD /literal/{parameter}/{rest+}"),
        ("GET /{id}/items/{id}", "route must name each parameter once, got 'GET /{id}/items/{id}' (Methods for REST"),
        ("GET /{id}/items/{id+}", "route must name each parameter once"),
        (
            "GET /ping",
            "route must leave /ping and /sping to API Gateway's own health check, got 'GET /ping' (Amazon API",
        ),
        ("ANY /sping", "route must leave /ping and /sping to API Gateway's own health check"),
        ("GET /{all+}/requests", "route must have a {rest+} only at its end, got 'GET /{all+}/requests'"),
    ],
)
def test_a_malformed_route_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape(sentence)):
        Route.parse(text)


def test_a_route_is_added_once() -> None:
    known = [Route.parse("GET /a"), Route.parse("POST /b")]
    with pytest.raises(InvalidArgument, match=re.escape("route must be added once, got 'POST /b'")):
        Route.parse("POST /b").require_room_beside(known)


@pytest.mark.parametrize("other", ["GET /requests/{number}", "PUT /requests/{number}/items", "GET /requests/{id+}"])
def test_one_place_in_a_path_has_one_parameter(other: str) -> None:
    with pytest.raises(InvalidArgument, match=re.escape("as in DELETE /requests/{id}: one place in a path")):
        Route.parse(other).require_room_beside([Route.parse("DELETE /requests/{id}")])


@pytest.mark.parametrize(
    "other", ["POST /requests/{id}", "GET /requests/open", "GET /requests", "GET /orders/{number}", "GET /{any}"]
)
def test_other_routes_have_room(other: str) -> None:
    Route.parse(other).require_room_beside([Route.parse("GET /requests/{id}")])
