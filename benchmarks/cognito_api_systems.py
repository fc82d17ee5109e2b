"""One system in three ways: users who sign in, an API that asks for their tokens, and a function that answers it all.

Each way says no more than it must. The peer's is its README's minimal deployment.
"""

from pathlib import Path

from aws_cdk import Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_lambda as lambda_

from benchmarks.solutions_constructs import solutions_constructs
from constructs_lib import ApiGatewayLogging, ProtectedApi, PythonFunction, UserDirectory


def peer(stack: Stack, source: Path) -> None:
    """Everything by the pattern of aws-solutions-constructs."""
    function = lambda_.FunctionProps(
        runtime=lambda_.Runtime.PYTHON_3_14,
        architecture=lambda_.Architecture.ARM_64,
        handler="index.handler",
        code=lambda_.Code.from_asset(str(source)),
    )
    solutions_constructs().CognitoToApiGatewayToLambda(stack, "Desk", lambda_function_props=function)


def ours(stack: Stack, source: Path) -> None:
    """The library's way, as it is by default."""
    _desk(stack, source, UserDirectory(stack, "Users"), logging=None)


def ours_with_all(stack: Stack, source: Path) -> None:
    """The library's way with what the peer has by default and it has not: logs of the API and threat protection."""
    users = UserDirectory(stack, "Users", feature_plan=cognito.FeaturePlan.PLUS)
    _desk(stack, source, users, logging=ApiGatewayLogging(stack, "ApiLogging"))


def _desk(stack: Stack, source: Path, users: UserDirectory, *, logging: ApiGatewayLogging | None) -> None:
    users.add_web_client("Web", callback_urls=["https://desk.example.com/signed-in"])
    function = PythonFunction(stack, "Answer", source=source)
    api = ProtectedApi(stack, "Api", users=users, logging=logging)
    api.route("ANY /", function)
    api.route("ANY /{proxy+}", function)
