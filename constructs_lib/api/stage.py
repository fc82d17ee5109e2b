"""The one stage of an API: how much it takes, and what it tells."""

import json
from dataclasses import dataclass

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.api.log_group import request_log, require_finite
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.arguments import require, require_kind
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs

STAGE_NAME = "prod"
_SOURCE = "constructs_lib.ProtectedApi"
_THROTTLING = "Throttle requests to your REST APIs in API Gateway"
_ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "user": "$context.authorizer.claims.sub",
    "principal": "$context.authorizer.principalId",
    "identity": "$context.identity.userArn",
    "httpMethod": "$context.httpMethod",
    "resourcePath": "$context.resourcePath",
    "path": "$context.path",
    "status": "$context.status",
    "error": "$context.error.message",
    "authorizerError": "$context.authorizer.error",
    "integrationError": "$context.integration.error",
    "integrationLatency": "$context.integration.latency",
    "responseLatency": "$context.responseLatency",
    "responseLength": "$context.responseLength",
    "userAgent": "$context.identity.userAgent",
}
"""Who asked what and what came of it; no header, query string or body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StageSettings:
    """What the user of an API says of its stage; see `ProtectedApi` for the meaning of each.

    Raises:
        InvalidArgument: limits that let nothing through, logs that are kept for ever, or what is of another kind.
    """

    rate_limit: float
    burst_limit: int
    tracing: bool
    logging: ApiGatewayLogging | None
    log_retention: logs.RetentionDays
    log_encryption_key: kms.IKey | None

    def __post_init__(self) -> None:
        """Check the settings."""
        require_kind("tracing", self.tracing, bool, _SOURCE)
        if self.logging is not None:
            require_kind("logging", self.logging, ApiGatewayLogging, _SOURCE)
        rate, burst = self.rate_limit, self.burst_limit
        is_rate = isinstance(rate, (int, float)) and not isinstance(rate, bool) and rate > 0
        require(is_rate, "rate_limit", "be above 0 requests a second", rate, _THROTTLING)
        is_burst = isinstance(burst, int) and not isinstance(burst, bool) and burst > 0
        require(is_burst, "burst_limit", "be above 0 requests, a whole number", burst, _THROTTLING)
        require_finite(self.log_retention, _SOURCE)

    def access_log(self, scope: Construct) -> logs.LogGroup | None:
        """Make the group that each request writes a line to."""
        if not self.logging:
            return None
        return request_log(scope, "AccessLog", retention=self.log_retention, key=self.log_encryption_key)

    def options(self, access_log: logs.LogGroup | None) -> apigateway.StageOptions:
        """Describe the stage to CDK."""
        return apigateway.StageOptions(
            stage_name=STAGE_NAME,
            throttling_rate_limit=self.rate_limit,
            throttling_burst_limit=self.burst_limit,
            tracing_enabled=self.tracing,
            access_log_destination=apigateway.LogGroupLogDestination(access_log) if access_log else None,
            access_log_format=apigateway.AccessLogFormat.custom(json.dumps(_ACCESS_LOG_FIELDS)) if access_log else None,
            logging_level=apigateway.MethodLoggingLevel.ERROR if access_log else None,
        )

    def execution_log(self, scope: Construct, api: apigateway.RestApi) -> logs.LogGroup | None:
        """Make the group for the errors of the API itself, and have it and the account's role precede the stage."""
        if not self.logging:
            return None
        # API Gateway would make a group of this name itself, and keep it for ever.
        name = f"API-Gateway-Execution-Logs_{api.rest_api_id}/{STAGE_NAME}"
        key = self.log_encryption_key
        group = request_log(scope, "ExecutionLog", retention=self.log_retention, key=key, name=name)
        api.deployment_stage.node.add_dependency(self.logging, group)
        return group

    def acknowledge_choices(self, stage: apigateway.Stage) -> None:
        """Say of each service that the stage does without why that is the owner's to choose."""
        acknowledge(
            stage,
            *in_compliance_packs("APIGWCacheEnabledAndEncrypted"),
            reason="Nothing is cached, encrypted or not: an answer to one user must not be given to another.",
        )
        acknowledge(
            stage,
            *in_compliance_packs("APIGWSSLEnabled"),
            reason="A client certificate proves the API to servers of HTTP integrations only, and those that ask for "
            "one are the owner's to name; functions and services of AWS are called under IAM.",
        )
        if not self.logging:
            acknowledge(
                stage,
                "AwsSolutions-APIG1",
                "AwsSolutions-APIG6",
                "Serverless-APIGWAccessLogging",
                *in_compliance_packs("APIGWExecutionLoggingEnabled"),
                reason="Where the account has no CloudWatch role for API Gateway, no stage with logs deploys. "
                "The role is a setting of the whole account and region, so its owner asks for it: "
                "logging=ApiGatewayLogging(...).",
            )
        if not self.tracing:
            acknowledge(
                stage,
                "Serverless-APIGWXrayEnabled",
                *in_compliance_packs("APIGWXrayEnabled"),
                reason="The owner switched X-Ray off: tracing=False.",
            )
