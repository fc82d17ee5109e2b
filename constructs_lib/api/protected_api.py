"""A REST API that lets nobody in by accident."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_logs as logs
from constructs import Construct

from constructs_lib.api.auth import Auth
from constructs_lib.api.authorizers import Authorizers
from constructs_lib.api.aws_action import AwsAction
from constructs_lib.api.body_schema import Body, draft_4
from constructs_lib.api.certificate import require_placeable
from constructs_lib.api.cors import answer_preflights, require_origin, show_errors
from constructs_lib.api.custom_domain import CustomDomain
from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.integrations import Integration, integration_of, warn_of_slow_function
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.api.model import body_model, require_body_allowed
from constructs_lib.api.openapi import Operation, openapi_document
from constructs_lib.api.rest_api import rest_api
from constructs_lib.api.route import Route
from constructs_lib.api.service_integration import method_responses, service_integration, success_status
from constructs_lib.api.stage import StageSettings
from constructs_lib.arguments import InvalidArgument
from constructs_lib.identity.user_directory import UserDirectory

_SOURCE = "constructs_lib.ProtectedApi"

Document = dict[str, Any]


class ProtectedApi(Construct):
    """A regional REST API where each route names who may call it, and by default that is the signed-in users.

    TLS 1.2 or later, throttled and traced; a request without a parameter of its route is refused; each change of a
    route is deployed. It never sets the account's CloudWatch role behind anyone's back: see `ApiGatewayLogging`.

    Costs: each call, and X-Ray above its free traces; with ``logging``, the logs.

    Attributes:
        rest_api: the API.
        request_validator: what refuses requests without their parameters, or with a body that breaks its schema.
        authorizers: what checks the callers; its ``users`` checks the users' tokens and is None until a route needs it.
        access_log: one JSON line a request; None without ``logging``.
        execution_log: the errors of the API itself; None without ``logging``.
        domain: the parts of the custom domain; None without one.
        methods: the methods by route, as in ``methods["GET /requests/{id}"]``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        users: UserDirectory | cognito.IUserPool | None = None,
        domain: ApiDomain | None = None,
        cors: str | None = None,
        rate_limit: float = 100,
        burst_limit: int = 200,
        tracing: bool = True,
        logging: ApiGatewayLogging | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
    ) -> None:
        """Make the API and its stage; `route` fills it.

        Args:
            scope: the construct that the API belongs to.
            id: the construct id.
            users: whose tokens the routes ask for. None, and every route says for itself who may call it.
            domain: the name that the API is reached by; None leaves it at the address that API Gateway gives.
            cors: the origin whose pages may call the API, as in ``https://desk.example.com``, or ``*`` for any; None
                for none. Preflights are answered and errors readable; a function's answers must carry the header
                ``Access-Control-Allow-Origin`` themselves.
            rate_limit: requests a second that are let through in the long run; those above get 429.
            burst_limit: requests that are let through at once.
            tracing: whether X-Ray samples the requests.
            logging: lets the stage write an access log and its errors. None for no logs, because in an account where
                nobody has set the role that this sets, a stage with logs cannot be deployed.
            log_retention: how long the logs are kept; not for ever.

        Raises:
            InvalidArgument: limits that let nothing through, endless retention, an origin that no browser sends, or a
                domain whose certificate cannot be where it must be.
        """
        stage = StageSettings(
            rate_limit=rate_limit,
            burst_limit=burst_limit,
            tracing=tracing,
            logging=logging,
            log_retention=log_retention,
        )
        if cors is not None:
            require_origin(cors)
        if domain:
            require_placeable(scope, domain)
        super().__init__(scope, id)
        self._users = users.pool if isinstance(users, UserDirectory) else users
        self._cors = cors
        self._operations: list[Operation] = []
        self.access_log = stage.access_log(self)
        self.rest_api = rest_api(self, stage.options(self.access_log))
        self.execution_log = stage.execution_log(self, self.rest_api)
        stage.acknowledge_choices(self.rest_api.deployment_stage)
        self.request_validator = apigateway.RequestValidator(
            self,
            "RequestValidator",
            rest_api=self.rest_api,
            validate_request_parameters=True,
            validate_request_body=True,
        )
        self.authorizers = Authorizers(self, api=self.rest_api, users=self._users)
        self.methods: dict[str, apigateway.Method] = {}
        if cors:
            show_errors(self.rest_api, cors)
        self.domain = CustomDomain(self, "Domain", domain=domain, api=self.rest_api) if domain else None

    @property
    def url(self) -> str:
        """Where the API is reached: under its domain's name if it has one, else where API Gateway puts it."""
        return self.domain.url if self.domain else self.rest_api.url

    def route(
        self,
        route: str,
        integration: Integration,
        *,
        auth: Auth | None = None,
        scopes: Sequence[str] | None = None,
        body: Body | None = None,
    ) -> apigateway.Method:
        """Answer a method on a path.

        A function may then be called by this method of this API's stage, and by nothing else of API Gateway, which
        waits 29 seconds for its answer (Amazon API Gateway quotas for REST APIs): a longer timeout is warned of at
        synth.

        Args:
            route: ``METHOD /path/{parameter}/{rest+}``; the method is one of HTTP's or ``ANY``.
            integration: what answers: a function, called with the whole request as its event, `Http`, or `AwsAction`.
            auth: who may call; None is every signed-in user.
            scopes: short for ``auth=Auth.cognito(scopes=...)``.
            body: what the body of a ``POST``, ``PUT`` or ``PATCH`` must be, as JSON schema or Pydantic model; any
                other is refused with 400, whatever content type it claims. None lets every body through.

        Returns:
            The method; ``grant_execute`` lets a role call it when its ``auth`` is ``Auth.iam()``.

        Raises:
            InvalidArgument: a malformed route, one that is there already or cannot be beside those there are, users
                asked for by an API that has none, both ``auth`` and ``scopes``, a schema that API Gateway cannot check,
                a body where there is none, or an action without the method or parameters that it needs.
        """
        parsed = Route.parse(route)
        parsed.require_room_beside(operation.route for operation in self._operations)
        if self._cors and parsed.method == "OPTIONS":
            raise InvalidArgument("route", "leave OPTIONS to cors, which answers it", route, _SOURCE)
        auth = self._auth_of(route, auth, scopes)
        if body is not None:
            require_body_allowed(parsed)
        action = integration if isinstance(integration, AwsAction) else None
        operation = Operation(
            route=parsed,
            auth=auth,
            schema=None if body is None else draft_4(body),
            success=success_status(action) if action else None,
        )
        behind = self._behind(operation, integration)
        resource = self.rest_api.root.resource_for_path(parsed.path)
        if self._cors and parsed.path not in {known.route.path for known in self._operations}:
            answer_preflights(resource, self._cors)
        method = resource.add_method(
            parsed.method,
            behind,
            authorization_type=auth.type,
            authorizer=self.authorizers.authorizer_for(auth),
            authorization_scopes=list(auth.scopes) or None,
            request_validator=self.request_validator,
            request_parameters={f"method.request.path.{name}": True for name in parsed.parameters},
            request_models=self._models(operation),
            method_responses=method_responses(action, self._cors) if action else None,
        )
        auth.acknowledge_openness(method)
        warn_of_slow_function(method, integration)
        self._operations.append(operation)
        self.methods[route] = method
        return method

    def openapi(self, *, title: str | None = None, version: str = "1.0.0", file: Path | str | None = None) -> Document:
        """Describe the routes that there are so far, for those who write clients.

        Args:
            title: the API's name for its readers; None is its construct id.
            version: of the API.
            file: where to write the document, too, as JSON; None writes none.

        Returns:
            An OpenAPI 3.0 document. It has no address: that is known only at deployment.
        """
        document = openapi_document(title or self.node.id, version, self._operations)
        if file:
            Path(file).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        return document

    def _behind(self, operation: Operation, integration: Integration) -> apigateway.Integration:
        """Make what answers a route."""
        if not isinstance(integration, AwsAction):
            return integration_of(integration, operation.route)
        caller = operation.auth.caller
        integration.require_fit(operation.route.method, operation.route.parameters, caller)
        return service_integration(self, f"RoleFor{operation.id}", integration, caller=caller, origin=self._cors)

    def _models(self, operation: Operation) -> dict[str, apigateway.IModel] | None:
        if operation.schema is None:
            return None
        return body_model(self, f"BodyOf{operation.id}", api=self.rest_api, schema=operation.schema)

    def _auth_of(self, route: str, auth: Auth | None, scopes: Sequence[str] | None) -> Auth:
        """Decide who may call a route; `InvalidArgument` rather than nobody in particular."""
        if auth and scopes:
            raise InvalidArgument("scopes", "be given within auth=Auth.cognito(scopes=...)", scopes, _SOURCE)
        decided = auth or Auth.cognito(scopes=scopes or ())
        if decided.needs_users and not self._users:
            ways = "Auth.iam(), Auth.custom(...) or Auth.none(reason=...)"
            rule = f"say who may call {route!r}, because the API has no users: {ways}"
            raise InvalidArgument("auth", rule, auth, _SOURCE)
        return decided
