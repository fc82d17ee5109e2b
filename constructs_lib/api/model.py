"""The model by which API Gateway refuses a body that breaks its schema."""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from constructs_lib.api.body_schema import Schema
from constructs_lib.api.route import Route
from constructs_lib.arguments import InvalidArgument

_SOURCE = "Request validation for REST APIs in API Gateway"
_WITH_BODY = ("POST", "PUT", "PATCH")


def require_body_allowed(route: Route) -> None:
    """Raise `InvalidArgument` for a method whose requests have no body, or not all of them."""
    if route.method not in _WITH_BODY:
        raise InvalidArgument("body", f"be that of one of {', '.join(_WITH_BODY)}", str(route), _SOURCE)


def require_parameters_in_body(route: Route, schema: Schema | None) -> None:
    """Raise `InvalidArgument` for a path parameter that the body lacks, where the body is all that is passed on."""
    for name in route.parameters:
        if name not in (schema or {}).get("properties", {}):
            rule = f"have no path parameter that its body= lacks, because the service gets the body alone: {{{name}}}"
            raise InvalidArgument("route", rule, str(route), "AWS integrations for REST APIs in API Gateway")


def body_model(scope: Construct, id: str, *, api: apigateway.RestApi, schema: Schema) -> dict[str, apigateway.IModel]:
    """Make the model of a method's body, for each content type: a type without one would pass unchecked."""
    # Not CDK's Model: its JsonSchema is a struct, which cannot hold every schema.
    resource = apigateway.CfnModel(
        scope, id, rest_api_id=api.rest_api_id, content_type="application/json", schema=schema
    )
    if api.latest_deployment:
        # A deployment is a snapshot: another schema needs a new one.
        api.latest_deployment.node.add_dependency(resource)
        api.latest_deployment.add_to_logical_id({id: schema})
    model = apigateway.Model.from_model_name(scope, f"{id}Name", resource.ref)
    return {"application/json": model, "$default": model}
