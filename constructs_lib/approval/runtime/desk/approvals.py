"""The desk's table: approvals, and beside each what happened to it."""

import heapq
import os
from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

import boto3
from boto3.dynamodb.conditions import Attr, Key
from botocore.config import Config
from botocore.exceptions import ClientError

from . import audit
from .approval import Approval
from .moments import now

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PAGE = 25
"""How many approvals a list shows at a time: with details of 256 KB each, they fit into one answer of DynamoDB's."""
_HISTORY = 100
_ID_LENGTH = 80
"""An approval's id is the name of its execution (Step Functions service quotas)."""
_WAITING = {"Waiting": "waiting_for", "Escalated": "escalated_to"}
"""The indexes of what is pending, and the attribute of each that names a group."""

_ADD = "SET decisions = list_append(decisions, :new)"
# Out of the indexes, and without the token: the stream still has that, for the teller alone.
_CLOSE = ", #status = :status, forget_at = :forget REMOVE waiting_for, escalated_to, task_token"

# By default boto3 would try for longer than the function has time to say that it was in vain.
_PATIENCE = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 3})
_table: "Table | None" = None

Page = tuple[list[dict[str, Any]], str | None]
"""Items, and where the next page begins."""


class ChangedMeanwhileError(Exception):
    """Somebody else wrote between reading and writing: read again."""


def table() -> "Table":
    """Return the table; the client is kept between invocations."""
    global _table
    if _table is None:
        _table = boto3.resource("dynamodb", config=_PATIENCE).Table(os.environ["TABLE_NAME"])
    return _table


def find(approval_id: str) -> Approval | None:
    """Read one approval as it stands now."""
    if len(approval_id) > _ID_LENGTH:  # which DynamoDB might not take for a key at all
        return None
    key = {"approval_id": approval_id, "entry": "approval"}
    item = table().get_item(Key=key, ConsistentRead=True).get("Item")
    return Approval(item, now()) if item else None


def waiting_for(groups: list[str], after: str) -> tuple[list[Approval], str | None]:
    """List what waits for any of some groups, oldest first."""
    piles = [_pile(index, group, after) for index in _WAITING for group in groups]
    # Who is in both the group that was asked and the one that it was escalated to has it in two piles.
    merged = heapq.merge(*piles, key=lambda item: str(item["place"]))
    items, cursor = _page(_without_repeats(merged))
    moment = now()
    return [Approval(item, moment) for item in items], cursor


def decided_by(sub: str, before: str) -> Page:
    """List the decisions of a person, newest first."""
    mine = Key("decider").eq(sub)
    condition = mine & Key("place").lt(before) if before else mine
    return _page(_query(IndexName="Decisions", KeyConditionExpression=condition, ScanIndexForward=False, Limit=PAGE))


def all_of(approval_ids: list[str]) -> dict[str, Approval]:
    """Read several approvals; those that are forgotten already are left out."""
    keys: list[dict[str, Any]] = [{"approval_id": each, "entry": "approval"} for each in dict.fromkeys(approval_ids)]
    found: dict[str, Approval] = {}
    moment = now()
    while keys:
        answer = table().meta.client.batch_get_item(RequestItems={table().name: {"Keys": keys}})
        for item in answer["Responses"].get(table().name, []):
            found[str(item["approval_id"])] = Approval(item, moment)
        left = answer["UnprocessedKeys"].get(table().name)
        keys = [dict(key) for key in left["Keys"]] if left else []
    return found


def history(approval_id: str) -> list[dict[str, Any]]:
    """List what happened to an approval, oldest first: its last hundred entries."""
    answer = table().query(
        KeyConditionExpression=Key("approval_id").eq(approval_id) & Key("entry").begins_with(audit.PREFIX),
        ScanIndexForward=False,
        ConsistentRead=True,
        Limit=_HISTORY,
    )
    return answer["Items"][::-1]


def add_entry(entry: dict[str, Any]) -> None:
    """Put an entry beside an approval that stays as it is."""
    table().put_item(Item=entry)


def store(approval: Approval, decision: dict[str, str], entry: dict[str, Any]) -> None:
    """Add a decision and its entry, if the approval still stands as it was read; the last of the quorum closes it.

    Raises:
        ChangedMeanwhileError: it does not, or somebody else writes just now.
    """
    closed = {":status": entry["status"], ":forget": entry["forget_at"]}
    closes = entry["status"] != "pending"
    update: Any = {
        "TableName": table().name,
        "Key": {"approval_id": approval.id, "entry": "approval"},
        "UpdateExpression": _ADD + (_CLOSE if closes else ""),
        # Decisions are only ever added: as many as were read are those that were read.
        "ConditionExpression": "#status = :pending AND size(decisions) = :known",
        "ExpressionAttributeNames": {"#status": "status"},
        "ExpressionAttributeValues": {
            ":pending": "pending",
            ":known": len(approval.decisions),
            ":new": [decision],
            **(closed if closes else {}),
        },
    }
    put: Any = {"TableName": table().name, "Item": entry, "ConditionExpression": "attribute_not_exists(approval_id)"}
    try:
        table().meta.client.transact_write_items(TransactItems=[{"Update": update}, {"Put": put}])
    except ClientError as error:
        if error.response["Error"]["Code"] != "TransactionCanceledException":
            raise
        raise ChangedMeanwhileError(approval.id) from error


def _pile(index: str, group: str, after: str) -> Iterator[dict[str, Any]]:
    pile = Key(_WAITING[index]).eq(group)
    condition = pile & Key("place").gt(after) if after else pile
    # One whose workflow was stopped stays in the index until it is forgotten, and waits for nobody.
    in_time = Attr("expires_at").gt(now())
    return _query(IndexName=index, KeyConditionExpression=condition, FilterExpression=in_time, Limit=PAGE)


def _query(**query: Any) -> Iterator[dict[str, Any]]:
    while True:
        answer = table().query(**query)
        yield from answer["Items"]
        if "LastEvaluatedKey" not in answer:
            return
        query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]


def _without_repeats(items: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    last = ""
    for item in items:
        if item["place"] != last:
            yield item
        last = item["place"]


def _page(items: Iterator[dict[str, Any]]) -> Page:
    page = list(islice(items, PAGE))
    return page, str(page[-1]["place"]) if next(items, None) else None
