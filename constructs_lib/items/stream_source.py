"""What feeds a function: a table's own stream, a Kinesis stream, or a consumer with a throughput of its own."""

from typing import TypeAlias, TypeGuard, cast

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesis as kinesis

OwnTable: TypeAlias = dynamodb.TableV2 | dynamodb.Table
"""A table of this app: one that CloudFormation has imported from files is a ``Table``."""

StreamSource: TypeAlias = OwnTable | kinesis.IStream | kinesis.IStreamConsumer

_READ_TABLE_STREAM = (
    "dynamodb:DescribeStream",
    "dynamodb:GetRecords",
    "dynamodb:GetShardIterator",
    "dynamodb:ListStreams",
)
IMAGES = "NEW_AND_OLD_IMAGES"


def let_read(reader: iam.IGrantable, source: StreamSource) -> tuple[str, iam.Grant]:
    """Let somebody read a stream, through its encryption too; give the ARN to read it by, and the grant.

    A table's stream is switched on by that, with the old and the new image of each item, and read through the table's
    encryption only by who may use the table's key.
    """
    if is_table(source):
        arn = _switch_on(source)
        actions = [*_READ_TABLE_STREAM]
        return arn, iam.Grant.add_to_principal(grantee=reader, actions=actions, resource_arns=[arn])
    if _is_consumer(source):
        return source.stream_consumer_arn, source.grant_read(reader)
    stream = cast("kinesis.IStream", source)
    return stream.stream_arn, stream.grant_read(reader)


def is_table(source: StreamSource) -> TypeGuard[OwnTable]:
    """Tell whether changes come from a table's own stream."""
    return isinstance(source, (dynamodb.TableV2, dynamodb.Table))


def _is_consumer(source: StreamSource) -> TypeGuard[kinesis.IStreamConsumer]:
    return hasattr(type(source), "stream_consumer_arn")


def _switch_on(table: OwnTable) -> str:
    """Switch a table's stream on and return its ARN; the CDK itself takes a stream only when it makes the table."""
    resource = table.node.default_child
    if isinstance(resource, dynamodb.CfnTable):
        resource.stream_specification = dynamodb.CfnTable.StreamSpecificationProperty(stream_view_type=IMAGES)
        return resource.attr_stream_arn
    resource = cast("dynamodb.CfnGlobalTable", resource)
    resource.stream_specification = dynamodb.CfnGlobalTable.StreamSpecificationProperty(stream_view_type=IMAGES)
    return resource.attr_stream_arn
