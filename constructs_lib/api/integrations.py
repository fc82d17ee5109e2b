"""What answers a route."""

import re
from dataclasses import dataclass

from aws_cdk import Annotations
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_

from constructs_lib.api.aws_action import AwsAction
from constructs_lib.api.route import Route
from constructs_lib.arguments import InvalidArgument, is_token, require
from constructs_lib.quotas import API_GATEWAY_INTEGRATION_TIMEOUT

_SOURCE = "HTTP integrations for REST APIs in API Gateway"
_HTTPS = re.compile(r"https://[^/?#\s]+[^#\s]*")


@dataclass(frozen=True, slots=True)
class Http:
    """Another HTTP service, given the request as it came: headers, the caller's token among them, query and body.

    Args:
        url: where the request goes; https. A parameter of the route's path may stand in it:
            ``Http("https://status.example.com/{id}")``. API Gateway decodes it first (Amazon API Gateway important
            notes), so a caller may send slashes in it: the service has to refuse what is no id.

    Raises:
        InvalidArgument: another scheme than https, or a URL without a host.
    """

    url: str

    def __post_init__(self) -> None:
        """Check the URL."""
        require(_HTTPS.fullmatch(self.url), "url", "be an https URL", self.url, _SOURCE)


Integration = Http | AwsAction | lambda_.IFunction


def integration_of(
    target: Http | lambda_.IFunction, route: Route, *, is_one_of_many: bool = False
) -> apigateway.Integration:
    """Make what CDK puts behind a route, with no more permission than the route needs.

    Args:
        target: what answers.
        route: the route.
        is_one_of_many: whether a function answers so many routes that it lets in all of the API at once.

    Raises:
        InvalidArgument: a URL with a parameter that the route's path has not.
    """
    if not isinstance(target, Http):
        if is_one_of_many:
            return apigateway.LambdaIntegration(target, scope_permission_to_method=False)
        # With CDK's default the function could also be called past the stage, by the console's test button.
        return apigateway.LambdaIntegration(target, allow_test_invoke=False)
    placeholders = [] if is_token(target.url) else re.findall(r"\{(.*?)\}", target.url)
    for name in placeholders:
        if name not in route.parameters:
            raise InvalidArgument("url", f"use parameters of {route} only", f"{{{name}}}", _SOURCE)
    return apigateway.HttpIntegration(
        target.url,
        proxy=True,
        http_method=route.method,
        options=apigateway.IntegrationOptions(
            request_parameters={
                f"integration.request.path.{name}": f"method.request.path.{name}" for name in placeholders
            }
        ),
    )


def warn_of_slow_function(method: apigateway.Method, target: Integration) -> None:
    """Warn where a function may still run when API Gateway has already answered 504 for it."""
    longest = API_GATEWAY_INTEGRATION_TIMEOUT
    timeout = target.timeout if isinstance(target, lambda_.Function) else None
    if timeout and timeout.to_seconds() > longest.maximum:
        Annotations.of(method).add_warning_v2(
            "constructs-lib:function-outlasts-api",
            f"The function may run {timeout.to_seconds()} seconds, but its caller gets 504 after {longest.maximum:g} "
            f"({longest.source}). Lower the timeout, or answer at once and work in the background.",
        )
