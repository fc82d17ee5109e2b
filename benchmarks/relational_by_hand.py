"""The template of `ProxiedDatabase`, written with aws-cdk-lib alone by somebody who knows the CDK well.

It is written to be read, as such code is. Nothing is checked, and all that the pattern chooses or computes stands here
as it came out: names, zones, the port. Only the packaging is the library's, so that both ways package the same.
"""

from pathlib import Path
from typing import cast

from aws_cdk import (
    Acknowledgment,
    ArnFormat,
    Aws,
    CustomResource,
    Duration,
    Fn,
    RemovalPolicy,
    Size,
    Stack,
    Validations,
)
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import IConstruct

import constructs_lib.relational.runtime
from constructs_lib import python_code

ISOLATED = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
RETAIN = RemovalPolicy.RETAIN
RUNTIME = Path(constructs_lib.relational.runtime.__file__).parent
MONITORING = "service-role/AmazonRDSEnhancedMonitoringRole"


class LedgerByHand:
    """An Aurora PostgreSQL cluster with a reader, behind RDS Proxy."""

    def __init__(self, stack: Stack, vpc: ec2.Vpc) -> None:
        self.stack = stack
        self.group = ec2.SecurityGroup(
            stack, "DatabaseSecurityGroup", vpc=vpc, description="Reached by the proxy only", allow_all_outbound=False
        )
        self.group.apply_removal_policy(RETAIN)
        self.monitoring_role = iam.Role(
            stack,
            "MonitoringRole",
            assumed_by=iam.ServicePrincipal("monitoring.rds.amazonaws.com"),
            managed_policies=[iam.ManagedPolicy.from_aws_managed_policy_name(MONITORING)],
        )
        self.cluster = self._cluster(vpc)
        self.master_secret = cast("secretsmanager.ISecret", self.cluster.secret)
        self.proxy_group = ec2.SecurityGroup(
            stack,
            "ProxySecurityGroup",
            vpc=vpc,
            description="Reached by granted functions only",
            allow_all_outbound=False,
        )
        self.proxy_role = iam.Role(stack, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        self.proxy = rds.DatabaseProxy(
            stack,
            "Proxy",
            db_proxy_name="data-ledger-58e64862",
            proxy_target=rds.ProxyTarget.from_cluster(self.cluster),
            default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
            require_tls=True,
            role=self.proxy_role,
            vpc=vpc,
            vpc_subnets=ISOLATED,
            security_groups=[self.proxy_group],
            borrow_timeout=Duration.seconds(20),
            idle_client_timeout=Duration.minutes(30),
            max_connections_percent=90,
        )
        self.reader_endpoint = rds.DatabaseProxyEndpoint(
            stack,
            "ReaderEndpoint",
            db_proxy=self.proxy,
            db_proxy_endpoint_name="data-ledger-58e64862-reader",
            target_role=rds.ProxyEndpointTargetRole.READ_ONLY,
            vpc=vpc,
            vpc_subnets=ISOLATED,
            security_groups=[self.proxy_group],
        )
        self.way_of_proxy = self.proxy_group.node.children
        self.users_role, self.users_function = self._users_function()

    def connect(self, function: lambda_.Function, user: str, rights: str) -> None:
        """Let a function connect as a user, whom the stack makes."""
        resource = CustomResource(
            self.stack,
            f"{user.capitalize()}User",
            resource_type="Custom::DatabaseUser",
            service_token=self.users_function.function_arn,
            service_timeout=Duration.seconds(600),
            properties={
                "Family": "postgres",
                "Database": "app",
                "User": user,
                "Rights": rights,
                "MasterSecretArn": self.master_secret.secret_arn,
                "ClusterArn": self.cluster.cluster_arn,
            },
        )
        resource.node.add_dependency(self.cluster)
        self.cluster.grant_connect(self.proxy_role, user)

        function.add_environment("DB_HOST", self.proxy.endpoint)
        function.add_environment("DB_READER_HOST", self.reader_endpoint.endpoint)
        function.add_environment("DB_PORT", "5432")
        function.add_environment("DB_NAME", "app")
        function.add_environment("DB_USER", user)
        function.add_environment("DB_ENGINE", "postgres")

        connections = function.connections
        connections.allow_to(self.proxy_group, ec2.Port.tcp(5432), f"{function.node.id} to Ledger")
        # Not the whole group: in it are the rules of other functions, which may have to wait for this one.
        ways = [*connections.security_groups, self.proxy_group.node.children[-1], *self.way_of_proxy, self.group]
        needed = (resource, self.proxy, self.proxy_role, *ways)
        cast("lambda_.CfnFunction", function.node.default_child).node.add_dependency(*needed)

        proxy_id = Fn.select(6, Fn.split(":", Fn.sub("${Arn}", {"Arn": self.proxy.db_proxy_arn})))
        user_arn = self.stack.format_arn(
            service="rds-db",
            resource="dbuser",
            resource_name=f"{proxy_id}/{user}",
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
        function.add_to_role_policy(iam.PolicyStatement(actions=["rds-db:connect"], resources=[user_arn]))

    def acknowledge(self) -> None:
        """Accept what the packs find, as the pattern does."""
        accept(self.monitoring_role, f"AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/{MONITORING}]")
        accept(self.cluster, "AwsSolutions-RDS11", *_compliance("RDSInBackupPlan"))
        accept(self.group, *_compliance("EC2RestrictedCommonPorts", "EC2RestrictedSSH"))
        accept(self.proxy, "PatternChecks::RDS-7")
        accept(self.proxy_role, *_compliance("IAMNoInlinePolicy"))
        accept(self.users_role, *_compliance("IAMNoInlinePolicy"))
        role = cast("iam.CfnRole", self.users_role.node.default_child)
        accept(role, "AwsSolutions-IAM5[Resource::*]", "Serverless-LambdaStarPermissions")
        of_function = _compliance("LambdaInsideVPC", "LambdaDLQ", "LambdaConcurrency")
        accept(self.users_function, "Serverless-LambdaDLQ", *of_function)

    def _cluster(self, vpc: ec2.Vpc) -> rds.DatabaseCluster:
        identifier = f"ledger-0f176-{Fn.select(2, Fn.split('/', Aws.STACK_ID))}"
        log_group = logs.LogGroup(
            self.stack,
            "PostgresqlLogs",
            log_group_name=f"/aws/rds/cluster/{identifier}/postgresql",
            retention=logs.RetentionDays.ONE_MONTH,
            removal_policy=RETAIN,
        )
        engine = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_9)
        cluster = rds.DatabaseCluster(
            self.stack,
            "Cluster",
            engine=engine,
            cluster_identifier=identifier,
            default_database_name="app",
            writer=rds.ClusterInstance.serverless_v2("Writer"),
            readers=[rds.ClusterInstance.serverless_v2("Reader1", scale_with_writer=True)],
            serverless_v2_min_capacity=0.5,
            serverless_v2_max_capacity=4,
            enable_data_api=True,
            backup=rds.BackupProps(retention=Duration.days(7)),
            vpc=vpc,
            vpc_subnets=ISOLATED,
            security_groups=[self.group],
            parameter_group=rds.ParameterGroup(
                self.stack, "Parameters", engine=engine, parameters={"rds.force_ssl": "1"}, removal_policy=RETAIN
            ),
            credentials=rds.Credentials.from_username("postgres"),
            manage_master_user_password=True,
            storage_encrypted=True,
            iam_authentication=True,
            cloudwatch_logs_exports=["postgresql"],
            monitoring_interval=Duration.seconds(60),
            monitoring_role=self.monitoring_role,
            delete_automated_backups=False,
            deletion_protection=True,
            removal_policy=RETAIN,
        )
        cluster.node.add_dependency(log_group)
        return cluster

    def _users_function(self) -> tuple[iam.Role, lambda_.Function]:
        log_group = logs.LogGroup(
            self.stack, "UsersLogs", retention=logs.RetentionDays.ONE_MONTH, removal_policy=RemovalPolicy.DESTROY
        )
        to_logs = iam.PolicyStatement(
            actions=["logs:CreateLogStream", "logs:PutLogEvents"], resources=[log_group.log_group_arn]
        )
        to_xray = iam.PolicyStatement(actions=["xray:PutTraceSegments", "xray:PutTelemetryRecords"], resources=["*"])
        role = iam.Role(
            self.stack,
            "UsersRole",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            inline_policies={"Runtime": iam.PolicyDocument(statements=[to_logs, to_xray])},
        )
        runtime, architecture = lambda_.Runtime.PYTHON_3_14, lambda_.Architecture.ARM_64
        function = lambda_.Function(
            self.stack,
            "UsersFunction",
            code=python_code(RUNTIME, runtime=runtime, architecture=architecture, exclude=["sql_runner"]),
            handler="database_users.index.handler",
            runtime=runtime,
            architecture=architecture,
            memory_size=256,
            timeout=Duration.seconds(240),
            ephemeral_storage_size=Size.mebibytes(512),
            description="Makes the database users that functions connect as",
            environment={"POWERTOOLS_SERVICE_NAME": "database-users"},
            log_group=log_group,
            logging_format=lambda_.LoggingFormat.JSON,
            role=role,
        )
        # The constructor's `tracing` would let the role send traces once more, in its other policy.
        resource = cast("lambda_.CfnFunction", function.node.default_child)
        resource.tracing_config = lambda_.CfnFunction.TracingConfigProperty(mode="Active")
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[self.master_secret.secret_arn])
        )
        function.add_to_role_policy(
            iam.PolicyStatement(actions=["rds-data:ExecuteStatement"], resources=[self.cluster.cluster_arn])
        )
        return role, function


def _compliance(*rules: str) -> list[str]:
    return [f"{pack}-{rule}" for pack in ("HIPAA.Security", "NIST.800.53.R5", "PCI.DSS.321") for rule in rules]


def accept(construct: IConstruct, *findings: str) -> None:
    """Accept all findings of a construct at once; better reasons would cost no more."""
    names = [each if "::" in each.partition("[")[0] else f"{each.partition('-')[0]}::{each}" for each in findings]
    accepted = (Acknowledgment(id=name, reason="Right here.") for name in names)
    Validations.of(construct).acknowledge(*accepted)
