"""Calls that fail on purpose: answered with an error, done without an answer, or not answered at all."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from constructs_lib.local.errors import LocalAwsError
from tests.local.test_workflow_tasks import run

pytestmark = pytest.mark.local_aws


@pytest.fixture
def queue_url(local_aws: LocalAws) -> str:
    url: str = local_aws.client("sqs").create_queue(QueueName="faults")["QueueUrl"]
    return url


def messages(aws: LocalAws, queue_url: str) -> int:
    """How many messages came, which are then gone."""
    sqs = aws.client("sqs")
    told = sqs.get_queue_attributes(QueueUrl=queue_url, AttributeNames=["ApproximateNumberOfMessages"])
    sqs.purge_queue(QueueUrl=queue_url)
    return int(told["Attributes"]["ApproximateNumberOfMessages"])


@pytest.mark.parametrize(
    ("error", "status"), [("ThrottlingException", 400), ("InternalError", 500), ("ServiceUnavailable", 500)]
)
def test_a_call_is_refused_until_the_fault_ends(local_aws: LocalAws, queue_url: str, error: str, status: int) -> None:
    sqs = local_aws.client("sqs")
    with local_aws.fault("sqs:SendMessage", error=error) as fault:
        with pytest.raises(ClientError) as refused:
            sqs.send_message(QueueUrl=queue_url, MessageBody="lost")
        sqs.get_queue_attributes(QueueUrl=queue_url)  # Of another action.
        assert fault.hits >= 1
    assert refused.value.response["Error"]["Code"] == error
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert messages(local_aws, queue_url) == 0
    sqs.send_message(QueueUrl=queue_url, MessageBody="sent")
    assert messages(local_aws, queue_url) == 1


def test_a_call_is_done_and_its_answer_lost(local_aws: LocalAws, queue_url: str) -> None:
    with local_aws.fault("sqs:SendMessage", is_done=True) as fault, pytest.raises(ClientError):
        local_aws.client("sqs").send_message(QueueUrl=queue_url, MessageBody="sent")
    assert messages(local_aws, queue_url) == fault.hits


def test_a_call_is_not_answered_until_the_fault_ends(local_aws: LocalAws, queue_url: str) -> None:
    with ThreadPoolExecutor(1) as caller:
        with local_aws.fault("sqs:SendMessage", error=None) as fault:
            sending = caller.submit(local_aws.client("sqs").send_message, QueueUrl=queue_url, MessageBody="lost")
            while not fault.hits:
                time.sleep(0.01)
            time.sleep(0.2)
            assert not sending.done()
        with pytest.raises(ClientError, match="ServiceUnavailable"):
            sending.result(timeout=10)
    assert messages(local_aws, queue_url) == 0


def test_tasks_of_state_machines_meet_it_too(local_aws: LocalAws) -> None:
    arguments = {"TableName": "none", "Key": {"id": {"S": "1"}}}
    task = {"Resource": "arn:aws:states:::aws-sdk:dynamodb:getItem", "Parameters": arguments}
    with local_aws.fault("dynamodb:GetItem", error="ProvisionedThroughputExceededException") as fault:
        end = run(local_aws, "meets-a-fault", task, "dynamodb:GetItem")
    assert (end["error"], fault.hits) == ("DynamoDb.ProvisionedThroughputExceededException", 1)
    assert end["cause"] == "A fault on purpose."


def test_nothing_goes_wrong_with_what_does_not_run() -> None:
    with pytest.raises(LocalAwsError, match="is not running"), LocalAws().fault("sqs:SendMessage"):
        raise AssertionError
