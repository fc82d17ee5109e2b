"""A database that nobody reaches as they should."""

from aws_cdk import Environment, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_sns as sns
from constructs import Construct

from tests.checks.broken.function import function


class Relational(Stack):
    """Breaks RDS-1 to RDS-9."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        self.vpc = ec2.Vpc(self, "Vpc", nat_gateways=1)
        database = rds.DatabaseInstance(
            self,
            "Ledger",
            engine=rds.DatabaseInstanceEngine.postgres(version=rds.PostgresEngineVersion.VER_16),
            vpc=self.vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            publicly_accessible=True,
        )
        proxy = self._proxy(database)
        inside = ec2.SecurityGroup(self, "Inside", vpc=self.vpc)
        address = {"DB_HOST": proxy.endpoint}
        function(self, "Unheard", vpc=self.vpc, security_groups=[inside], environment=address)
        direct = function(self, "Direct", vpc=self.vpc, environment={"DB_HOST": database.instance_endpoint.hostname})
        database.connections.allow_default_port_from(direct)
        self._calls()
        rds.CfnEventSubscription(self, "Failovers", sns_topic_arn=self._topic().topic_arn, source_type="db-instance")

    def _proxy(self, database: rds.DatabaseInstance) -> rds.DatabaseProxy:
        group = ec2.SecurityGroup(self, "ProxyGroup", vpc=self.vpc)
        secret = database.secret
        assert secret is not None
        proxy = rds.DatabaseProxy(
            self,
            "Proxy",
            proxy_target=rds.ProxyTarget.from_instance(database),
            secrets=[secret],
            vpc=self.vpc,
            security_groups=[group],
            require_tls=False,
            iam_auth=False,
        )
        far = function(self, "Far")
        proxy.grant_connect(far, "app")
        role = iam.Role(self, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        rds.CfnDBProxy(
            self,
            "EndToEnd",
            db_proxy_name="end-to-end",
            engine_family="POSTGRESQL",
            require_tls=True,
            default_auth_scheme="IAM_AUTH",
            role_arn=role.role_arn,
            vpc_subnet_ids=[subnet.subnet_id for subnet in self.vpc.private_subnets],
        )
        return proxy

    def _calls(self) -> None:
        role = iam.Role(self, "CallerRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        associated = rds.CfnDBCluster.DBClusterRoleProperty(role_arn=role.role_arn, feature_name="Lambda")
        rds.CfnDBCluster(self, "Calling", engine="aurora-postgresql", associated_roles=[associated])

    def _topic(self) -> sns.Topic:
        topic = sns.Topic(self, "Operators")
        topic.grant_publish(iam.ServicePrincipal("cloudwatch.amazonaws.com"))
        return topic
