"""The REST API itself, with the defaults that CDK would choose otherwise."""

from aws_cdk import Names
from aws_cdk import aws_apigateway as apigateway
from constructs import Construct


def rest_api(scope: Construct, stage_options: apigateway.StageOptions) -> apigateway.RestApi:
    """Make a regional API that speaks TLS 1.2 or later and leaves the account's settings alone."""
    api = apigateway.RestApi(
        scope,
        "RestApi",
        # The name is the dimension of the API's metrics, so no two APIs may share it.
        rest_api_name=Names.unique_resource_name(scope, separator="-"),
        endpoint_types=[apigateway.EndpointType.REGIONAL],
        # CDK's default sets the role of the whole account and region anew with each API.
        cloud_watch_role=False,
        deploy_options=stage_options,
    )
    resource = api.node.default_child
    if isinstance(resource, apigateway.CfnRestApi):
        # The default takes TLS 1.0. A policy above it needs a mode; this one changes nothing else.
        resource.security_policy = "SecurityPolicy_TLS13_1_2_2021_06"
        resource.endpoint_access_mode = "BASIC"
    return api
