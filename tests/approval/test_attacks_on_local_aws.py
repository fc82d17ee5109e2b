"""The deployed desk under attack, with IAM enforced: each attack gets nothing, and leaves the table as it was.

All that an attack may leave is the audit's entry of an attempt that was refused, of somebody who signed in.
"""

import json
import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

from constructs_lib.local import LocalAws
from tests.approval.attacked_desk import APPROVE, PUBLIC, ROUTES, AttackedDesk, attacked_desk, foreign_tokens
from tests.approval.everything_told import everything_told_by
from tests.approval.false_tokens import claims_of, forged
from tests.approval.test_desk_on_local_aws import until

pytestmark = pytest.mark.local_aws

HOSTILE = (
    "<img src=x onerror=alert(1)></script>\u202eevil\u2066\r\nX-Evil: 1\x00\x1b[2J\t\"'`;--{{7*7}}${x}%00한👩\u200d💻"
)
SCANNERS: tuple[dict[str, str], ...] = (
    {"User-Agent": "Mozilla/5.0 (compatible; SafeLinks)"},
    {"Purpose": "prefetch", "Sec-Purpose": "prefetch;prerender", "X-Moz": "prefetch"},
    {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST", "X-Method-Override": "POST"},
)
ASKED = "?decision=approved&comment=scanned&_method=POST"


@pytest.fixture(scope="module")
def desk(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AttackedDesk]:
    with attacked_desk(local_aws, tmp_path_factory.mktemp("office")) as deployed:
        yield deployed


@pytest.mark.parametrize("who", ["", "olga", "max"])
def test_whoever_follows_every_link_in_every_way_changes_nothing(desk: AttackedDesk, who: str) -> None:
    """A mail scanner, a browser that fetches ahead, or somebody whose tools send their token along."""
    token = desk.office.people[who].token if who else ""
    with desk.unchanged():
        for route in (*ROUTES, *PUBLIC):
            for method in ("GET", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE"):
                for headers in SCANNERS if method == "GET" else SCANNERS[-1:]:
                    answer = desk.send(method, desk.url(route) + ASKED, token, headers=headers)
                    may_see = method == "GET" and who == "max" and not route.endswith("decision")
                    if route in ROUTES and not may_see:
                        assert answer.status_code in {401, 403, 404, 405}, (method, route)
                    assert "task_token" not in answer.text


def test_without_a_sign_in_no_post_is_heard_whatever_its_form_and_cookies(desk: AttackedDesk) -> None:
    token = desk.office.people["max"].token
    elsewhere = {"Origin": "https://evil.example", "Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"}
    cookies = f"Authorization={token}; id_token={token}; session={token}; IdToken={token}"
    bodies: list[dict[str, Any]] = [
        {"json": APPROVE},
        {"data": APPROVE},
        {"files": {name: (None, value) for name, value in APPROVE.items()}},
        {"data": json.dumps(APPROVE), "headers": {"Content-Type": "text/plain"}},
        {"json": APPROVE | {"Authorization": token, "token": token}},
    ]
    with desk.unchanged():
        for body in bodies:
            headers = {**elsewhere, "Cookie": cookies, **body.pop("headers", {})}
            for query in ("", f"?Authorization={token}&access_token={token}"):
                answer = desk.send("POST", desk.url("approvals/{id}/decision") + query, headers=headers, **body)
                assert answer.status_code == 401


def test_no_other_origin_is_allowed_to_read_or_to_send_a_token(desk: AttackedDesk) -> None:
    token = desk.office.people["max"].token
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    for origin in ("https://evil.example", "null"):
        for method, route in (("OPTIONS", ROUTES[3]), ("OPTIONS", ROUTES[0]), ("GET", ROUTES[0]), ("GET", ROUTES[1])):
            answer = desk.send(method, desk.url(route), token, headers={"Origin": origin, **asked})
            assert method == "GET" or answer.status_code >= 400
            assert not [name for name in answer.headers if name.lower().startswith("access-control-")]


def test_a_forged_token_is_none(desk: AttackedDesk) -> None:
    olga = desk.office.people["olga"].token
    claims = {"cognito:groups": ["managers"], "email": "max@example.com", "exp": int(time.time()) + 86_400}
    with desk.unchanged():
        for name, token in forged(olga, **claims).items():
            for value in (token, f"Bearer {token}"):
                assert desk.decide(value).status_code == 401, name
                assert desk.send("GET", desk.url("approvals"), value).status_code == 401, name


def test_tokens_of_other_pools_and_other_kinds_are_none(desk: AttackedDesk) -> None:
    aws = desk.office.aws
    own = desk.sign_in("max")
    with desk.unchanged():
        for region in (aws.region, "eu-west-1"):
            cognito = aws.client("cognito-idp", region)
            pool, tokens = foreign_tokens(cognito, "max@example.com", "managers")
            assert claims_of(tokens["IdToken"])["cognito:groups"] == ["managers"]
            for kind in ("IdToken", "AccessToken"):
                assert desk.decide(tokens[kind]).status_code == 401
            cognito.delete_user_pool(UserPoolId=pool)
        for kind in ("AccessToken", "RefreshToken"):
            assert desk.decide(own[kind]).status_code == 401
            assert desk.send("GET", desk.url("approvals"), own[kind]).status_code == 401


def test_every_app_of_the_pool_counts_and_the_group_decides(desk: AttackedDesk) -> None:
    """Who may add an app to the pool is trusted with its people; the desk asks who they are, not by which app."""
    with desk.only_noted("olga"):
        assert desk.send("GET", desk.url("approvals"), desk.sign_in("max")["IdToken"]).status_code == 200
        assert desk.decide(desk.sign_in("olga")["IdToken"]).status_code == 403


def test_a_token_is_worth_nothing_after_its_end_and_none_is_made_after_sign_out(desk: AttackedDesk) -> None:
    """API Gateway asks nobody whether a token was given back: an ID token counts until its end (GlobalSignOut)."""
    cognito, pool = desk.office.aws.client("cognito-idp"), desk.office.outputs["UserPoolId"]
    with desk.unchanged():
        tokens = desk.sign_in("max", seconds=3)
        assert desk.send("GET", desk.url("approvals"), tokens["IdToken"]).status_code == 200
        cognito.admin_user_global_sign_out(UserPoolId=pool, Username="max@example.com")
        with pytest.raises(cognito.exceptions.NotAuthorizedException):
            cognito.admin_initiate_auth(
                UserPoolId=pool,
                ClientId=claims_of(tokens["IdToken"])["aud"],
                AuthFlow="REFRESH_TOKEN_AUTH",
                AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
            )
        time.sleep(max(0.0, claims_of(tokens["IdToken"])["exp"] - time.time() + 1))
        assert desk.send("GET", desk.url("approvals"), tokens["IdToken"]).status_code == 401
        assert desk.decide(tokens["IdToken"]).status_code == 401


def test_another_groups_approval_is_refused_on_the_record_and_tells_nothing(desk: AttackedDesk) -> None:
    dora = desk.office.people["dora"].token
    with desk.only_noted("dora"):
        shown, decided = desk.send("GET", desk.url("approvals/{id}"), dora), desk.decide(dora)
        assert (shown.status_code, decided.status_code) == (403, 403)
        assert shown.json() == decided.json() == {"message": "only who is asked may look at approvals and decide"}
        assert desk.send("GET", desk.url("approvals"), dora).json()["approvals"] == []
        assert desk.send("GET", desk.url("decisions"), dora).json()["approvals"] == []


def test_who_is_in_no_group_cannot_tell_an_id_that_is_from_one_that_is_not(desk: AttackedDesk) -> None:
    olga, guessed = desk.office.people["olga"].token, "11111111-2222-4333-8444-555555555555"
    with desk.only_noted("olga"):
        for method, route in (("GET", "approvals/{id}"), ("POST", "approvals/{id}/decision")):
            body = {"json": APPROVE} if method == "POST" else {}
            answers = [
                desk.send(method, url, olga, **body)
                for url in (desk.url(route), desk.url(route).replace(desk.approval_id, guessed))
            ]
            assert {(answer.status_code, answer.text) for answer in answers} == {
                (403, '{"message": "only who is asked may look at approvals and decide"}')
            }


def test_an_id_is_guessed_by_nobody(desk: AttackedDesk) -> None:
    """An id is the name of its execution: a random UUID by Step Functions, since whoever asks names none."""
    assert re.fullmatch(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", desk.approval_id)
    states = desk.office.aws.client("stepfunctions")
    for name in ("One", "Many"):
        definition = states.describe_state_machine(stateMachineArn=desk.office.outputs[f"{name}Arn"])["definition"]
        assert "startExecution.sync:2" in definition
        assert not re.search(r'"Name(\.\$)?"', definition)
    near = desk.approval_id[:-1] + ("0" if desk.approval_id[-1] != "0" else "1")
    manager = desk.office.people["max"].token
    with desk.unchanged():
        for guess in (near, desk.approval_id.upper() + "x", "1", "approval", "*"):
            missing = desk.send("GET", desk.url(f"approvals/{guess}"), manager)
            assert (missing.status_code, missing.json()) == (404, {"message": "there is no such approval"})
            assert desk.decide(manager, f"approvals/{guess}/decision").status_code == 404


def test_no_path_leads_around_the_routes(desk: AttackedDesk) -> None:
    manager = desk.office.people["max"].token
    audit = next(entry for approval_id, entry in desk.items() if entry.startswith("audit"))
    around = ["..", "%2e%2e", "..%2fdecisions", "AUDIT", audit.replace(" ", "%20"), "%ff", "x" * 3000]
    behind = ["%2Fdecision", "%23", "%3Fx", ";x=1", "%00", "%20", "%20" + audit.replace(" ", "%20")]
    ids = [*around, *(desk.approval_id + end for end in behind)]
    with desk.unchanged():
        for approval_id in ids:
            for method, end in (("GET", ""), ("POST", "/decision"), ("GET", "/decision")):
                body = {"data": json.dumps(APPROVE)} if method == "POST" else {}
                answer = desk.send(method, desk.url(f"approvals/{approval_id}{end}"), manager, **body)
                assert answer.status_code in {400, 403, 404}, (method, approval_id)


def test_no_body_is_more_than_a_decision(desk: AttackedDesk) -> None:
    manager = desk.office.people["max"].token
    bodies = [
        json.dumps(APPROVE | {"comment": "x" * 2001}),
        json.dumps(APPROVE | {"comment": "x" * 4_000_000}),
        json.dumps(APPROVE | {"decision": ["approved"]}),
        json.dumps([APPROVE]),
        "[" * 200_000,
        '{"decision": "approved", "comment": "\\ud83d"}',
        '{"decision": "approved", "comment": NaN}',
        f'{{"decision": "approved", "comment": {"9" * 5000}}}',
        "decision=approved",
        "",
    ]
    with desk.unchanged():
        for body in bodies:
            for kind in ("application/json", "text/plain"):
                answer = desk.decide(manager, json=None, data=body, headers={"Content-Type": kind})
                assert (answer.status_code, list(answer.json())) == (400, ["message"]), body[:60]


def test_no_cursor_leads_into_another_list(desk: AttackedDesk) -> None:
    dora, manager = desk.office.people["dora"].token, desk.office.people["max"].token
    place = next(item["place"]["S"] for item in desk.items().values() if "task_token" in item)
    with desk.unchanged():
        for cursor in (place, "0", "%00", "%F0%9F%98%80", "{}", "x" * 200):
            for route in ("approvals", "decisions"):
                answer = desk.send("GET", f"{desk.url(route)}?cursor={cursor}&decider=max&cursor={cursor}", dora)
                assert (answer.status_code, answer.json()) == (200, {"approvals": [], "cursor": None})
        assert desk.send("GET", f"{desk.url('approvals')}?cursor={'x' * 3000}", manager).status_code == 400


@pytest.mark.parametrize("group", ["staff,managers", "[managers]", "managers]"])
def test_a_group_whose_name_looks_like_the_approvers_opens_nothing(desk: AttackedDesk, group: str) -> None:
    """Such a group is refused by `UserDirectory`; a pool may have it all the same, from elsewhere."""
    cognito, pool = desk.office.aws.client("cognito-idp"), {"UserPoolId": desk.office.outputs["UserPoolId"]}
    cognito.create_group(**pool, GroupName=group)
    cognito.admin_add_user_to_group(**pool, Username="olga@example.com", GroupName=group)
    token = desk.sign_in("olga")["IdToken"]
    assert claims_of(token)["cognito:groups"] == [group]
    with desk.only_noted("olga"):
        for route in ROUTES[:3]:
            assert desk.send("GET", desk.url(route), token).status_code == 403
        assert desk.decide(token).status_code == 403
    cognito.delete_group(**pool, GroupName=group)


def test_hostile_text_is_data_wherever_it_comes_out(desk: AttackedDesk) -> None:
    office, manager = desk.office, desk.office.people["max"].token
    execution = office.ask("One", HOSTILE, who=HOSTILE)
    approval_id = office.waiting(HOSTILE)
    decided = desk.decide(
        manager, f"approvals/{approval_id}/decision", json={"decision": "approved", "comment": HOSTILE}
    )
    answers = [decided, desk.send("GET", desk.url(f"approvals/{approval_id}"), manager)]
    answers += [desk.send("GET", desk.url("decisions"), manager)]
    for answer in answers:
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "X-Evil" not in answer.headers
        assert answer.text.isascii()
    shown = answers[1].json()
    assert (shown["summary"], shown["requester"], shown["history"][-1]["comment"]) == (HOSTILE, HOSTILE, HOSTILE)
    assert office.answered(execution)["approval"]["comment"] == HOSTILE
    told = office.heard("Events", approval_id, "approved")["detail"]
    assert (told["summary"], told["requester"], told["comment"]) == (HOSTILE, HOSTILE, HOSTILE)
    message = office.heard("Messages", approval_id, "approved")
    assert message["Subject"] == "Approval approved: One"
    lines = message["Message"].split("\n")
    assert "> X-Evil: 1\ufffd\ufffd[2J\t\"'`;--{{7*7}}${x}%00한👩\u200d💻" in lines
    assert sum(line.startswith(">") for line in lines) == len(lines) - 4


def test_the_task_token_is_in_the_desks_table_and_told_to_nobody(desk: AttackedDesk) -> None:
    office, manager = desk.office, desk.office.people["max"]
    execution = office.ask("One", "A secret")
    approval_id = office.waiting("A secret")

    def token_in_table() -> str:
        return str(desk.items()[approval_id, "approval"].get("task_token", {}).get("S", ""))

    token = until(token_in_table)
    places = {"list": manager.waiting().text, "approval": manager.show(approval_id).text}
    places["refusal"] = desk.decide(office.people["dora"].token, f"approvals/{approval_id}/decision").text
    places["audit"] = json.dumps([item for key, item in desk.items().items() if key[1] != "approval"])
    places["decision"] = manager.decide(approval_id, "approved").text
    places["result"] = json.dumps(office.answered(execution))
    places["decisions"] = desk.send("GET", desk.url("decisions"), manager.token).text
    for event in ("requested", "approved"):
        for queue in ("Messages", "Events"):
            places[f"{queue} {event}"] = json.dumps(office.heard(queue, approval_id, event))
    places |= everything_told_by(office.aws, execution)
    assert token not in json.dumps(places)
    assert not token_in_table()
    for place in ("history", "logs", "list", "Messages requested", "Events approved"):
        assert approval_id in places[place], place


def test_after_all_that_the_approval_still_waits_and_who_replays_its_decision_changes_nothing(
    desk: AttackedDesk,
) -> None:
    manager, url = desk.office.people["max"].token, desk.url("approvals/{id}/decision")
    rejection = {"decision": "rejected", "comment": "at last"}
    assert desk.send("POST", url, manager, json=rejection).status_code == 200
    with desk.only_noted("max"):
        assert desk.send("POST", url, manager, json=rejection | {"comment": "replayed"}).status_code == 200
        assert desk.decide(manager).status_code == 409
    told = desk.office.answered(desk.execution)["approval"]
    assert (told["decision"], told["comment"], len(told["decisions"])) == ("rejected", "at last", 1)
