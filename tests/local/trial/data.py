"""The trial app's databases."""

import aws_cdk as cdk
from aws_cdk import aws_dax as dax
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from constructs import Construct

from tests.local.trial.function import DRIVER, function


class Data(cdk.Stack):
    """A database behind a proxy, another database, and functions that do and do not reach the proxy."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        self.vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=1)
        cluster = self.cluster("Database", default_database_name="app")
        other = self.cluster("Other", default_database_name="app")
        role = iam.Role(self, "ProxyRole", assumed_by=iam.ServicePrincipal("rds.amazonaws.com"))
        group = ec2.SecurityGroup(self, "ProxyGroup", vpc=self.vpc)
        self.proxy = rds.DatabaseProxy(
            self,
            "Proxy",
            proxy_target=rds.ProxyTarget.from_cluster(cluster),
            default_auth_scheme=rds.DefaultAuthScheme.IAM_AUTH,
            role=role,
            vpc=self.vpc,
            security_groups=[group],
        )
        for user in ("app", "ghost", "by_password"):
            cluster.grant_connect(role, user)
        self.caller("Client", "app", "ghost", "by_password", "ungranted_on_proxy")
        self.caller("Stranger")
        self.functions(group)
        self.cache()
        self.output("OtherArn", other.cluster_arn)
        self.output("OtherSecretArn", other.secret.secret_arn if other.secret else "")
        self.output("ClusterArn", cluster.cluster_arn)
        self.output("ClusterEndpoint", cluster.cluster_endpoint.hostname)
        self.output("SecretArn", cluster.secret.secret_arn if cluster.secret else "")
        self.output("ProxyEndpoint", self.proxy.endpoint)
        self.output("ProxyName", self.proxy.db_proxy_name)
        self.output("ProxyRole", role.role_name)
        self.output("ProxyGroup", group.security_group_id)

    def cluster(self, id: str, *, default_database_name: str) -> rds.DatabaseCluster:
        """Make an Aurora cluster."""
        return rds.DatabaseCluster(
            self,
            id,
            engine=rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_16_6),
            writer=rds.ClusterInstance.serverless_v2("Writer"),
            default_database_name=default_database_name,
            iam_authentication=True,
            enable_data_api=True,
            removal_policy=cdk.RemovalPolicy.DESTROY,
            vpc=self.vpc,
        )

    def caller(self, id: str, *users: str) -> None:
        """Make a role that the administrator may assume, with a grant on the proxy for each user."""
        role = iam.Role(self, id, assumed_by=iam.AccountPrincipal(self.account))
        for user in users:
            self.proxy.grant_connect(role, user)
        self.output(f"{id}Role", role.role_arn)

    def functions(self, proxy_group: ec2.SecurityGroup) -> None:
        """Make functions with a grant on the proxy: with a path to it, without one, and out of the network."""
        places: dict[str, dict[str, object]] = {"Outside": {}}
        for name in ("Connected", "Unconnected"):
            group = ec2.SecurityGroup(self, f"{name}Group", vpc=self.vpc)
            places[name] = {"vpc": self.vpc, "security_groups": [group]}
            if name == "Connected":
                proxy_group.add_ingress_rule(group, ec2.Port.tcp(5432))
        for name, place in places.items():
            made = function(self, name, "connect", packages=DRIVER, **place)
            made.add_environment("HOST", self.proxy.endpoint)
            self.proxy.grant_connect(made, "app")
            self.output(f"{name}Function", made.function_name)

    def cache(self) -> None:
        """Make a cache, which has no L2."""
        role = iam.Role(self, "CacheRole", assumed_by=iam.ServicePrincipal("dax.amazonaws.com"))
        cache = dax.CfnCluster(
            self,
            "Cache",
            iam_role_arn=role.role_arn,
            node_type="dax.t3.small",
            replication_factor=1,
            cluster_endpoint_encryption_type="TLS",
        )
        self.output("CacheUrl", cache.attr_cluster_discovery_endpoint_url)

    def output(self, id: str, value: str) -> None:
        """Tell the tests."""
        cdk.CfnOutput(self, f"{id}Output", value=value).override_logical_id(id)
