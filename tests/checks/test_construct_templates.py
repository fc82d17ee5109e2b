"""What the CDK's own constructs make is judged as its author would: nothing is found but what is true."""

from collections.abc import Callable
from pathlib import Path

import pytest
from aws_cdk import App, CustomResource, Duration, Environment, NestedStack, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from aws_cdk import aws_apigatewayv2_authorizers as authorizers
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_cognito_identitypool as identitypool
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_ecs_patterns as ecs_patterns
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_rds as rds
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_route53_targets as targets
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from aws_cdk import custom_resources as custom

from constructs_lib.checks.judgement import judge
from constructs_lib.checks.reading import read
from constructs_lib.checks.rules import documented_rules

ACCOUNT = "111122223333"
HERE, EDGE = Environment(account=ACCOUNT, region="eu-west-1"), Environment(account=ACCOUNT, region="us-east-1")
POSTGRES = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_6)


def function(stack: Stack, id: str, *, vpc: ec2.IVpc | None = None) -> lambda_.Function:
    """Make a function as the CDK makes it by itself."""
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    return lambda_.Function(stack, id, runtime=lambda_.Runtime.PYTHON_3_14, handler="index.handler", code=code, vpc=vpc)


def container_service(app: App) -> None:
    stack = Stack(app, "Containers", env=HERE)
    image = ecs.ContainerImage.from_registry("nginx")
    options = ecs_patterns.ApplicationLoadBalancedTaskImageOptions(image=image)
    ecs_patterns.ApplicationLoadBalancedFargateService(stack, "Web", task_image_options=options)


def proxied_cluster(app: App) -> None:
    """A cluster, its rotation, a proxy and its clients, also of nested stacks and others."""
    stack = Stack(app, "Database", env=HERE)
    vpc = ec2.Vpc(stack, "Vpc")
    cluster = rds.DatabaseCluster(
        stack, "Ledger", engine=POSTGRES, writer=rds.ClusterInstance.serverless_v2("Writer"), vpc=vpc
    )
    cluster.add_rotation_single_user()
    assert cluster.secret is not None
    proxy = cluster.add_proxy("Proxy", secrets=[cluster.secret], vpc=vpc, iam_auth=True)
    for owner in (stack, NestedStack(stack, "Nested"), Stack(app, "Clients", env=HERE)):
        client = function(owner, "Client", vpc=vpc)
        client.add_environment("DB_HOST", proxy.endpoint)
        proxy.grant_connect(client, "app")
        client.connections.allow_to(proxy, ec2.Port.tcp(5432))


def migrated_instance(app: App) -> None:
    """A database that a custom resource prepares, in a place that nothing is known of."""
    stack = Stack(app, "Migrated")
    vpc = ec2.Vpc(stack, "Vpc")
    engine = rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16)
    database = rds.DatabaseInstance(stack, "Ledger", engine=engine, vpc=vpc)
    migration = function(stack, "Migration", vpc=vpc)
    migration.add_environment("DB_HOST", database.instance_endpoint.hostname)
    database.connections.allow_default_port_from(migration)
    provider = custom.Provider(stack, "Provider", on_event_handler=migration)
    CustomResource(stack, "Tables", service_token=provider.service_token)


def tables_and_streams(app: App) -> None:
    stack = Stack(app, "Tables", env=HERE)
    key = dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING)
    recovery = dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)
    table = dynamodb.Table(
        stack,
        "Scaled",
        partition_key=key,
        point_in_time_recovery_specification=recovery,
        stream=dynamodb.StreamViewType.NEW_IMAGE,
    )
    table.auto_scale_read_capacity(min_capacity=1, max_capacity=9).scale_on_utilization(target_utilization_percent=70)
    table.auto_scale_write_capacity(min_capacity=1, max_capacity=9).scale_on_utilization(target_utilization_percent=70)
    replicas = [dynamodb.ReplicaTableProps(region="us-east-1")]
    dynamodb.TableV2(
        stack, "Global", partition_key=key, point_in_time_recovery_specification=recovery, replicas=replicas
    )
    start, dropped = lambda_.StartingPosition.LATEST, sources.SqsDlq(sqs.Queue(stack, "Dropped"))
    function(stack, "Changes").add_event_source(
        sources.DynamoEventSource(table, starting_position=start, retry_attempts=3, on_failure=dropped)
    )
    function(stack, "Clicks").add_event_source(
        sources.KinesisEventSource(kinesis.Stream(stack, "Stream"), starting_position=start)
    )


