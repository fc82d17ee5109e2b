"""Functions beyond Lambda's limits, and where they should not be."""

from pathlib import Path

from aws_cdk import Duration, Environment, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from tests.checks.broken.function import function


class Functions(Stack):
    """Breaks LAMBDA-1 to LAMBDA-8."""

    def __init__(self, scope: Construct, id: str, *, package: Path, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        small = lambda_.CfnFunction(
            self,
            "Small",
            code=lambda_.CfnFunction.CodeProperty(zip_file="def handler(*_): ..."),
            role="arn:aws:iam::111122223333:role/small",
            runtime="python3.13",
            handler="index.handler",
        )
        small.memory_size = 64
        small.timeout = 1200
        small.ephemeral_storage = lambda_.CfnFunction.EphemeralStorageProperty(size=256)
        large = {f"SETTING_{number}": "x" * 100 for number in range(50)}
        small.environment = lambda_.CfnFunction.EnvironmentProperty(variables=large)

        package.mkdir()
        with (package / "model.bin").open("wb") as file:
            file.truncate(260 * 1024 * 1024)
        lambda_.Function(
            self,
            "Packed",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler="index.handler",
            code=lambda_.Code.from_asset(str(package)),
        )

        vpc = ec2.Vpc(self, "Vpc", nat_gateways=0)
        function(
            self,
            "Outside",
            vpc=vpc,
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            allow_public_subnet=True,
        )

        slow = function(self, "Slow", timeout=Duration.minutes(5))
        api = apigateway.RestApi(self, "Api", cloud_watch_role=False)
        api.root.add_method(
            "POST", apigateway.LambdaIntegration(slow), authorization_type=apigateway.AuthorizationType.IAM
        )
        queue = sqs.Queue(self, "Queue", visibility_timeout=Duration.minutes(5))
        slow.add_event_source(sources.SqsEventSource(queue))
