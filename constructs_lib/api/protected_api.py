"""A REST API that lets nobody in by accident."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_kms as kms
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.api.alarms import ApiAlarms
from constructs_lib.api.auth import Auth
from constructs_lib.api.authorizers import Users
from constructs_lib.api.body_schema import Body
from constructs_lib.api.cors import require_origin, show_errors
from constructs_lib.api.custom_domain import CustomDomain
from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.endpoint import Endpoint, Kind
from constructs_lib.api.integrations import Integration
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.api.names import Names
from constructs_lib.api.openapi import openapi_document
from constructs_lib.api.placement import require_placeable
from constructs_lib.api.private_access import PrivateAccess
from constructs_lib.api.rest_api import rest_api
from constructs_lib.api.routes import Routes
from constructs_lib.api.stage import StageSettings
from constructs_lib.api.web_acl import WebAcl, guard, require_near
from constructs_lib.arguments import InvalidArgument, has, require, require_kind
from constructs_lib.identity.user_directory import UserDirectory

_SOURCE = "constructs_lib.ProtectedApi"

Document = dict[str, Any]


class ProtectedApi(Construct):
    """A REST API where each route names who may call it, and by default that is the signed-in users.

    TLS 1.2 or later, throttled and traced; a request without a parameter of its route is refused; each change of a
    route is deployed. It never sets the account's CloudWatch role behind anyone's back: see `ApiGatewayLogging`.

    Costs: each call, and X-Ray above its free traces; with ``logging``, the logs; see `PrivateAccess`, `Firewall` and
    `ApiAlarms` for what those cost.

    Attributes:
        rest_api: the API.
        request_validator: what refuses requests without their parameters, or with a body that breaks its schema.
        authorizers: what checks the callers; its ``users`` checks the users' tokens and is None until a route needs it.
        private_access: the VPC endpoints of a private API; None of another.
        web_acl_association: what has the web ACL judge each request; None without one.
        access_log: one JSON line a request; None without ``logging``.
        execution_log: the errors of the API itself; None without ``logging``.
        domains: the parts of its custom domains, in the order in which they were added.
        methods: the methods by route, as in ``methods["GET /requests/{id}"]``.
        alarms: ``server_errors``, ``latency`` and ``throttles``; none without ``alarm_topic``.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        users: Users | None = None,
        domain: ApiDomain | None = None,
        cors: str | None = None,
        endpoint: Kind = "regional",
        vpc: ec2.IVpc | None = None,
        vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint] = (),
        default_endpoint: bool = True,
        web_acl: WebAcl | None = None,
        rate_limit: float = 100,
        burst_limit: int = 200,
        tracing: bool = True,
        logging: ApiGatewayLogging | None = None,
        log_retention: logs.RetentionDays = logs.RetentionDays.THREE_MONTHS,
        log_encryption_key: kms.IKey | None = None,
        alarm_topic: sns.ITopic | None = None,
        latency_alarm: Duration | None = None,
    ) -> None:
        """Make the API and its stage; `route` fills it.

        Args:
            scope: the construct that the API belongs to.
            id: the construct id.
            users: whose tokens the routes ask for. None, and every route says for itself who may call it. Of a
                `UserDirectory` a route asks only for scopes that it has; give its ``pool`` for others.
            domain: the name that the API is reached by; None leaves it at the address that API Gateway gives.
            cors: the origin whose pages may call the API, as in ``https://desk.example.com``, or ``*`` for any; None
                for none. Preflights are answered and errors readable; a function's answers must carry the header
                ``Access-Control-Allow-Origin`` themselves.
            endpoint: ``regional`` answers in the API's region; ``edge`` at the nearest CloudFront location; ``private``
                through VPC endpoints only, without the internet.
            vpc: where a private API gets a VPC endpoint of its own, in isolated or else private subnets; it lets nobody
                in until `allow_from`.
            vpc_endpoints: the VPC endpoints for API Gateway (``execute-api``) that lead to a private API, instead; in
                whatever VPC, also imported ones, whose own policies must allow it.
            default_endpoint: whether the API also answers at the address that API Gateway gives. False leaves its
                domains alone, and so does a ``domain`` with mutual TLS, which that address is a way round.
            web_acl: what judges each request first: a `Firewall`, a web ACL of the scope REGIONAL in the API's region,
                or the ARN of one.
            rate_limit: requests a second that are let through in the long run; those above get 429.
            burst_limit: requests that are let through at once.
            tracing: whether X-Ray samples the requests.
            logging: lets the stage write an access log and its errors. None for no logs, because in an account where
                nobody has set the role that this sets, a stage with logs cannot be deployed.
            log_retention: how long the logs are kept; not for ever.
            log_encryption_key: encrypts the logs. A key of this app learns to let CloudWatch Logs use it, an imported
                one must let it already. None leaves the logs to a key of AWS's.
            alarm_topic: who is told when the API fails, is slow, or refuses requests with 429, which without
                ``logging`` is near when 80 % of ``rate_limit`` are used. None makes no alarms.
            latency_alarm: how long one request in a hundred may take, up to 29 seconds, when API Gateway gives up
                (Amazon API Gateway quotas for REST APIs); None is 20 seconds.

        Raises:
            InvalidArgument: limits that let nothing through, endless retention, an origin that no browser sends, a
                domain whose certificate cannot be where it must be, a private API with neither or both of VPC and VPC
                endpoints, another with either, a web ACL of another region or for CloudFront, a latency out of range,
                or what is of another kind.
        """
        require_kind("default_endpoint", default_endpoint, bool, _SOURCE)
        is_directory = users is None or isinstance(users, UserDirectory) or has(users, "user_pool_id")
        require(is_directory, "users", "be a UserDirectory or a user pool", users, _SOURCE)
        require_kind("log_retention", log_retention, logs.RetentionDays, _SOURCE)
        if domain is not None:
            require_kind("domain", domain, ApiDomain, _SOURCE)
        place = Endpoint(
            kind=endpoint,
            vpc=vpc,
            vpc_endpoints=tuple(vpc_endpoints),
            has_default_address=default_endpoint and not (domain and domain.mutual_tls),
        )
        stage = StageSettings(
            rate_limit=rate_limit,
            burst_limit=burst_limit,
            tracing=tracing,
            logging=logging,
            log_retention=log_retention,
            log_encryption_key=log_encryption_key,
        )
        alarms = ApiAlarms(topic=alarm_topic, latency=latency_alarm)
        if cors is not None:
            require_origin(cors)
        if web_acl is not None:
            require_near(scope, web_acl)
        if domain:
            require_placeable(scope, domain, endpoint=endpoint, vpc_endpoints=place.vpc_endpoints)
        super().__init__(scope, id)
        self._kind = endpoint
        self.private_access = PrivateAccess(self, "PrivateAccess", endpoint=place) if place.is_private else None
        self.access_log = stage.access_log(self)
        self.rest_api = rest_api(self, stage=stage.options(self.access_log), endpoint=place, access=self.private_access)
        self.execution_log = stage.execution_log(self, self.rest_api)
        deployed = self.rest_api.deployment_stage
        stage.acknowledge_choices(deployed)
        self.web_acl_association = guard(self, deployed, web_acl)
        self._routes = Routes(self, api=self.rest_api, users=users, cors=cors, access=self.private_access)
        self.request_validator, self.authorizers = self._routes.request_validator, self._routes.authorizers
        self.methods = self._routes.methods
        if cors:
            show_errors(self.rest_api, cors)
        self._names = Names(self, api=self.rest_api, endpoint=place, access=self.private_access)
        self.domains = self._names.domains
        if domain:
            self._names.add(domain, "Domain")
        self.alarms = alarms.make(self, stage=deployed, rate_limit=rate_limit, access_log=self.access_log)

    @property
    def domain(self) -> CustomDomain | None:
        """The parts of the first custom domain; None without one."""
        return self.domains[0] if self.domains else None

    @property
    def url(self) -> str:
        """Where the API is reached: under its first domain's name if it has one, else where API Gateway puts it.

        For a private API without a domain that is by its first VPC endpoint, from wherever its addresses are reached;
        `PrivateAccess.url_through` says it of the others.
        """
        if self.domains:
            return self.domains[0].url
        if self.private_access:
            return self.private_access.url_through(self.private_access.vpc_endpoints[0], self.rest_api)
        return self.rest_api.url

    def add_domain(self, domain: ApiDomain) -> CustomDomain:
        """Let the API be reached by one more name.

        Raises:
            InvalidArgument: the API cannot have the domain, such as one whose certificate cannot be where it must be;
                or one with mutual TLS, which the address that API Gateway gives, or a name without it, would be a way
                round.
        """
        return self._names.add(domain)

    def allow_from(self, caller: ec2.IConnectable, *, through: ec2.IInterfaceVpcEndpoint | None = None) -> None:
        """Let a caller reach a private API over the network: it opens port 443 of a VPC endpoint for it.

        Who may call a route is still for the route to say. The rules stand in the caller's stack.

        Args:
            caller: a function in the VPC, a service or a security group.
            through: one of the API's VPC endpoints; None where it has one only.

        Raises:
            InvalidArgument: an API that is not private, a caller outside a VPC, several endpoints and none of them
                named, an endpoint that is none of the API's, or one that was imported without its security groups.
        """
        if self.private_access is None:
            raise InvalidArgument("endpoint", "be private: others are open to the network", self._kind, _SOURCE)
        self.private_access.allow_from(caller, through=through)

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

        A function may then be called by this method of this API's stage, and by nothing else of API Gateway; one that
        answers more than 20 routes, by every method of this API, because its policy would not hold them all (Lambda
        quotas). API Gateway waits 29 seconds for its answer (Amazon API Gateway quotas for REST APIs): a longer timeout
        is warned of at synth.

        Args:
            route: ``METHOD /path/{parameter}/{rest+}``; the method is one of HTTP's or ``ANY``.
            integration: what answers: a function, called with the whole request as its event, `Http`, or `AwsAction`,
                which passes the body alone on: it has to repeat the parameters of the path.
            auth: who may call; None is every signed-in user.
            scopes: short for ``auth=Auth.cognito(scopes=...)``.
            body: what the body of a ``POST``, ``PUT`` or ``PATCH`` must be, as JSON schema or Pydantic model; any
                other is refused with 400, whatever content type it claims. None lets every body through.

        Returns:
            The method; ``grant_execute`` lets a role call it when its ``auth`` is ``Auth.iam()``.

        Raises:
            InvalidArgument: a malformed route, one that is there already or cannot be beside those there are, users
                asked for by an API that has none, a scope that its users' tokens cannot have, both ``auth`` and
                ``scopes``, a schema that API Gateway cannot check, a body where there is none, or an action without the
                method or parameters that it needs.
        """
        return self._routes.add(route, integration, auth=auth, scopes=scopes, body=body)

    def openapi(self, *, title: str | None = None, version: str = "1.0.0", file: Path | str | None = None) -> Document:
        """Describe the routes that there are so far, for those who write clients.

        Args:
            title: the API's name for its readers; None is its construct id.
            version: of the API.
            file: where to write the document, too, as JSON; None writes none.

        Returns:
            An OpenAPI 3.0 document. Its servers are the API's domains, but for wildcards; other addresses are known
            only at deployment.
        """
        document = openapi_document(title or self.node.id, version, self._routes.operations, self._names.addresses)
        if file:
            Path(file).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        return document