def queues(app: App) -> None:
    stack = Stack(app, "Queues", env=HERE)
    failed = sqs.Queue(stack, "Failed")
    dead_letters = sqs.DeadLetterQueue(queue=failed, max_receive_count=3)
    worker = function(stack, "Worker")
    worker.add_event_source(sources.SqsEventSource(sqs.Queue(stack, "Jobs", dead_letter_queue=dead_letters)))
    function(stack, "Redrive").add_event_source(sources.SqsEventSource(failed))
    worker.add_event_source(sources.SqsEventSource(sqs.Queue(stack, "Endless")))


def rest_apis(app: App) -> None:
    """Each kind of authorization that the CDK knows, and a method that has none."""
    stack = Stack(app, "Rest", env=HERE)
    backend = apigateway.LambdaIntegration(function(stack, "Backend"))
    cors = apigateway.CorsOptions(allow_origins=["*"])
    api = apigateway.RestApi(stack, "Api", cloud_watch_role=False, default_cors_preflight_options=cors)
    pools = [cognito.UserPool(stack, "Users")]
    people = apigateway.CognitoUserPoolsAuthorizer(stack, "People", cognito_user_pools=pools)
    api.root.add_method("GET", backend, authorizer=people, authorization_type=apigateway.AuthorizationType.COGNITO)
    api.root.add_method("PUT", backend, authorization_type=apigateway.AuthorizationType.IAM)
    own = apigateway.TokenAuthorizer(stack, "Own", handler=function(stack, "Judge"))
    api.root.add_method("POST", backend, authorizer=own)
    api.root.add_resource("open").add_method("GET", backend)


def http_apis(app: App) -> None:
    stack = Stack(app, "Http", env=HERE)
    backend = function(stack, "Backend")
    api = apigatewayv2.HttpApi(stack, "Api")
    issuer = authorizers.HttpJwtAuthorizer("Jwt", "https://example.com", jwt_audience=["app"])
    by_path: dict[str, apigatewayv2.IHttpRouteAuthorizer] = {"/own": authorizers.HttpIamAuthorizer(), "/ours": issuer}
    for path, authorizer in by_path.items():
        integration = integrations.HttpLambdaIntegration(path, backend)
        api.add_routes(path=path, integration=integration, authorizer=authorizer)
    connect = apigatewayv2.WebSocketRouteOptions(
        integration=integrations.WebSocketLambdaIntegration("Connect", backend),
        authorizer=authorizers.WebSocketIamAuthorizer(),
    )
    other = apigatewayv2.WebSocketRouteOptions(integration=integrations.WebSocketLambdaIntegration("Other", backend))
    apigatewayv2.WebSocketApi(stack, "Socket", connect_route_options=connect, default_route_options=other)


def edge_domain(app: App) -> None:
    """A certificate of us-east-1, which the CDK's cross-region references lead from."""
    certificates = Stack(app, "Certificates", env=EDGE, cross_region_references=True)
    certificate = acm.Certificate(certificates, "Certificate", domain_name="api.example.com")
    stack = Stack(app, "EdgeDomain", env=HERE, cross_region_references=True)
    api = apigateway.RestApi(stack, "Api", cloud_watch_role=False)
    api.root.add_method("GET", authorization_type=apigateway.AuthorizationType.IAM)
    name = api.add_domain_name(
        "Name", domain_name="api.example.com", certificate=certificate, endpoint_type=apigateway.EndpointType.EDGE
    )
    zone = route53.HostedZone(stack, "Zone", zone_name="example.com")
    target = route53.RecordTarget.from_alias(targets.ApiGatewayDomain(name))
    route53.ARecord(stack, "Record", zone=zone, record_name="api", target=target)


