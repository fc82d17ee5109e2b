"""The REST API itself, with the defaults that CDK would choose otherwise."""

from typing import cast

from aws_cdk import Names
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

from constructs_lib.api.endpoint import Endpoint
from constructs_lib.api.private_access import PrivateAccess


def rest_api(
    scope: Construct, *, stage: apigateway.StageOptions, endpoint: Endpoint, access: PrivateAccess | None
) -> apigateway.RestApi:
    """Make an API that speaks TLS 1.2 or later and leaves the account's settings alone.

    Args:
        scope: the construct that the API belongs to.
        stage: its one stage.
        endpoint: where it answers.
        access: the VPC endpoints that lead to it, if it is private.
    """
    api = apigateway.RestApi(
        scope,
        "RestApi",
        # The name is the dimension of the API's metrics, so no two APIs may share it.
        rest_api_name=Names.unique_resource_name(scope, separator="-"),
        endpoint_configuration=apigateway.EndpointConfiguration(
            types=[apigateway.EndpointType[endpoint.kind.upper()]],
            vpc_endpoints=list(access.vpc_endpoints) if access else None,
        ),
        policy=access.policy() if access else None,
        disable_execute_api_endpoint=None if endpoint.has_default_address else True,
        # CDK's default sets the role of the whole account and region anew with each API.
        cloud_watch_role=False,
        deploy_options=stage,
    )
    if access or not endpoint.has_default_address:
        # The CDK's output of an address at which the API does not answer.
        api.node.try_remove_child("Endpoint")
    resource = resource_of(api)
    resource.security_policy = endpoint.security_policy
    # A policy like these needs a mode; this one changes nothing else.
    resource.endpoint_access_mode = "BASIC"
    return api


def resource_of(api: apigateway.RestApi) -> apigateway.CfnRestApi:
    """Return the resource of an API, for what CDK's construct does not know."""
    return cast("apigateway.CfnRestApi", api.node.default_child)
