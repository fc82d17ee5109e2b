"""A table of approvals on the local AWS, with the keys and the indexes that the desk makes."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from constructs_lib.local import LocalAws
from sample_app.people import Person
from tests.approval.trial_desk import TrialDesk, deployed

INDEXES = {"Waiting": "waiting_for", "Escalated": "escalated_to", "Decisions": "decider"}
NAMES = ("approval_id", "entry", "place", *INDEXES.values())


@pytest.fixture
def approvals(local_aws: LocalAws) -> Iterator[Any]:
    """An empty table."""
    client = local_aws.client("dynamodb")
    client.create_table(
        TableName="approvals",
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "approval_id", "KeyType": "HASH"},
            {"AttributeName": "entry", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in NAMES],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": attribute, "KeyType": "HASH"},
                    {"AttributeName": "place", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, attribute in INDEXES.items()
        ],
    )
    environment = local_aws.environment
    yield boto3.resource(
        "dynamodb",
        region_name=local_aws.region,
        endpoint_url=local_aws.endpoint_url,
        verify=environment["AWS_CA_BUNDLE"],
        aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
    ).Table("approvals")
    client.delete_table(TableName="approvals")


@pytest.fixture(scope="package")
def trial(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrialDesk]:
    """A deployed desk, one for all tests that try how much it bears."""
    with deployed(local_aws, "Trial", tmp_path_factory.mktemp("trial")) as trial:
        yield trial


@pytest.fixture(scope="package")
def manager(trial: TrialDesk) -> Person:
    """Somebody who decides at that desk."""
    return trial.hire("manager")
