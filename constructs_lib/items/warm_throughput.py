"""What a table can take at once from its first second on."""

from aws_cdk import aws_dynamodb as dynamodb

from constructs_lib.arguments import require_within
from constructs_lib.quotas import DYNAMODB_WARM_READS, DYNAMODB_WARM_WRITES


def require_warm(argument: str, warm: dynamodb.WarmThroughput | None) -> None:
    """Raise `InvalidArgument` for less than what a new table has anyway: DynamoDB refuses to lower it."""
    if warm is None:
        return
    for value, quota in (
        (warm.read_units_per_second, DYNAMODB_WARM_READS),
        (warm.write_units_per_second, DYNAMODB_WARM_WRITES),
    ):
        if value is not None:
            require_within(argument, value, quota)
