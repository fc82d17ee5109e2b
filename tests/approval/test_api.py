"""The desk's API on a real table, without what stands around it: each guard of a decision by itself."""

import io
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest

from constructs_lib.approval.desk_api import ROUTES
from constructs_lib.approval.runtime.desk import api
from constructs_lib.approval.runtime.desk import approvals as desk_table
from tests.approval.desk_api import (
    DORA,
    MAX,
    MAYA,
    MILA,
    ask,
    call,
    decide,
    entries,
    moment,
    request,
    send,
    stored,
)

pytestmark = pytest.mark.local_aws


@pytest.fixture(autouse=True)
def desk(approvals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The function's environment."""
    monkeypatch.setattr(desk_table, "_table", approvals)
    for name, value in {"GROUPS": '["managers", "directors"]', "RETENTION_SECONDS": "86400"}.items():
        monkeypatch.setenv(name, value)


def test_a_decision_is_stored_with_who_when_and_why_and_gives_the_token_up(approvals: Any) -> None:
    ask(approvals)
    status, shown = decide(MAX, "approved", "sit less")
    assert (status, shown["status"], shown["approved_by"]) == (200, "approved", ["max@example.com"])
    item = stored(approvals)
    (decision,) = item["decisions"]
    assert datetime.fromisoformat(decision.pop("at")).timestamp() == pytest.approx(
        datetime.now(UTC).timestamp(), abs=30
    )
    assert decision == {"by": "max@example.com", "sub": "sub-of-max", "decision": "approved", "comment": "sit less"}
    assert not {"task_token", "waiting_for", "escalated_to"} & set(item)
    assert int(item["forget_at"]) == pytest.approx(datetime.now(UTC).timestamp() + 86_400, abs=30)


def test_a_summary_is_what_the_contract_says(approvals: Any) -> None:
    ask(approvals, reminded_at="2026-01-02T03:04:05.000Z", requester="")
    _, page = call("GET", "/approvals", MAX)
    item = stored(approvals)
    assert page["approvals"] == [
        {
            "approval_id": "one",
            "step": "Approve",
            "summary": "A kettle",
            "requester": None,
            "requested_at": item["requested_at"],
            "expires_at": item["expires_at"],
            "status": "pending",
            "quorum": 1,
            "approved_by": [],
            "reminded_at": "2026-01-02T03:04:05.000Z",
            "escalated_at": None,
        }
    ]


def test_after_the_deadline_it_is_too_late_even_while_it_still_says_pending(approvals: Any) -> None:
    ask(approvals, expires_at=moment(seconds=-1))
    status, said = decide(MAX)
    assert (status, "the time was over" in said["message"]) == (410, True)
    assert stored(approvals)["status"] == "pending"
    assert call("GET", "/approvals/one", MAX)[1]["why_not"] == "expired"
    assert call("GET", "/approvals/one", MAX)[1]["status"] == "expired"


@pytest.mark.parametrize("requester", ["sub-of-max", "max@example.com", "Max@Example.com"])
def test_who_asks_cannot_decide_however_they_are_named(approvals: Any, requester: str) -> None:
    ask(approvals, requester=requester)
    assert decide(MAX)[0] == 403
    shown = call("GET", "/approvals/one", MAX)[1]
    assert (shown["may_decide"], shown["why_not"]) == (False, "own_request")
    assert decide(MAYA)[0] == 200


def test_who_asks_cannot_decide_by_a_token_that_hides_the_address(approvals: Any) -> None:
    ask(approvals, requester="max@example.com")
    hidden = {name: MAX[name] for name in ("sub", "cognito:groups")}
    assert decide(hidden)[0] == 403
    assert stored(approvals)["status"] == "pending"
    assert [each["event"] for each in entries(approvals)] == ["refused"]


def test_who_asks_decides_where_that_is_allowed(approvals: Any) -> None:
    ask(approvals, requester="sub-of-max", barred="")
    assert call("GET", "/approvals/one", MAX)[1]["may_decide"] is True
    assert decide(MAX)[0] == 200


def test_without_a_requester_every_approver_may_decide(approvals: Any) -> None:
    ask(approvals, requester="")
    person = {"sub": "sub-of-max", "cognito:groups": "managers"}
    assert decide(person)[1]["approved_by"] == ["sub-of-max"]


def test_ones_own_decision_again_is_no_error_and_anothers_is(approvals: Any) -> None:
    ask(approvals)
    assert decide(MAX)[0] == 200
    assert decide({**MAX, "email": "max@elsewhere.example"})[0] == 200
    refused = (
        409,
        {"message": "already approved by max@example.com", "status": "approved", "decided_by": MAX["email"]},
    )
    assert decide(MAX, "rejected", "no") == refused
    assert decide({**MAYA, "email": MAX["email"]}) == refused
    assert len(stored(approvals)["decisions"]) == 1


def test_so_many_must_approve_as_the_quorum_says_and_each_counts_once(approvals: Any) -> None:
    ask(approvals, quorum=2)
    status, shown = decide(MAX)
    assert (status, shown["status"], shown["approved_by"]) == (200, "pending", ["max@example.com"])
    assert {"task_token", "waiting_for"} <= set(stored(approvals))
    assert decide(MAX)[0] == 200
    status, said = decide(MAX, "rejected", "no")
    assert (status, said["status"], said["decided_by"]) == (409, "approved", "max@example.com")
    shown = call("GET", "/approvals/one", MAX)[1]
    assert (shown["may_decide"], shown["why_not"], shown["status"]) == (False, "already_decided", "pending")
    assert len(stored(approvals)["decisions"]) == 1
    assert decide(MAYA)[1]["status"] == "approved"
    assert decide(MILA)[0] == 409


def test_a_rejection_ends_it_whatever_the_quorum(approvals: Any) -> None:
    ask(approvals, quorum=3)
    assert decide(MAX)[0] == 200
    assert decide(MAYA, "rejected", "too dear")[1]["status"] == "rejected"
    assert decide(MILA)[0] == 409
    assert decide(MAX)[0] == 200


def test_at_the_same_instant_one_wins_and_the_others_are_told(approvals: Any) -> None:
    people = [{**MAX, "sub": f"sub-{number}", "email": f"{number}@example.com"} for number in range(6)]
    ask(approvals)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(decide, people))
    assert sorted(status for status, _ in answers) == [200, 409, 409, 409, 409, 409]
    assert len(stored(approvals)["decisions"]) == 1


