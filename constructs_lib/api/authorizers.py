"""What checks, before a route is answered, that its caller is who they say."""

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.api.auth import Auth


class Authorizers:
    """The authorizers of an API, each made for the first route that needs it: CDK refuses an idle one."""

    def __init__(self, scope: Construct, *, api: apigateway.RestApi, users: cognito.IUserPool | None) -> None:
        """Begin without any."""
        self._scope, self._api, self._users = scope, api, users
        self.users: apigateway.CognitoUserPoolsAuthorizer | None = None
        self._custom: dict[tuple[lambda_.IFunction, str, int], apigateway.RequestAuthorizer] = {}

    def authorizer_for(self, auth: Auth) -> apigateway.IAuthorizer | None:
        """Return what checks the callers of a route; None where that is IAM or nobody."""
        if auth.function:
            return self._custom_authorizer(auth, auth.function)
        return self._users_authorizer(self._users) if auth.needs_users and self._users else None

    def _users_authorizer(self, users: cognito.IUserPool) -> apigateway.CognitoUserPoolsAuthorizer:
        if not self.users:
            self.users = apigateway.CognitoUserPoolsAuthorizer(self._scope, "Authorizer", cognito_user_pools=[users])
            # A deployment is a snapshot: other users need a new one. CDK does so only under a feature flag.
            if self._api.latest_deployment:
                self._api.latest_deployment.add_to_logical_id({"users": users.user_pool_arn})
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
                handler=function,
                identity_sources=[
                    apigateway.IdentitySource.header(auth.header),
                    *(place if auth.ttl_seconds else []),
                ],
                results_cache_ttl=Duration.seconds(auth.ttl_seconds),
            )
        return self._custom[known]
