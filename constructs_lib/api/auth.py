"""Who may call a route."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from aws_cdk.aws_apigateway import AuthorizationType, Method

from constructs_lib.arguments import require
from constructs_lib.checks.acknowledgment import acknowledge

_SOURCE = "Control and manage access to REST APIs in API Gateway"


@dataclass(frozen=True, slots=True)
class Auth:
    """Who may call a route; made by one of its class methods."""

    type: AuthorizationType
    scopes: tuple[str, ...] = ()
    reason: str = ""

    @classmethod
    def cognito(cls, *, scopes: Sequence[str] = ()) -> Self:
        """Let in who brings a token of the API's users in the header ``Authorization``.

        Args:
            scopes: without any, the id token of any user is accepted; with some, an access token that carries at least
                one of them. API Gateway never takes both kinds on one route.

        Raises:
            InvalidArgument: one string instead of a list.
        """
        require(not isinstance(scopes, str), "scopes", "be a list of scopes", scopes, _SOURCE)
        return cls(AuthorizationType.COGNITO, scopes=tuple(scopes))

    @classmethod
    def iam(cls) -> Self:
        """Let in whose AWS credentials sign the request (SigV4) and may ``execute-api:Invoke`` the route."""
        return cls(AuthorizationType.IAM)

    @classmethod
    def none(cls, *, reason: str) -> Self:
        """Let anyone in.

        Args:
            reason: why that is right for this route; it is written into the validation report beside the finding.

        Raises:
            InvalidArgument: no reason.
        """
        require(reason.strip(), "reason", "say why anyone may call this route", reason, _SOURCE)
        return cls(AuthorizationType.NONE, reason=reason)

    @property
    def needs_users(self) -> bool:
        """Whether the caller must be one of the API's users."""
        return self.type == AuthorizationType.COGNITO

    def acknowledge_openness(self, method: Method) -> None:
        """Say beside a method why it does not ask for a user."""
        if self.type == AuthorizationType.NONE:
            acknowledge(method, "AwsSolutions-APIG4", "AwsSolutions-COG4", reason=self.reason)
        elif self.type == AuthorizationType.IAM:
            reason = "The callers of this route are AWS identities, not users: IAM checks signature and permission."
            acknowledge(method, "AwsSolutions-COG4", reason=reason)
