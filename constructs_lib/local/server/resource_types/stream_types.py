"""The types of Kinesis streams that are made by calls to the emulator's API."""

from typing import Any

from constructs_lib.local.server.emulator import register_resource_type
from constructs_lib.local.server.resource_types.api_type import ApiType, Client, call
from constructs_lib.local.server.resource_types.resource_type import Created, Properties


def register_stream_types(client: Client) -> None:
    """Teach CloudFormation these types."""
    consumer = ApiType(client, "kinesis", _register_consumer, _deregister_consumer)
    register_resource_type("AWS::Kinesis::StreamConsumer", consumer)


def _register_consumer(kinesis: Any, properties: Properties) -> Created:
    consumer = call(kinesis, "register_stream_consumer", properties)["Consumer"]
    told = {
        "ConsumerARN": consumer["ConsumerARN"],
        "ConsumerName": consumer["ConsumerName"],
        "ConsumerStatus": consumer["ConsumerStatus"],
        "StreamARN": properties["StreamARN"],
    }
    return consumer["ConsumerARN"], told


def _deregister_consumer(kinesis: Any, name: str) -> None:
    kinesis.deregister_stream_consumer(ConsumerARN=name)
