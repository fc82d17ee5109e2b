"""The API's function without AWS, over a shelf in place of the table: what it answers, and what it writes."""

from copy import deepcopy
from typing import Any

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from constructs_lib.approval.runtime.desk import approvals as desk_table
from constructs_lib.approval.runtime.desk.approval import Approval
from tests.approval.desk_api import DORA, MAX, MAYA, ask, call, decide, moment

OLGA = {"sub": "sub-of-olga", "email": "olga@example.com", "cognito:groups": "staff"}


class Shelf:
    """Keeps approvals and their audit, in place of a table."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}
        self.entries: list[dict[str, Any]] = []
        self.meanwhile: list[dict[str, Any]] = []
        """What others do to the approval between a read and the write after it."""

    def put_item(self, *, Item: dict[str, Any]) -> None:  # noqa: N803 - boto3's name
        self.items[Item["approval_id"]] = Item

    def find(self, approval_id: str) -> Approval | None:
        item = self.items.get(approval_id)
        return Approval(deepcopy(item), moment()) if item else None

    def store(self, approval: Approval, decision: dict[str, str], entry: dict[str, Any]) -> None:
        item = self.items[approval.id]
        if self.meanwhile:
            item |= self.meanwhile.pop()
        if item["status"] != "pending" or len(item["decisions"]) != len(approval.decisions):
            raise desk_table.ChangedMeanwhileError
        item |= {"decisions": [*item["decisions"], decision], "status": entry["status"]}
        self.entries.append(entry)

    def history(self, approval_id: str) -> list[dict[str, Any]]:
        return [entry for entry in self.entries if entry["approval_id"] == approval_id]

    def waiting_for(self, groups: list[str], after: str) -> tuple[list[Approval], str | None]:
        waits = [item for item in self.items.values() if item["waiting_for"] in groups and item["place"] > after]
        return [Approval(item, moment()) for item in waits], "next"

    def decided_by(self, sub: str, before: str) -> tuple[list[dict[str, Any]], str | None]:
        return [entry for entry in self.entries if entry.get("decider") == sub and entry["place"] != before], None

    def all_of(self, approval_ids: list[str]) -> dict[str, Approval]:
        return {each: Approval(self.items[each], moment()) for each in approval_ids if each in self.items}


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    shelf = Shelf()
    for name in ("find", "store", "history", "waiting_for", "decided_by", "all_of"):
        monkeypatch.setattr(desk_table, name, getattr(shelf, name))
    monkeypatch.setattr(desk_table, "add_entry", shelf.entries.append)
    monkeypatch.setattr("constructs_lib.approval.runtime.desk.decisions.time.sleep", lambda _: None)
    return shelf


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"GROUPS": '["managers", "directors"]', "RETENTION_SECONDS": "86400"}.items():
        monkeypatch.setenv(name, value)


def test_what_waits_is_listed_shown_decided_and_found_again(shelf: Shelf) -> None:
    ask(shelf)
    status, page = call("GET", "/approvals", MAX)
    assert (status, [each["summary"] for each in page["approvals"]], page["cursor"]) == (200, ["A kettle"], "next")
    assert call("GET", "/approvals", MAX, cursor="9")[1]["approvals"] == []
    assert call("GET", "/approvals/one", MAX)[1]["may_decide"] is True
    assert decide(MAX, "approved", "for tea")[1]["status"] == "approved"
    assert call("GET", "/approvals/one", MAX)[1]["history"][0]["comment"] == "for tea"
    (mine,) = call("GET", "/decisions", MAX)[1]["approvals"]
    assert (mine["decision"], mine["comment"], mine["status"]) == ("approved", "for tea", "approved")
    del shelf.items["one"]
    assert call("GET", "/decisions", MAX)[1]["approvals"] == []


def test_what_is_written_says_who_what_when_why_and_from_where(shelf: Shelf) -> None:
    ask(shelf, quorum=2)
    decide(MAX, "approved", "so")
    decide(MAYA, "rejected", "no")
    first, last = shelf.entries
    assert first | {"by": "max@example.com", "by_sub": "sub-of-max", "address": "192.0.2.7", "comment": "so"} == first
    assert (first["event"], first["status"], first["decider"]) == ("approved", "pending", "sub-of-max")
    assert first["place"] == f"{first['at']} one"
    assert (last["event"], last["status"], last["forget_at"] < first["forget_at"]) == ("rejected", "rejected", True)
    assert first["entry"] != last["entry"]
    assert "task_token" not in first


@pytest.mark.parametrize(
    ("person", "changed", "refused"),
    [
        (DORA, {}, 403),
        (OLGA, {}, 403),
        (MAX, {"barred": "sub-of-max"}, 403),
        (MAX, {"status": "expired"}, 410),
        (MAX, {"expires_at": moment(seconds=-1)}, 410),
        (MAX, {"status": "rejected", "decisions": [{"by": "m", "sub": "m", "decision": "rejected"}]}, 409),
        (MAX, {"quorum": 2, "decisions": [{"by": "max", "sub": "sub-of-max", "decision": "rejected"}]}, 409),
    ],
)
def test_who_cannot_decide_is_refused_on_the_record(
    shelf: Shelf, person: dict[str, str], changed: dict[str, Any], refused: int
) -> None:
    ask(shelf, **changed)
    before = deepcopy(shelf.items)
    assert decide(person)[0] == refused
    assert shelf.items == before
    assert [(entry["event"], entry["by_sub"]) for entry in shelf.entries] == [("refused", person["sub"])]


def test_what_is_not_there_and_what_is_not_theirs_is_shown_to_nobody(shelf: Shelf) -> None:
    ask(shelf)
    assert call("GET", "/approvals/two", MAX)[0] == decide(MAX, approval_id="two")[0] == 404
    assert call("GET", "/approvals/one", DORA)[0] == 403
    assert call("GET", "/approvals/one", OLGA)[0] == call("GET", "/approvals/two", OLGA)[0] == 403
    assert decide(OLGA, approval_id="two")[0] == 403
    assert call("POST", "/approvals/one/decision", MAX, "no json")[0] == decide(MAX, "rejected")[0] == 400
    assert shelf.entries == []


def test_who_finds_that_another_was_faster_judges_again(shelf: Shelf) -> None:
    ask(shelf)
    shelf.meanwhile = [{"status": "approved", "decisions": [{"by": "maya", "sub": "maya", "decision": "approved"}]}]
    assert decide(MAX, "rejected", "no") == (
        409,
        {"message": "already approved by maya", "status": "approved", "decided_by": "maya"},
    )


def test_ones_own_decision_again_changes_nothing(shelf: Shelf) -> None:
    ask(shelf)
    assert [decide(MAX)[0] for _ in range(2)] == [200, 200]
    assert len(shelf.entries) == 1


def test_who_left_the_group_is_not_even_told_what_they_decided(shelf: Shelf) -> None:
    ask(shelf)
    decide(MAX)
    status, said = decide({**MAX, "cognito:groups": "directors"})
    assert (status, list(said)) == (403, ["message"])


@pytest.mark.parametrize("body", ["no json", "[]", '{"decision": "maybe"}', '{"decision": "approved", "comment": 7}'])
def test_what_is_no_decision_is_400(shelf: Shelf, body: str) -> None:
    ask(shelf)
    assert call("POST", "/approvals/one/decision", MAX, body)[0] == 400
    assert call("GET", "/approvals", MAX, cursor="x" * 201)[0] == 400
    assert shelf.entries == []


def test_who_always_finds_that_another_was_faster_is_told_to_try_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody_else(*_: Any) -> None:
        raise desk_table.ChangedMeanwhileError

    ask(shelf)
    monkeypatch.setattr(desk_table, "store", somebody_else)
    assert decide(MAX) == (503, {"message": "the desk is busy: try again"})


def client_error(code: str, **metadata: Any) -> ClientError:
    answer: Any = {"Error": {"Code": code, "Message": ""}, "ResponseMetadata": metadata}
    return ClientError(answer, "GetItem")


@pytest.mark.parametrize(
    "error",
    [
        client_error("ThrottlingException", MaxAttemptsReached=True),
        ReadTimeoutError(endpoint_url="https://dynamodb"),
    ],
)
def test_while_the_table_does_not_answer_one_is_told_to_try_again(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def throttled(*_: Any) -> None:
        raise error

    monkeypatch.setattr(desk_table, "find", throttled)
    for answer in (decide(MAX), call("GET", "/approvals/one", MAX)):
        assert answer == (503, {"message": "the desk is busy: try again"})


def test_an_error_that_will_not_pass_is_an_error(shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*_: Any) -> None:
        raise client_error("AccessDeniedException", HTTPStatusCode=400)

    monkeypatch.setattr(desk_table, "find", denied)
    with pytest.raises(ClientError):
        decide(MAX)
