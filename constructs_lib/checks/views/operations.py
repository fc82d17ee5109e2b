"""What can be asked of APIs: methods of REST APIs, routes of HTTP and WebSocket APIs, operations of OpenAPI bodies."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.views.functions import function_of

if TYPE_CHECKING:
    from constructs_lib.checks.model.assembly import Assembly

REST, HTTP = "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"
_VERBS = {verb.lower(): verb for verb in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")}
_NOT_ASKED = {"", "OPTIONS"}
_IN_BODIES = {**_VERBS, "x-amazon-apigateway-any-method": "ANY"}


class Operation(NamedTuple):
    """One thing that can be asked of an API.

    Attributes:
        place: where it is declared.
        verb: such as ``GET`` or ``ANY``; of a WebSocket API the route key, such as ``$connect``.
        key: the verb, with the path where the resource is not the path's alone.
        api: the API, if it is in the assembly.
        authorization: the place of its kind of authorization.
        is_open: whether it surely asks callers for no authorization, as far as it says itself.
        address: the address of what answers.
    """

    place: Place
    verb: str
    key: str
    api: Resource | None
    authorization: Place
    is_open: bool
    address: Place

    @property
    def name(self) -> str:
        """What a message calls it."""
        declared = self.place.resource
        return f"{declared.name} ({self.key})" if self.place is declared else f"{self.key} of {declared.name}"

    @property
    def function(self) -> Resource | None:
        """The function that answers, if it is in the assembly."""
        return function_of(self.address)


def operations(assembly: "Assembly") -> Iterator[Operation]:
    """Give all operations whose verb is known, but ``OPTIONS``: what browsers ask before they ask."""
    for method in assembly.of_type("AWS::ApiGateway::Method"):
        yield from _method(method)
    for route in assembly.of_type("AWS::ApiGatewayV2::Route"):
        yield from _route(route)
    for api in assembly.of_type(REST, HTTP):
        yield from _in_body(api)


def _method(method: Resource) -> Iterator[Operation]:
    verb = (method.at("HttpMethod").text or "").upper()
    if verb not in _NOT_ASKED:
        api = method.at("RestApiId").target(REST)
        address = method.at("Integration", "Uri")
        yield Operation(method, verb, verb, api, *_authorization(method), address)


def _route(route: Resource) -> Iterator[Operation]:
    key = route.at("RouteKey").text or ""
    verb = key.partition(" ")[0]
    if verb not in _NOT_ASKED:
        api = route.at("ApiId").target(HTTP)
        integration = next((each.resource for each in route.at("Target").references()), route)
        address = integration.at("IntegrationUri")
        yield Operation(route, verb, key, api, *_authorization(route), address)


def _authorization(declared: Resource) -> tuple[Place, bool]:
    """The kind of authorization, and whether it is none, which is the default too."""
    kind = declared.at("AuthorizationType")
    is_default = kind.missing and declared.at("AuthorizerId").missing
    return kind, is_default or kind.text == "NONE"


def _in_body(api: Resource) -> Iterator[Operation]:
    body = api.at("Body")
    for path, item in body.at("paths").entries:
        for method, operation in item.entries:
            if method in _IN_BODIES and not operation.missing:
                verb = _IN_BODIES[method]
                security = operation.at("security")
                asks = (security, body.at("security"), operation.at("x-amazon-apigateway-auth"))
                # An empty list takes back what the body asks for as a whole.
                is_open = all(each.missing for each in asks) or (security.value == [] and asks[2].missing)
                address = operation.at("x-amazon-apigateway-integration", "uri")
                yield Operation(operation, verb, f"{verb} {path}", api, security, is_open, address)
