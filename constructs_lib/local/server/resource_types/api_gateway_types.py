"""CloudFormation's types of REST APIs, with what the emulator's CloudFormation lets go."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

from constructs_lib.local.server.emulator import BuiltinType, register_resource_type
from constructs_lib.local.server.resource_types.api_type import Client
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties

_CHECKS = {"ValidateRequestBody": "validateRequestBody", "ValidateRequestParameters": "validateRequestParameters"}


class RestApi:
    """``AWS::ApiGateway::RestApi``: with endpoints as the API tells them, and closed on its own address if asked."""

    def __init__(self) -> None:
        """Build on what the emulator does with the type."""
        self._builtin = BuiltinType("AWS::ApiGateway::RestApi")

    def create(self, declared: Declaration) -> Created:
        """Make it, and change what is only heard in an update."""
        told = _as_told(declared.properties)
        made = {name: value for name, value in told.items() if name != "DisableExecuteApiEndpoint"}
        physical_id, _ = self._builtin.create(replace(declared, properties=made))
        return self._builtin.update(physical_id, made, replace(declared, properties=told))

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change it."""
        return self._builtin.update(
            physical_id, _as_told(old), replace(declared, properties=_as_told(declared.properties))
        )

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove it."""
        self._builtin.delete(physical_id, properties)


def _as_told(properties: Properties) -> Properties:
    """Say the endpoints as the API does; without a word of them, it is reached at the edge."""
    endpoints = properties.get("EndpointConfiguration", {"Types": ["EDGE"]})
    told = {name[0].lower() + name[1:]: value for name, value in endpoints.items()}
    return properties | {"EndpointConfiguration": told}


class RequestValidator:
    """``AWS::ApiGateway::RequestValidator``: made by the API, which knows it; CloudFormation only names it."""

    def __init__(self, client: Client) -> None:
        """Make validators by ``client``."""
        self._client = client

    def create(self, declared: Declaration) -> Created:
        """Make it."""
        properties = declared.properties
        made = self._client("apigateway").create_request_validator(
            restApiId=properties["RestApiId"],
            name=properties.get("Name", declared.logical_id),
            **{parameter: _is_true(properties.get(name)) for name, parameter in _CHECKS.items()},
        )
        return made["id"], {"RequestValidatorId": made["id"]}

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:  # noqa: ARG002 - another is made
        """Make it anew: the methods that name it are changed next, and the old one is removed at the end."""
        return self.create(declared)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove it, unless it went with its API."""
        client = self._client("apigateway")
        with suppress(client.exceptions.NotFoundException):
            client.delete_request_validator(restApiId=properties["RestApiId"], requestValidatorId=physical_id)


class Method:
    """``AWS::ApiGateway::Method``: with its request validator."""

    def __init__(self, client: Client) -> None:
        """Build on what the emulator does with the type."""
        self._builtin = BuiltinType("AWS::ApiGateway::Method")
        self._client = client

    def create(self, declared: Declaration) -> Created:
        """Make it."""
        created = self._builtin.create(declared)
        self._complete(declared.properties)
        return created

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change it."""
        changed = self._builtin.update(physical_id, old, declared)
        self._complete(declared.properties)
        return changed

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove it."""
        self._builtin.delete(physical_id, properties)

    def _complete(self, properties: Properties) -> None:
        if validator := properties.get("RequestValidatorId"):
            change = {"op": "replace", "path": "/requestValidatorId", "value": validator}
            self._client("apigateway").update_method(
                restApiId=properties["RestApiId"],
                resourceId=properties["ResourceId"],
                httpMethod=properties["HttpMethod"],
                patchOperations=[change],
            )


def _is_true(value: Any) -> bool:
    """Read a template's boolean, which may be a word."""
    return str(value).lower() == "true"


def register_api_gateway_types(client: Client) -> None:
    """Complete CloudFormation's own types."""
    register_resource_type("AWS::ApiGateway::RestApi", RestApi())
    register_resource_type("AWS::ApiGateway::RequestValidator", RequestValidator(client))
    register_resource_type("AWS::ApiGateway::Method", Method(client))
