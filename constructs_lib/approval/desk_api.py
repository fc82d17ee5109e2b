"""What answers the desk's API to signed-in people."""

from aws_cdk import Duration
from constructs import Construct

from constructs_lib.approval.desk_function import desk_function
from constructs_lib.functions.python_function import PythonFunction
from constructs_lib.items.item_table import ItemTable

ROUTES = ("GET /approvals", "GET /approvals/{approval_id}", "GET /decisions", "POST /approvals/{approval_id}/decision")


def desk_api_function(desk: Construct, *, table: ItemTable, retention: Duration) -> PythonFunction:
    """Make the function; it reads and writes items of the table, deletes none, and reaches no workflow."""
    function = desk_function(
        desk,
        "ApiFunction",
        handler="desk.api.handler",
        timeout=Duration.seconds(10),
        encryption_key=table.encryption_key,
        environment={"RETENTION_SECONDS": str(int(retention.to_seconds(integral=False)))},
    )
    table.grant(function, "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
    table.grant(function, "dynamodb:Query")
    return function
