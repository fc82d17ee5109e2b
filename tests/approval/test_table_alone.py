"""The desk's reads and writes without AWS: what a table is asked, and what is made of its answers."""

from copy import deepcopy
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.approval.runtime.desk import approvals as desk_table
from constructs_lib.approval.runtime.desk.approval import Approval
from tests.approval.desk_api import ask, moment


class Table:
    """Answers what it was given, and remembers what it was asked."""

    name = "approvals"

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), list[tuple[str, dict[str, Any]]]()
        self.meta = SimpleNamespace(client=self)

    def __getattr__(self, operation: str) -> Any:
        def ask(**request: Any) -> Any:
            self.asked.append((operation, deepcopy(request)))
            answer = self.answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return ask


def answering(monkeypatch: pytest.MonkeyPatch, *answers: Any) -> Table:
    table = Table(*answers)
    monkeypatch.setattr(desk_table, "_table", table)
    return table


def item(approval_id: str, **more: Any) -> dict[str, Any]:
    kept: dict[str, dict[str, Any]] = {}
    ask(SimpleNamespace(put_item=lambda Item: kept.update(one=Item)), approval_id, **more)  # noqa: N803 - boto3's name
    return kept["one"]


def test_an_approval_is_read_as_it_stands_now(monkeypatch: pytest.MonkeyPatch) -> None:
    table = answering(monkeypatch, {"Item": item("one")}, {})
    found = desk_table.find("one")
    assert found is not None
    assert found.id == "one"
    assert desk_table.find("one") is None
    assert desk_table.find("x" * 81) is None
    reads = ("get_item", {"Key": {"approval_id": "one", "entry": "approval"}, "ConsistentRead": True})
    assert table.asked == [reads, reads]


def test_lists_are_read_to_their_end_in_one_order_without_repeats(monkeypatch: pytest.MonkeyPatch) -> None:
    places = {name: item(name, place=name) for name in "abc"}
    pages = [
        {"Items": [places["a"]], "LastEvaluatedKey": {"place": "a"}},
        {"Items": [places["b"], places["c"]]},
        {"Items": [places["c"]]},
    ]
    table = answering(monkeypatch, pages[0], pages[2], pages[1])
    found, cursor = desk_table.waiting_for(["managers"], after="0")
    assert ([each.id for each in found], cursor) == (["a", "b", "c"], None)
    assert [asked["IndexName"] for _, asked in table.asked] == ["Waiting", "Escalated", "Waiting"]
    assert table.asked[-1][1]["ExclusiveStartKey"] == {"place": "a"}


def test_a_page_that_is_not_the_last_says_where_the_next_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {"Items": [{"place": f"{number:02}"} for number in range(26)]})
    entries, cursor = desk_table.decided_by("sub-of-max", before="99")
    assert (len(entries), cursor) == (25, "24")


def test_what_a_table_has_not_answered_yet_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    left = {"approvals": {"Keys": [{"approval_id": "b", "entry": "approval"}]}}
    first = {"Responses": {"approvals": [item("a")]}, "UnprocessedKeys": left}
    table = answering(monkeypatch, first, {"Responses": {"approvals": [item("b")]}, "UnprocessedKeys": {}})
    assert set(desk_table.all_of(["a", "b", "a"])) == {"a", "b"}
    assert [len(asked["RequestItems"]["approvals"]["Keys"]) for _, asked in table.asked] == [2, 1]


def test_the_history_is_the_last_hundred_entries_oldest_first(monkeypatch: pytest.MonkeyPatch) -> None:
    table = answering(monkeypatch, {"Items": [{"at": "2"}, {"at": "1"}]}, {})
    assert desk_table.history("one") == [{"at": "1"}, {"at": "2"}]
    asked = table.asked[0][1]
    assert (asked["ScanIndexForward"], asked["ConsistentRead"], asked["Limit"]) == (False, True, 100)
    desk_table.add_entry({"entry": "e"})
    assert table.asked[1] == ("put_item", {"Item": {"entry": "e"}})


@pytest.mark.parametrize(("status", "closes"), [("pending", False), ("approved", True)])
def test_a_decision_is_written_with_its_entry_if_all_stands_as_it_was_read(
    monkeypatch: pytest.MonkeyPatch, status: str, closes: bool
) -> None:
    table = answering(monkeypatch, {})
    entry = {"approval_id": "one", "entry": "e", "status": status, "forget_at": 1}
    desk_table.store(Approval(item("one"), moment()), {"by": "max"}, entry)
    ((operation, asked),) = table.asked
    update, put = asked["TransactItems"][0]["Update"], asked["TransactItems"][1]["Put"]
    assert operation == "transact_write_items"
    assert update["ConditionExpression"] == "#status = :pending AND size(decisions) = :known"
    assert ("REMOVE waiting_for, escalated_to, task_token" in update["UpdateExpression"]) is closes
    assert update["ExpressionAttributeValues"][":known"] == 0
    assert (":status" in update["ExpressionAttributeValues"]) is closes
    assert (put["Item"], put["ConditionExpression"]) == (entry, "attribute_not_exists(approval_id)")


@pytest.mark.parametrize(
    ("code", "raised"),
    [("TransactionCanceledException", desk_table.ChangedMeanwhileError), ("AccessDeniedException", ClientError)],
)
def test_a_cancelled_write_is_told_from_one_that_failed(
    monkeypatch: pytest.MonkeyPatch, code: str, raised: type[Exception]
) -> None:
    answering(monkeypatch, ClientError({"Error": {"Code": code, "Message": ""}}, "TransactWriteItems"))
    entry = {"approval_id": "one", "entry": "e", "status": "pending", "forget_at": 1}
    with pytest.raises(raised):
        desk_table.store(Approval(item("one"), moment()), {"by": "max"}, entry)


def test_the_client_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def table(name: str) -> str:
        made.append(name)
        return name

    monkeypatch.setattr("boto3.resource", lambda *_, **__: SimpleNamespace(Table=table))
    monkeypatch.setattr(desk_table, "_table", None)
    monkeypatch.setenv("TABLE_NAME", "approvals")
    assert [desk_table.table(), desk_table.table()] == ["approvals"] * 2
    assert made == ["approvals"]
