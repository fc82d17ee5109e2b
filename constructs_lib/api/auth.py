"""Who may call a route."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from aws_cdk.aws_apigateway import AuthorizationType, Method

from constructs_lib.arguments import has, require, require_kind, require_within
from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.quotas import API_GATEWAY_AUTHORIZER_TTL

_SOURCE = "Control and manage access to REST APIs in API Gateway"
_HEADER = re.compile(r"[A-Za-z0-9-]+")
_CALLERS = {
    AuthorizationType.COGNITO: "$context.authorizer.claims.sub",
    AuthorizationType.CUSTOM: "$context.authorizer.principalId",
    AuthorizationType.IAM: "$context.identity.userArn",
}


@dataclass(frozen=True, slots=True)
class Auth:
    """Who may call a route; made by one of its class methods."""

    type: AuthorizationType
    scopes: tuple[str, ...] = ()
    reason: str = ""
    function: lambda_.IFunction | None = None
    header: str = "Authorization"
    ttl_seconds: int = 0

    @classmethod
    def cognito(cls, *, scopes: Sequence[str] = ()) -> Self:
        """Let in who brings a token of the API's users in the header ``Authorization``.

        Args:
            scopes: without any, the id token of any user is accepted; with some, an access token that carries at least
                one of them. API Gateway never takes both kinds on one route.

        Raises:
            InvalidArgument: one string instead of a list, a scope that is empty or has a space, or the same twice.
        """
        require(not isinstance(scopes, str), "scopes", "be a list of scopes", scopes, _SOURCE)
        for scope in scopes:
            require(scope.split() == [scope], "scopes", "be names without spaces", scope, _SOURCE)
        require(len(set(scopes)) == len(scopes), "scopes", "be named once each", scopes, _SOURCE)
        return cls(AuthorizationType.COGNITO, scopes=tuple(scopes))

    @classmethod
    def iam(cls) -> Self:
        """Let in whose AWS credentials sign the request (SigV4) and may ``execute-api:Invoke`` the route."""
        return cls(AuthorizationType.IAM)

    @classmethod
    def custom(cls, function: lambda_.IFunction, *, header: str = "Authorization", ttl: Duration | None = None) -> Self:
        """Let in whom a function of yours lets in: it reads the request, and answers with a principal and a policy.

        With ``ttl``, a request without the header is refused with 401 and does not reach the function. Without it, API
        Gateway asks the function each time, which then refuses by raising ``Exception("Unauthorized")``.

        Args:
            function: the authorizer; called with the whole request but its body.
            header: what tells one caller from another.
            ttl: how long an answer holds for the same header, method and path, up to an hour (Amazon API Gateway
                CreateAuthorizer); an answer for one item is never taken for another. None asks anew each time.

        Raises:
            InvalidArgument: a header that has not the form of one, or a time above an hour or not of whole seconds.
        """
        require(_HEADER.fullmatch(header), "header", "be a header's name", header, _SOURCE)
        if ttl is not None:
            require_kind("ttl", ttl, Duration, _SOURCE)
        require(has(function, "function_arn"), "function", "be a Lambda function", function, _SOURCE)
        seconds = ttl.to_seconds(integral=False) if ttl else 0
        whole = int(seconds) if seconds == int(seconds) else seconds
        require_within("ttl", whole, API_GATEWAY_AUTHORIZER_TTL)
        return cls(AuthorizationType.CUSTOM, function=function, header=header, ttl_seconds=int(seconds))

    @classmethod
    def none(cls, *, reason: str) -> Self:
        """Let anyone in.

        Args:
            reason: why that is right for this route; it is written into the validation report beside the finding.

        Raises:
            InvalidArgument: no reason.
        """
        is_told = isinstance(reason, str) and reason.strip()
        require(is_told, "reason", "say why anyone may call this route", reason, _SOURCE)
        return cls(AuthorizationType.NONE, reason=reason)

    @property
    def needs_users(self) -> bool:
        """Whether the caller must be one of the API's users."""
        return self.type == AuthorizationType.COGNITO

    @property
    def caller(self) -> str:
        """Where a mapping template finds who calls; empty where nobody asks."""
        return _CALLERS.get(self.type, "")

    @property
    def tells_callers_apart(self) -> bool:
        """Whether each caller has a name of their own: those who share a role may share the ARN of its session."""
        return self.type in (AuthorizationType.COGNITO, AuthorizationType.CUSTOM)

    def acknowledge_openness(self, method: Method) -> None:
        """Say beside a method why it does not ask for a user."""
        if self.type == AuthorizationType.NONE:
            acknowledge(method, "API-4", "AwsSolutions-APIG4", "AwsSolutions-COG4", reason=self.reason)
        elif self.type == AuthorizationType.IAM:
            reason = "The callers of this route are AWS identities, not users: IAM checks signature and permission."
            acknowledge(method, "AwsSolutions-COG4", reason=reason)
        elif self.type == AuthorizationType.CUSTOM:
            reason = "The callers of this route are known to a function of the owner's, not to a user pool."
            acknowledge(method, "AwsSolutions-COG4", reason=reason)
