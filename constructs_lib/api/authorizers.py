"""What checks, before a route is answered, that its caller is who they say."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.api.auth import Auth
from constructs_lib.api.weak_reference import is_elsewhere
from constructs_lib.arguments import InvalidArgument, is_token, require, require_kind
from constructs_lib.identity.user_directory import UserDirectory

Users = UserDirectory | cognito.IUserPool

_SOURCE = "constructs_lib.ProtectedApi"
_SCOPES_OF_COGNITO = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin")
"""What an access token may carry without an API of one's own; all of it is in the claim that API Gateway reads."""


class Authorizers:
    """The authorizers of an API, each made for the first route that needs it: CDK refuses an idle one."""

    def __init__(self, scope: Construct, *, api: apigateway.RestApi, users: Users | None) -> None:
        """Begin without any."""
        self._scope, self._api = scope, api
        self._pool = users.pool if isinstance(users, UserDirectory) else users
        # Which scopes a pool has that is not the directory's, nobody here knows.
        self._known_scopes = (*users.scopes, *_SCOPES_OF_COGNITO) if isinstance(users, UserDirectory) else ()
        self.users: apigateway.CognitoUserPoolsAuthorizer | None = None
        self._custom: dict[tuple[lambda_.IFunction, str, int], apigateway.RequestAuthorizer] = {}

    def auth_of(self, route: str, auth: Auth | None, scopes: Sequence[str] | None) -> Auth:
        """Decide who may call a route; `InvalidArgument` rather than nobody in particular, or nobody at all."""
        if auth and scopes:
            raise InvalidArgument("scopes", "be given within auth=Auth.cognito(scopes=...)", scopes, _SOURCE)
        if auth is not None:
            require_kind("auth", auth, Auth, _SOURCE)
        decided = auth or Auth.cognito(scopes=scopes or ())
        if decided.needs_users and not self._pool:
            ways = "Auth.iam(), Auth.custom(...) or Auth.none(reason=...)"
            rule = f"say who may call {route!r}, because the API has no users: {ways}"
            raise InvalidArgument("auth", rule, auth, _SOURCE)
        for scope in decided.scopes if self._known_scopes else ():
            rule = "be among those that tokens of the users may have: " + ", ".join(self._known_scopes)
            require(scope in self._known_scopes, "scopes", rule, scope, _SOURCE)
        return decided

    def authorizer_for(self, auth: Auth) -> apigateway.IAuthorizer | None:
        """Return what checks the callers of a route; None where that is IAM or nobody."""
        if auth.function:
            return self._custom_authorizer(auth, auth.function)
        return self._users_authorizer(self._pool) if auth.needs_users and self._pool else None

    def _users_authorizer(self, pool: cognito.IUserPool) -> apigateway.CognitoUserPoolsAuthorizer:
        if not self.users:
            self.users = apigateway.CognitoUserPoolsAuthorizer(self._scope, "Authorizer", cognito_user_pools=[pool])
            # A deployment is a snapshot: other users need a new one. CDK does so only under a feature flag.
            if self._api.latest_deployment:
                self._api.latest_deployment.add_to_logical_id({"users": pool.user_pool_arn})
        return self.users

    def _custom_authorizer(self, auth: Auth, function: lambda_.IFunction) -> apigateway.RequestAuthorizer:
        known = (function, auth.header, auth.ttl_seconds)
        if known not in self._custom:
            # By address: functions of two parents may have one id. Another function so gets another authorizer, and a
            # new deployment with it.
            name = f"{function.node.id}{function.node.addr[-8:]}By{auth.header}For{auth.ttl_seconds}"
            # Without method and path, one answer would be taken for every route of the API, and for every item of one.
            place = [apigateway.IdentitySource.context(part) for part in ("httpMethod", "path")]
            self._custom[known] = apigateway.RequestAuthorizer(
                self._scope,
                name,
                handler=self._near(f"{name}Function", function),
                identity_sources=[
                    apigateway.IdentitySource.header(auth.header),
                    *(place if auth.ttl_seconds else []),
                ],
                results_cache_ttl=Duration.seconds(auth.ttl_seconds),
            )
        return self._custom[known]

    def _near(self, id: str, function: lambda_.IFunction) -> lambda_.IFunction:
        """Return a function as the API's stack may use it.

        CDK puts the right to call an authorizer into the function's stack, which then would wait for the API, and the
        API for it.
        """
        arn = function.function_arn
        if not is_token(arn) or not is_elsewhere(self._scope, function):
            return function
        return lambda_.Function.from_function_attributes(self._scope, id, function_arn=arn, same_environment=True)