def distribution(app: App) -> None:
    """Lambda@Edge that the CDK places into a stack of its own in us-east-1."""
    stack = Stack(app, "Pages", env=HERE)
    code = lambda_.Code.from_inline("const url = require('url'); exports.handler = async event => event;")
    rewrite = cloudfront.experimental.EdgeFunction(
        stack, "Rewrite", runtime=lambda_.Runtime.NODEJS_22_X, handler="index.handler", code=code
    )
    at_origin = cloudfront.EdgeLambda(
        function_version=rewrite.current_version, event_type=cloudfront.LambdaEdgeEventType.ORIGIN_REQUEST
    )
    origin = origins.S3BucketOrigin.with_origin_access_control(s3.Bucket(stack, "Bucket"))
    behavior = cloudfront.BehaviorOptions(origin=origin, edge_lambdas=[at_origin])
    cloudfront.Distribution(stack, "Distribution", default_behavior=behavior)


def callbacks(app: App) -> None:
    stack = Stack(app, "Callbacks", env=HERE)
    token = sfn.TaskInput.from_object({"token": sfn.JsonPath.task_token})
    ask = tasks.SqsSendMessage(
        stack,
        "Ask",
        queue=sqs.Queue(stack, "Questions"),
        message_body=token,
        integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
        task_timeout=sfn.Timeout.duration(Duration.days(1)),
    )
    ask.add_catch(sfn.Pass(stack, "Nobody"))
    machine = sfn.StateMachine(stack, "Machine", definition_body=sfn.DefinitionBody.from_chainable(ask))
    answer = function(stack, "Answer")
    machine.grant_task_response(answer)
    api = apigateway.RestApi(stack, "Api", cloud_watch_role=False)
    for verb in ("GET", "POST"):
        api.root.add_method(
            verb, apigateway.LambdaIntegration(answer), authorization_type=apigateway.AuthorizationType.IAM
        )


def identities(app: App) -> None:
    """Users, with the client that the CDK makes if it is told nothing."""
    stack = Stack(app, "Identities", env=HERE)
    users = cognito.UserPool(stack, "Users")
    provider = identitypool.UserPoolAuthenticationProvider(user_pool=users, user_pool_client=users.add_client("Web"))
    pool = identitypool.IdentityPool(
        stack,
        "Pool",
        authentication_providers=identitypool.IdentityPoolAuthenticationProviders(user_pools=[provider]),
    )
    own = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${cognito-identity.amazonaws.com:sub}"]}}
    pool.authenticated_role.add_to_principal_policy(
        iam.PolicyStatement(actions=["dynamodb:GetItem"], resources=["*"], conditions=own)
    )


PATTERNS: list[Callable[[App], None]] = [
    container_service,
    proxied_cluster,
    migrated_instance,
    tables_and_streams,
    queues,
    rest_apis,
    http_apis,
    edge_domain,
    distribution,
    callbacks,
    identities,
]
TRUE = [
    ("LAMBDA-8", "Queues/Endless/Resource", "RedrivePolicy"),
    ("DDB-4", "Tables/Clicks/KinesisEventSource:TablesStream89F24628/Resource", "MaximumRetryAttempts"),
    ("API-4", "Rest/Api/Default/open/GET/Resource", "AuthorizationType"),
    ("COG-5", "Identities/Users/Web/Resource", "AllowedOAuthFlows/0"),
]


@pytest.fixture(scope="module")
def synthesized(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("constructs") / "cdk.out"
    app = App(outdir=str(folder))
    for pattern in PATTERNS:
        pattern(app)
    app.synth()
    return folder


def test_nothing_is_found_but_what_is_true(synthesized: Path) -> None:
    assembly = read([synthesized])
    judgement = judge(assembly, documented_rules())
    assert (assembly.unreadable, judgement.broken) == ([], {})
    found = [
        (each.rule, each.construct_path, each.location.partition("/Properties/")[2]) for each in judgement.findings
    ]
    assert found == TRUE
