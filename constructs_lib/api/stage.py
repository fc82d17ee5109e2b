"""The one stage of an API: how much it takes, and what it tells."""

import json
from dataclasses import dataclass

from aws_cdk import RemovalPolicy
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.arguments import require
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs

_NAME = "prod"
_THROTTLING = "Throttle requests to your REST APIs in API Gateway"
_ACCESS_LOG_FIELDS = {
    "requestId": "$context.requestId",
    "requestTime": "$context.requestTime",
    "sourceIp": "$context.identity.sourceIp",
    "user": "$context.authorizer.claims.sub",
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
        InvalidArgument: limits that let nothing through, or logs that are kept for ever.
    """

    rate_limit: float
    burst_limit: int
    tracing: bool
    logging: ApiGatewayLogging | None
    log_retention: logs.RetentionDays

    def __post_init__(self) -> None:
        """Check the settings."""
        require(self.rate_limit > 0, "rate_limit", "be above 0 requests a second", self.rate_limit, _THROTTLING)
        require(self.burst_limit > 0, "burst_limit", "be above 0 requests", self.burst_limit, _THROTTLING)
        is_finite = self.log_retention != logs.RetentionDays.INFINITE
        require(is_finite, "log_retention", "end some day", self.log_retention.name, "constructs_lib.ProtectedApi")

    def access_log(self, scope: Construct) -> logs.LogGroup | None:
        """Make the group that each request writes a line to; it outlives the API, as evidence should."""
        if not self.logging:
            return None
        group = logs.LogGroup(scope, "AccessLog", retention=self.log_retention)
        _acknowledge_encryption(group)
        return group

    def options(self, access_log: logs.LogGroup | None) -> apigateway.StageOptions:
        """Describe the stage to CDK."""
        return apigateway.StageOptions(
            stage_name=_NAME,
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
        group = logs.LogGroup(
            scope,
            "ExecutionLog",
            # API Gateway would make a group of this name itself, and keep it for ever.
            log_group_name=f"API-Gateway-Execution-Logs_{api.rest_api_id}/{_NAME}",
            retention=self.log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        _acknowledge_encryption(group)
        api.deployment_stage.node.add_dependency(self.logging, group)
        return group

    def acknowledge_choices(self, stage: apigateway.Stage) -> None:
        """Say of each service that the stage does without why that is the owner's to choose."""
        acknowledge(
            stage,
            "AwsSolutions-APIG3",
            *in_compliance_packs("APIGWAssociatedWithWAF"),
            reason="A web ACL is billed by the month and by the request: the owner may associate one with the ARN of "
            "the stage.",
        )
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
            acknowledge(stage, "Serverless-APIGWXrayEnabled", reason="The owner switched X-Ray off: tracing=False.")


def _acknowledge_encryption(group: logs.LogGroup) -> None:
    reason = "CloudWatch encrypts it with a key of its own; who asked what stands in it, but no token and no body."
    acknowledge(group, *in_compliance_packs("CloudWatchLogGroupEncrypted"), reason=reason)
