"""Code at the edge that CloudFront would refuse."""

from aws_cdk import Duration, Environment, Stack
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct


class Edge(Stack):
    """Breaks EDGE-1 to EDGE-4."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        principals = [iam.ServicePrincipal(f"{name}.amazonaws.com") for name in ("lambda", "edgelambda")]
        greet = lambda_.Function(
            self,
            "Greet",
            runtime=lambda_.Runtime.NODEJS_22_X,
            handler="index.handler",
            code=lambda_.Code.from_inline("exports.handler = async (event) => event.Records[0].cf.request;"),
            timeout=Duration.seconds(10),
            role=iam.Role(self, "Role", assumed_by=iam.CompositePrincipal(*principals)),
        )
        cloudfront.Distribution(
            self,
            "Site",
            default_behavior=cloudfront.BehaviorOptions(
                origin=origins.HttpOrigin("origin.example.com"),
                edge_lambdas=[
                    cloudfront.EdgeLambda(
                        event_type=cloudfront.LambdaEdgeEventType.VIEWER_REQUEST, function_version=greet.current_version
                    )
                ],
            ),
        )
        cloudfront.CfnFunction(
            self,
            "Long",
            name="long",
            function_code="function handler(event) { return event.request; }" + " " * 10_240,
            function_config=cloudfront.CfnFunction.FunctionConfigProperty(
                comment="too long", runtime="cloudfront-js-2.0"
            ),
        )