def test_at_the_same_instant_a_quorum_counts_each(approvals: Any) -> None:
    people = [{**MAX, "sub": f"sub-{number}", "email": f"{number}@example.com"} for number in range(4)]
    ask(approvals, quorum=3)
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(decide, people))
    assert sorted(status for status, _ in answers) == [200, 200, 200, 409]
    item = stored(approvals)
    assert (item["status"], len({each["sub"] for each in item["decisions"]})) == ("approved", 3)
    assert sum(status == "approved" for _, answer in answers for status in [answer["status"]]) >= 1


def test_what_expires_between_reading_and_writing_is_expired(approvals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(approvals)
    seen = [desk_table.find("one")]
    find = desk_table.find
    monkeypatch.setattr(desk_table, "find", lambda approval_id: seen.pop() if seen else find(approval_id))
    ask(approvals, status="expired")
    assert decide(MAX)[0] == 410
    assert (stored(approvals)["status"], stored(approvals)["decisions"]) == ("expired", [])


def test_who_finds_others_writing_every_time_is_told_to_try_again(
    approvals: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def somebody_else(*_: Any) -> None:
        raise desk_table.ChangedMeanwhileError

    ask(approvals)
    monkeypatch.setattr(desk_table, "store", somebody_else)
    monkeypatch.setattr("constructs_lib.approval.runtime.desk.decisions.time.sleep", lambda _: None)
    assert decide(MAX) == (503, {"message": "the desk is busy: try again"})
    assert stored(approvals)["decisions"] == []


@pytest.mark.parametrize("groups", ["", "staff", "managers2", "the-managers", "[staff admins]"])
def test_others_than_approvers_get_nowhere(approvals: Any, groups: str) -> None:
    ask(approvals)
    outsider = {**MAX, "cognito:groups": groups}
    for path in ("/approvals", "/approvals/one", "/decisions"):
        assert call("GET", path, outsider)[0] == 403
    assert decide(outsider)[0] == 403
    assert decide(outsider, approval_id="two")[0] == 403
    assert decide({"sub": "x"})[0] == 403
    assert stored(approvals)["status"] == "pending"


def test_approvers_of_other_steps_neither_see_nor_decide_it(approvals: Any) -> None:
    ask(approvals)
    assert call("GET", "/approvals", DORA)[1]["approvals"] == []
    assert call("GET", "/approvals/one", DORA)[0] == 403
    assert decide(DORA)[0] == 403
    assert stored(approvals)["decisions"] == []


def test_who_was_asked_by_a_step_that_is_no_more_still_sees_it_and_decides(approvals: Any) -> None:
    ask(approvals, groups=["auditors"], waiting_for="auditors")
    auditor = {**MAX, "cognito:groups": "auditors"}
    assert call("GET", "/approvals/one", auditor)[1]["may_decide"] is True
    assert decide(auditor)[0] == 200


def test_after_an_escalation_both_groups_have_it_and_may_decide(approvals: Any) -> None:
    escalated: dict[str, Any] = {"escalated_to": "directors", "groups": ["managers", "directors"], "quorum": 2}
    ask(approvals, **escalated)
    both = {**MILA, "cognito:groups": "managers,directors"}
    for person in (MAX, DORA, both):
        assert [each["approval_id"] for each in call("GET", "/approvals", person)[1]["approvals"]] == ["one"]
    assert decide(DORA)[0] == 200
    assert decide(MAX)[1]["status"] == "approved"
    for person in (MAX, DORA):
        assert call("GET", "/approvals", person)[1]["approvals"] == []
        assert call("GET", "/approvals/one", person)[1]["why_not"] == "decided"


@pytest.mark.parametrize(
    "approval_id", ["x" * 81, "x" * 3000, "한" * 80, "..", "one/../one", "one#", "one\0", "approval"]
)
def test_an_id_that_cannot_be_is_not_there(approvals: Any, approval_id: str) -> None:
    ask(approvals)
    for method, resource in (("GET", "/approvals/{approval_id}"), ("POST", "/approvals/{approval_id}/decision")):
        body, parameters = '{"decision": "approved"}', {"approval_id": approval_id}
        assert send(request(method, resource, MAX, body, pathParameters=parameters)) == (
            404,
            {"message": "there is no such approval"},
        )


def test_the_entries_of_an_audit_are_no_approvals(approvals: Any) -> None:
    ask(approvals)
    decide(DORA)
    (refused,) = entries(approvals)
    for approval_id in (refused["entry"], f"one {refused['entry']}"):
        event = request("GET", "/approvals/{approval_id}", MAX, pathParameters={"approval_id": approval_id})
        assert send(event)[0] == 404


def test_a_cursor_leads_through_ones_own_lists_whoever_got_it(approvals: Any) -> None:
    for number in range(26):
        ask(approvals, f"m-{number:02}", requested_at=moment(minutes=-90 + number), quorum=2)
        ask(approvals, f"d-{number:02}", requested_at=moment(minutes=-90 + number), waiting_for="directors")
        decide(MAX, approval_id=f"m-{number:02}")
    for path in ("/approvals", "/decisions"):
        cursor = call("GET", path, MAX)[1]["cursor"]
        assert cursor
        for given in (cursor, "", " ", "m-00", "~" * 200, "\0", "{}", "directors"):
            listed = call("GET", path, DORA, cursor=given)[1]["approvals"]
            assert not [each["approval_id"] for each in listed if not each["approval_id"].startswith("d-")]
    assert call("GET", "/approvals", MAX, cursor="x" * 201)[0] == 400
    assert call("GET", "/decisions", MAX, cursor="x" * 9000)[0] == 400


def test_who_is_refused_again_and_again_overwrites_no_entry(approvals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """In one millisecond, and with one id for all requests, since a client may choose that (X-Amzn-RequestId)."""
    ask(approvals)
    moment_of_all = moment()
    monkeypatch.setattr(desk_table, "now", lambda: moment_of_all)
    assert [decide(DORA)[0] for _ in range(3)] == [403] * 3
    assert len(entries(approvals)) == 3


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "no json",
        [],
        {"decision": "maybe"},
        [{"decision": "approved"}],
        {"decision": {"approved": "approved"}},
        {"decision": "Approved"},
        {"decision": "approved "},
        {"decision": True},
        {"Decision": "approved"},
        '"approved"',
        "decision=approved&comment=fine",
        '{"decision": NaN}',
        '{"decision": "approved", "comment": NaN}',
        '{"decision": "approved", "comment": null}',
        '{"decision": "approved", "comment": "\\ud83d"}',
        '{"decision": "approved", "comment": ["fine"]}',
        '{"decision": "approved"',
        '{"decision": "approved"} {"decision": "rejected"}',
        "[" * 100_000,
        '{"decision":' * 100_000,
        f'{{"decision": "approved", "amount": {"9" * 5000}}}',
        {"decision": ["approved"]},
        {"decision": "approved", "comment": "x" * 2001},
        {"decision": "approved", "comment": 7},
        {"decision": "rejected"},
        {"decision": "rejected", "comment": "  "},
    ],
)
def test_a_body_that_says_nothing_is_400(approvals: Any, body: Any) -> None:
    ask(approvals)
    status, said = call("POST", "/approvals/one/decision", MAX, body)
    assert (status, list(said)) == (400, ["message"])
    assert stored(approvals)["status"] == "pending"


def test_of_a_decision_that_is_named_twice_one_is_stored_and_answered(approvals: Any) -> None:
    ask(approvals)
    status, shown = call("POST", "/approvals/one/decision", MAX, '{"decision": "rejected", "decision": "approved"}')
    assert (status, shown["status"]) == (200, "approved")
    assert [each["decision"] for each in stored(approvals)["decisions"]] == ["approved"]


def test_what_else_a_body_says_is_not_heard(approvals: Any) -> None:
    ask(approvals)
    body = {"decision": "approved", "sub": "sub-of-dora", "by": "dora@example.com", "status": "rejected", "quorum": 0}
    decide_for_dora = body | {"approval_id": "two", "task_token": "mine", "forget_at": 0, "decided_at": "1999"}
    assert call("POST", "/approvals/one/decision", MAX, decide_for_dora)[1]["approved_by"] == ["max@example.com"]
    (entry,) = entries(approvals)
    assert (entry["by_sub"], entry["status"], entry["forget_at"] > 1) == ("sub-of-max", "approved", True)


def test_the_longest_comment_is_kept_whole(approvals: Any) -> None:
    ask(approvals)
    assert decide(MAX, comment="한" * 2000)[0] == 200
    assert stored(approvals)["decisions"][0]["comment"] == "한" * 2000


def test_the_pile_is_oldest_first_page_by_page_and_without_what_is_over(approvals: Any) -> None:
    for number in range(30):
        group = {"waiting_for": "directors"} if number % 3 else {}
        ask(approvals, f"id-{number:02}", requested_at=moment(minutes=-100 + number), **group)
    ask(approvals, "over", requested_at=moment(minutes=-200), expires_at=moment(seconds=-1))
    both = {**MAX, "cognito:groups": "managers,directors"}
    status, first = call("GET", "/approvals", both)
    assert (status, len(first["approvals"])) == (200, 25)
    _, rest = call("GET", "/approvals", both, cursor=first["cursor"])
    listed = [each["approval_id"] for each in [*first["approvals"], *rest["approvals"]]]
    assert listed == [f"id-{number:02}" for number in range(30)]
    assert rest["cursor"] is None
    assert not [each for each in first["approvals"] if "task_token" in each]


def test_what_i_decided_is_newest_first_page_by_page_and_mine_alone(approvals: Any) -> None:
    for number in range(27):
        ask(approvals, f"id-{number:02}", quorum=2)
        decide(MAX, "approved", f"comment {number}", approval_id=f"id-{number:02}")
    decide(MAYA, "rejected", "no", approval_id="id-03")
    _, first = call("GET", "/decisions", MAX)
    _, rest = call("GET", "/decisions", MAX, cursor=first["cursor"])
    mine = [*first["approvals"], *rest["approvals"]]
    assert [each["approval_id"] for each in mine] == [f"id-{number:02}" for number in reversed(range(27))]
    assert rest["cursor"] is None
    assert mine[0] | {"decision": "approved", "comment": "comment 26", "status": "pending"} == mine[0]
    assert mine[-4]["status"] == "rejected"
    _, hers = call("GET", "/decisions", MAYA)
    assert [(each["approval_id"], each["decision"]) for each in hers["approvals"]] == [("id-03", "rejected")]


def test_what_is_forgotten_is_left_out_of_what_i_decided(approvals: Any) -> None:
    ask(approvals)
    decide(MAX)
    approvals.delete_item(Key={"approval_id": "one", "entry": "approval"})
    assert call("GET", "/decisions", MAX)[1] == {"approvals": [], "cursor": None}


def test_what_is_not_there_is_404(approvals: Any) -> None:
    assert call("GET", "/approvals/two", MAX)[0] == 404
    assert decide(MAX, approval_id="two")[0] == 404
    assert approvals.scan()["Items"] == []


def test_the_audit_holds_each_decision_and_each_that_was_refused_with_its_address(approvals: Any) -> None:
    ask(approvals, requester="sub-of-mila", quorum=2)
    decide({**MAX, "cognito:groups": "staff"}, "approved", "let me")
    decide(MILA)
    decide(MAX, "approved", "fine")
    decide(MAX, "approved", "fine")
    decide(MAYA, "rejected", "no")
    decide(MILA, "rejected", "no")
    told = [(each["event"], each["by"], each["comment"], each["status"]) for each in entries(approvals)]
    assert told == [
        ("refused", "max@example.com", "only who is asked may look at approvals and decide", "pending"),
        ("refused", "mila@example.com", "who asks for an approval cannot decide on it", "pending"),
        ("approved", "max@example.com", "fine", "pending"),
        ("rejected", "maya@example.com", "no", "rejected"),
        ("refused", "mila@example.com", "already rejected by maya@example.com", "rejected"),
    ]
    assert {each["address"] for each in entries(approvals)} == {"192.0.2.7"}
    assert all(each["by_sub"] and each["at"] and each["forget_at"] for each in entries(approvals))
    _, shown = call("GET", "/approvals/one", MAYA)
    assert [each["event"] for each in shown["history"]] == [event for event, *_ in told]
    assert set(shown["history"][0]) == {"at", "event", "by", "comment"}


def test_looking_changes_nothing(approvals: Any) -> None:
    ask(approvals)
    before = approvals.scan()["Items"]
    for path in ("/approvals", "/approvals/one", "/decisions"):
        assert call("GET", path, MAX)[0] == 200
    assert approvals.scan()["Items"] == before
    assert [route for route in api.ROUTES if not route.startswith("GET ")] == ["POST /approvals/{approval_id}/decision"]


def test_the_gateway_routes_to_nothing_else() -> None:
    assert tuple(api.ROUTES) == ROUTES


def test_hostile_text_comes_back_as_it_was_and_as_json(approvals: Any) -> None:
    hostile = "</script><script>alert(1)</script>\u202e"
    ask(approvals, summary=hostile, details=hostile)
    decide(MAX, "rejected", hostile)
    shown = call("GET", "/approvals/one", MAX)[1]
    assert (shown["summary"], shown["details"], shown["history"][0]["comment"]) == (hostile, hostile, hostile)


def test_no_token_is_in_an_answer_or_a_log(approvals: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    logged = io.StringIO()
    monkeypatch.setattr(api.logger.registered_handler, "stream", logged)
    ask(approvals, quorum=2)
    answers = [
        call("GET", "/approvals", MAX),
        call("GET", "/approvals/one", MAX),
        decide(MAX),
        decide(MAYA, "rejected"),
    ]
    answers += [decide(MAYA), call("GET", "/decisions", MAX), call("GET", "/approvals/one", MAX)]
    assert "the-token" not in f"{answers}"
    assert "decided" in logged.getvalue()
    assert "the-token" not in logged.getvalue()
    assert "the-token" not in f"{entries(approvals)}"
