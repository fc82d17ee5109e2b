"""The routes of an API, each with its method, what guards it and what answers."""

from collections import Counter
from collections.abc import Sequence

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from constructs_lib.api.auth import Auth
from constructs_lib.api.authorizers import Authorizers, Users
from constructs_lib.api.aws_action import AwsAction
from constructs_lib.api.body_schema import Body, draft_4
from constructs_lib.api.cors import answer_preflights
from constructs_lib.api.integrations import Http, Integration, integration_of, warn_of_slow_function
from constructs_lib.api.model import body_model, require_body_allowed, require_parameters_in_body
from constructs_lib.api.openapi import Operation
from constructs_lib.api.private_access import PrivateAccess
from constructs_lib.api.rest_api import resource_of
from constructs_lib.api.route import Route
from constructs_lib.api.service_integration import method_responses, service_integration, success_status
from constructs_lib.api.signed_routes import has_callers_policy, require_apart
from constructs_lib.arguments import InvalidArgument, has, require

_SOURCE = "constructs_lib.ProtectedApi"
# A function's policy holds 20 KB (Lambda quotas), and a route takes up to 700 bytes of it.
_PERMISSIONS = 20


class Routes:
    """The routes that were added so far; what they need is made in the scope of their API."""

    def __init__(
        self,
        scope: Construct,
        *,
        api: apigateway.RestApi,
        users: Users | None,
        cors: str | None,
        access: PrivateAccess | None,
    ) -> None:
        """Begin without any."""
        self._scope, self._api, self._cors, self._access = scope, api, cors, access
        self.operations: list[Operation] = []
        self.methods: dict[str, apigateway.Method] = {}
        self._routes_of: Counter[lambda_.IFunction] = Counter()
        self.request_validator = apigateway.RequestValidator(
            scope,
            "RequestValidator",
            rest_api=api,
            validate_request_parameters=True,
            validate_request_body=True,
        )
        self.authorizers = Authorizers(scope, api=api, users=users)

    def add(
        self,
        text: str,
        integration: Integration,
        *,
        auth: Auth | None,
        scopes: Sequence[str] | None,
        body: Body | None,
    ) -> apigateway.Method:
        """Add a route; `ProtectedApi.route` says what the arguments are and what is refused."""
        is_fit = isinstance(integration, (Http, AwsAction)) or has(integration, "function_arn")
        require(is_fit, "integration", "be a function, Http or AwsAction", integration, "constructs_lib.ProtectedApi")
        action = integration if isinstance(integration, AwsAction) else None
        operation = Operation(
            route=self._route(text, with_body=body is not None),
            auth=self.authorizers.auth_of(text, auth, scopes),
            schema=None if body is None else draft_4(body),
            success=success_status(action) if action else None,
        )
        if self._access:
            require_apart(operation, self.operations)
        answers = self._answers(operation, integration)
        self._answer_preflights(operation.route)
        method = self._method(operation, answers, action)
        operation.auth.acknowledge_openness(method)
        warn_of_slow_function(method, integration)
        self.operations.append(operation)
        self.methods[text] = method
        if self._access and any(map(has_callers_policy, self.operations)):
            resource_of(self._api).policy = self._access.policy(self._open_patterns())
        return method

    def _open_patterns(self) -> list[str]:
        """List the requests that no policy of the caller's has to allow, preflights among them."""
        opened = [each.route.pattern for each in self.operations if not has_callers_policy(each)]
        return opened + [Route("OPTIONS", each.route.path).pattern for each in self.operations if self._cors]

    def _route(self, text: str, *, with_body: bool) -> Route:
        """Read a route that there is room for."""
        route = Route.parse(text)
        route.require_room_beside(operation.route for operation in self.operations)
        if self._cors and route.method == "OPTIONS":
            raise InvalidArgument("route", "leave OPTIONS to cors, which answers it", text, _SOURCE)
        if with_body:
            require_body_allowed(route)
        return route

    def _answers(self, operation: Operation, integration: Integration) -> apigateway.Integration:
        """Make what answers a route."""
        if isinstance(integration, Http):
            return integration_of(integration, operation.route)
        if not isinstance(integration, AwsAction):
            self._routes_of[integration] += 1
            is_one_of_many = self._routes_of[integration] > _PERMISSIONS
            return integration_of(integration, operation.route, is_one_of_many=is_one_of_many)
        integration.require_fit(operation.route, operation.auth)
        if not integration.item_key:
            require_parameters_in_body(operation.route, operation.schema)
        return service_integration(
            self._scope, f"RoleFor{operation.id}", integration, caller=operation.auth.caller, origin=self._cors
        )

    def _answer_preflights(self, route: Route) -> None:
        """Answer the preflights of a path, once."""
        if self._cors and route.path not in {known.route.path for known in self.operations}:
            answer_preflights(self._api.root.resource_for_path(route.path), self._cors)

    def _method(
        self, operation: Operation, answers: apigateway.Integration, action: AwsAction | None
    ) -> apigateway.Method:
        route, auth = operation.route, operation.auth
        return self._api.root.resource_for_path(route.path).add_method(
            route.method,
            answers,
            authorization_type=auth.type,
            authorizer=self.authorizers.authorizer_for(auth),
            authorization_scopes=list(auth.scopes) or None,
            request_validator=self.request_validator,
            request_parameters={f"method.request.path.{name}": True for name in route.parameters},
            request_models=self._models(operation),
            method_responses=method_responses(action, self._cors) if action else None,
        )

    def _models(self, operation: Operation) -> dict[str, apigateway.IModel] | None:
        if operation.schema is None:
            return None
        return body_model(self._scope, f"BodyOf{operation.id}", api=self._api, schema=operation.schema)
