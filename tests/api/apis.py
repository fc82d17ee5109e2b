"""APIs and their methods, for the tests of what is around them."""

from typing import Any

from aws_cdk import App, Stack

from constructs_lib import Auth, Http, ProtectedApi
from tests.statements import resources

PROBE = Http("https://status.example.com/")


def methods_of(template: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The methods of a template by method and path."""
    by_id = resources(template, "AWS::ApiGateway::Resource")

    def path(resource: dict[str, Any]) -> str:
        if "Ref" not in resource:
            return ""
        part = by_id[resource["Ref"]]
        return f"{path(part['ParentId'])}/{part['PathPart']}"

    return {
        f"{method['HttpMethod']} {path(method['ResourceId']) or '/'}": method
        for method in resources(template, "AWS::ApiGateway::Method").values()
    }


def api_with(**arguments: Any) -> tuple[Stack, ProtectedApi]:
    stack = Stack(App(), "Desk")
    api = ProtectedApi(stack, "Api", **arguments)
    api.route("GET /health", PROBE, auth=Auth.none(reason="liveness probe"))
    return stack, api
