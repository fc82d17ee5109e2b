"""Functions that do nothing."""

from typing import Any

from aws_cdk import aws_lambda as lambda_
from constructs import Construct


def function(scope: Construct, id: str, **settings: Any) -> lambda_.Function:
    """Make a function with CDK's own construct."""
    return lambda_.Function(
        scope,
        id,
        runtime=lambda_.Runtime.PYTHON_3_13,
        handler="index.handler",
        code=lambda_.Code.from_inline("def handler(*_): ..."),
        **settings,
    )
