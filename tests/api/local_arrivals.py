"""What reached the desk's services, seen with an administrator's eyes."""

import json
from typing import Any

from tests.api.local_desk import Desk
from tests.api.local_services import DETAIL_TYPE, SOURCE

WRITES = ("orders", "workflow", "events")
"""The services that a body is sent to."""


def taken(desk: Desk, queue: str) -> Any:
    """A message that waits in a queue, taken from it; None without one."""
    sqs, url = desk.client("sqs"), desk.outputs[queue]
    asked = {"WaitTimeSeconds": 2, "MessageAttributeNames": ["All"]}
    for message in sqs.receive_message(QueueUrl=url, **asked).get("Messages", []):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return message
    return None


def arrived(desk: Desk, service: str, id: str) -> str:
    """The text that reached a service, which calls it by an id."""
    match service:
        case "orders":
            message = taken(desk, "HereOrders")
            assert message["MessageId"] == id
            return str(message["Body"])
        case "workflow":
            arn = f"{desk.outputs['HereWorkflow'].replace(':stateMachine:', ':execution:')}:{id}"
            return str(desk.client("stepfunctions").describe_execution(executionArn=arn)["input"])
    event = json.loads(taken(desk, "HereHeard")["Body"])
    assert (event["id"], event["source"], event["detail-type"]) == (id, SOURCE, DETAIL_TYPE)
    return json.dumps(event["detail"])


def put_note(desk: Desk, owner: str, number: str) -> dict[str, Any]:
    """An item of somebody's, put into the table."""
    item = {"owner": {"S": owner}, "number": {"N": number}}
    desk.client("dynamodb").put_item(TableName=desk.outputs["HereNotes"], Item=item)
    return item
