"""Two stacks: a database, and functions that connect to it as several users; the context says which form they have.

``engine`` is ``aurora`` or ``instance``. ``form`` is ``first``; ``second``, with another user and other rights of one;
or ``broken``, which takes those rights back and then fails.
"""

from pathlib import Path

from aws_cdk import App, CfnOutput, CustomResource, Duration, RemovalPolicies, RemovalPolicy, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from constructs_lib import DatabaseEngine, ProxiedDatabase, PythonFunction

ENGINES = {"aurora": DatabaseEngine.aurora_postgres("17.9", readers=1), "instance": DatabaseEngine.postgres("17.9")}
HANDLERS = Path(__file__).with_name("handlers")


class Data(Stack):
    """The network and the database, which outlives the stack if it is Aurora's."""

    def __init__(self, scope: Construct, id: str, *, engine: str, form: str) -> None:
        super().__init__(scope, id)
        subnets = [ec2.SubnetConfiguration(name="Inner", subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)]
        self.vpc = ec2.Vpc(self, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=subnets)
        if engine == "aurora":
            # A database that is kept keeps its network: without it, the stack could not be deleted.
            RemovalPolicies.of(self.vpc).apply(RemovalPolicy.RETAIN)
        self.orders = ProxiedDatabase(
            self,
            "Orders",
            vpc=self.vpc,
            engine=ENGINES[engine],
            database_name="orders",
            deletion_protection=False,
            drop_users=engine == "instance",
            removal_policy=RemovalPolicy.RETAIN if engine == "aurora" else RemovalPolicy.DESTROY,
        )
        if form == "broken":
            fails = CustomResource(
                self,
                "Fails",
                resource_type="Custom::DatabaseUser",
                service_token=self.orders.users.function.function_arn,
                service_timeout=Duration.minutes(1),
                properties={"Family": "oracle"},
            )
            fails.node.add_dependency(self.orders.users)


class Functions(Stack):
    """One function a user."""

    def __init__(self, scope: Construct, id: str, *, data: Data, form: str) -> None:
        super().__init__(scope, id)
        users = {"Write": ("app", False), "Report": ("viewer", form != "second")}
        if form == "second":
            users["Audit"] = ("auditor", True)
        for name, (user, read_only) in users.items():
            function = PythonFunction(
                self,
                name,
                source=HANDLERS,
                vpc=data.vpc,
                modules=["constructs_lib.relational.client"],
            )
            data.orders.grant_connect(function, user, read_only=read_only)
            CfnOutput(self, f"{name}Name", value=function.function_name)
        # Without a grant, and with all that the environment of one would tell it.
        stranger = PythonFunction(
            self,
            "Stranger",
            source=HANDLERS,
            vpc=data.vpc,
            modules=["constructs_lib.relational.client"],
            environment={
                "DB_HOST": data.orders.proxy.endpoint,
                "DB_PORT": "5432",
                "DB_NAME": "orders",
                "DB_USER": "app",
                "DB_ENGINE": "postgres",
            },
        )
        stranger.node.add_dependency(data.orders)
        CfnOutput(self, "StrangerName", value=stranger.function_name)


app = App(analytics_reporting=False)
engine, form = app.node.get_context("engine"), app.node.get_context("form")
data = Data(app, f"Data-{engine}", engine=engine, form=form)
Functions(app, f"Functions-{engine}", data=data, form=form)
app.synth()
