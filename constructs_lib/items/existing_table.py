"""A table that exists already: a construct of this app, or imported."""

from collections.abc import Sequence
from typing import cast

from aws_cdk import CfnResource, Stack
from aws_cdk import aws_dynamodb as dynamodb

from constructs_lib.arguments import InvalidArgument, require
from constructs_lib.items.stream_source import IMAGES, OwnTable

_SOURCE = "constructs_lib.items"
_STREAMS = "Change data capture for DynamoDB Streams"


def require_fitting(table: dynamodb.ITable, key: Sequence[dynamodb.Attribute]) -> None:
    """Raise `InvalidArgument` if a table can be seen to have another key than the one that is stated."""
    resource = table.node.default_child
    if not isinstance(resource, (dynamodb.CfnGlobalTable, dynamodb.CfnTable)):
        return
    resolve = Stack.of(table).resolve
    types = {each["attributeName"]: each["attributeType"] for each in resolve(resource.attribute_definitions)}
    own = [f"{each['attributeName']}:{types[each['attributeName']]}" for each in resolve(resource.key_schema)]
    stated = [f"{attribute.name}:{attribute.type.value[0]}" for attribute in key]
    require(stated == own, "the key", f"be the existing table's, {own}", stated, _SOURCE)


def require_own(table: dynamodb.ITable) -> OwnTable:
    """Return a table whose streams this app can switch on.

    Raises:
        InvalidArgument: it was imported into this app: then its streams are whose it is.
    """
    if not isinstance(table, (dynamodb.TableV2, dynamodb.Table)):
        raise InvalidArgument("table", "be a table of this app, to send its changes", table.node.path, _SOURCE)
    return table


def require_both_images(table: OwnTable) -> None:
    """Raise `InvalidArgument` if a table has a stream with less in it than a listener is promised.

    To change that would make another stream, and whoever reads the one that there is would hear nothing more.
    """
    # Not the property of this name: jsii cannot read a global table's, which may still change.
    properties = cast("CfnResource", table.node.default_child)._cfn_properties
    specification = Stack.of(table).resolve(properties.get("streamSpecification")) or {}
    images = specification.get("streamViewType", IMAGES)
    require(images == IMAGES, "table", f"have no stream yet, or one of {IMAGES}", images, _STREAMS)
