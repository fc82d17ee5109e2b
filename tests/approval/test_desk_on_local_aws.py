"""The whole desk, deployed with the real CDK CLI and IAM enforced: from the workflow that asks to what it is told."""

import json
import secrets
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import pytest
import requests

from constructs_lib.local import LocalAws
from sample_app.people import Desk, Person
from sample_app.sign_in import SignInPage
from tests.approval.local_app import CALLBACK, PAGE, synthesize

pytestmark = pytest.mark.local_aws

ROOT = Path(__file__).parents[2]
Found = TypeVar("Found")
GROUPS = {"max": "managers", "maya": "managers", "mila": "managers", "dora": "directors", "olga": ""}


@dataclass
class Office:
    """The deployed desk, and its people by their names."""

    aws: LocalAws
    outputs: dict[str, str]
    people: dict[str, Person] = field(default_factory=dict)
    _read: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def ask(self, workflow: str, summary: str, who: str = "erin", **more: Any) -> str:
        """Start a workflow; its execution's ARN."""
        started = self.aws.client("stepfunctions").start_execution(
            stateMachineArn=self.outputs[f"{workflow}Arn"], input=json.dumps({"summary": summary, "who": who, **more})
        )
        execution: str = started["executionArn"]
        return execution

    def waiting(self, summary: str, person: str = "max") -> str:
        """The id of the approval that waits for somebody."""

        def find() -> str:
            pile = self.people[person].waiting().json()["approvals"]
            return next((each["approval_id"] for each in pile if each["summary"] == summary), "")

        return until(find)

    def answered(self, execution: str) -> dict[str, Any]:
        """What a workflow ends with."""
        states = self.aws.client("stepfunctions")

        def described() -> Any:
            found = states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        end = until(described)
        assert end["status"] == "SUCCEEDED", end
        output: dict[str, Any] = json.loads(end["output"])
        return output

    def show(self, approval_id: str, person: str = "max") -> dict[str, Any]:
        shown: dict[str, Any] = self.people[person].show(approval_id).json()
        return shown

    def heard(self, queue: str, approval_id: str, event: str) -> dict[str, Any]:
        """What a listener was told of an event, once it is there."""

        def find() -> dict[str, Any]:
            known = self._read.setdefault(queue, [])
            answer = self.aws.client("sqs").receive_message(
                QueueUrl=self.outputs[f"{queue}Url"], MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            known += [json.loads(message["Body"]) for message in answer.get("Messages", [])]
            found = [
                each
                for each in known
                if approval_id in json.dumps(each) and (event in each.get("detail-type", each.get("Subject", "")))
            ]
            return found[0] if found else {}

        return until(find)


def until(look: Callable[[], Found]) -> Found:
    for _ in range(240):
        if found := look():
            return found
        time.sleep(0.25)
    raise TimeoutError(look)


def cdk(aws: LocalAws, command: str, assembly: str, *options: str) -> None:
    done = aws.run(["npx", "cdk", command, "--all", "--app", assembly, *options], cwd=ROOT, capture=True)
    assert done.returncode == 0, done.stdout


@pytest.fixture(scope="module")
def office(local_aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    local_aws.bootstrap()
    assembly = synthesize(tmp_path_factory.mktemp("office"), local_aws.region)
    cdk(local_aws, "deploy", assembly, "--require-approval=never", "--method=direct")
    stack = local_aws.client("cloudformation").describe_stacks(StackName="Office")["Stacks"][0]
    office = Office(local_aws, {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]})
    trusted = local_aws.environment["AWS_CA_BUNDLE"]
    page = SignInPage(local_aws.endpoint_url, office.outputs["ClientId"], CALLBACK, trusted)
    desk = Desk("", local_aws.local_url(office.outputs["DeskUrl"]), page, office.outputs["UserPoolId"])
    for name, group in GROUPS.items():
        office.people[name] = hire(local_aws, desk, f"{name}@example.com", group)
    yield office
    cdk(local_aws, "destroy", assembly, "--force")


def hire(aws: LocalAws, desk: Desk, email: str, group: str) -> Person:
    password = f"Aa1!{secrets.token_urlsafe(16)}"
    cognito, pool = aws.client("cognito-idp"), {"UserPoolId": desk.user_pool_id}
    attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
    cognito.admin_create_user(**pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
    cognito.admin_set_user_password(**pool, Username=email, Password=password, Permanent=True)
    if group:
        cognito.admin_add_user_to_group(**pool, Username=email, GroupName=group)
    return desk.sign_in(email, password)


def test_an_approval_reaches_its_workflow_a_topic_and_a_bus(office: Office) -> None:
    execution = office.ask("One", "A kettle")
    approval_id = office.waiting("A kettle")
    assert office.people["max"].decide(approval_id, "approved", "for tea").status_code == 200
    told = office.answered(execution)["approval"]
    assert (told["approval_id"], told["decision"], told["decided_by"], told["comment"]) == (
        approval_id,
        "approved",
        "max@example.com",
        "for tea",
    )
    assert told["decisions"] == [
        {"by": "max@example.com", "decision": "approved", "at": told["decided_at"], "comment": "for tea"}
    ]
    assert [each["event"] for each in office.show(approval_id)["history"]] == ["requested", "approved"]
    mine = office.people["max"].desk.call(
        "GET", f"{office.people['max'].desk.desk_url}decisions", office.people["max"].token
    )
    assert [each["comment"] for each in mine.json()["approvals"] if each["approval_id"] == approval_id] == ["for tea"]
    for event in ("requested", "approved"):
        message = office.heard("Messages", approval_id, event)
        assert message["Message"].endswith(f"#/approvals/{approval_id}")
        assert office.heard("Events", approval_id, event)["detail"]["summary"] == "A kettle"


def test_two_of_three_must_approve(office: Office) -> None:
    execution = office.ask("Two", "A van")
    approval_id = office.waiting("A van")
    assert office.people["max"].decide(approval_id, "approved").json()["status"] == "pending"
    assert office.people["maya"].decide(approval_id, "approved").json()["status"] == "approved"
    assert office.people["mila"].decide(approval_id, "approved").status_code == 409
    told = office.answered(execution)["approval"]
    assert [each["by"] for each in told["decisions"]] == ["max@example.com", "maya@example.com"]


def test_a_rejection_ends_a_quorum(office: Office) -> None:
    execution = office.ask("Two", "A yacht")
    approval_id = office.waiting("A yacht")
    assert office.people["max"].decide(approval_id, "approved").status_code == 200
    assert office.people["maya"].decide(approval_id, "rejected", "no").status_code == 200
    told = office.answered(execution)["approval"]
    assert (told["decision"], told["decided_by"], told["comment"]) == ("rejected", "maya@example.com", "no")


def test_two_at_the_same_instant_and_a_double_click(office: Office) -> None:
    execution = office.ask("One", "A clock")
    approval_id = office.waiting("A clock")
    clicks = [(person, decision) for person, decision in (("max", "approved"), ("maya", "rejected")) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda click: office.people[click[0]].decide(approval_id, click[1], "now").status_code, clicks)
        )
    assert sorted(answers) == [200, 200, 409, 409]
    winner = clicks[answers.index(200)]
    told = office.answered(execution)["approval"]
    assert (told["decided_by"], told["decision"], len(told["decisions"])) == (f"{winner[0]}@example.com", winner[1], 1)


def test_who_asks_decides_only_where_it_is_allowed(office: Office) -> None:
    office.ask("One", "A throne", who="max@example.com")
    refused = office.waiting("A throne")
    assert office.people["max"].decide(refused, "approved").status_code == 403
    assert office.show(refused)["why_not"] == "own_request"
    execution = office.ask("Own", "A stool", who="max@example.com")
    assert office.people["max"].decide(office.waiting("A stool"), "approved").status_code == 200
    assert office.answered(execution)["approval"]["decision"] == "approved"
    assert office.people["maya"].decide(refused, "rejected", "no").status_code == 200


def test_outsiders_are_refused_on_the_record(office: Office) -> None:
    office.ask("One", "A safe")
    approval_id = office.waiting("A safe")
    for person in ("olga", "dora"):
        assert office.people[person].show(approval_id).status_code == 403
        assert office.people[person].decide(approval_id, "approved").status_code == 403
    refused = [each["by"] for each in office.show(approval_id)["history"] if each["event"] == "refused"]
    assert refused == ["olga@example.com", "dora@example.com"]
    assert office.people["max"].decide(approval_id, "rejected", "no").status_code == 200


def test_it_reminds_escalates_and_expires(office: Office) -> None:
    execution = office.ask("Patient", "A plant")
    approval_id = office.waiting("A plant")
    assert office.people["dora"].decide(approval_id, "approved").status_code == 403
    assert office.waiting("A plant", "dora") == approval_id
    assert office.waiting("A plant", "max") == approval_id
    output = office.answered(execution)
    assert (output["approval"]["decision"], output["approval"]["decided_by"]) == ("expired", "")
    assert "late" in output
    events = [each["event"] for each in office.show(approval_id)["history"]]
    assert events == ["requested", "refused", "reminded", "escalated", "reminded", "reminded", "expired"]
    assert office.people["max"].decide(approval_id, "approved").status_code == 410
    for event in ("reminded", "escalated", "expired"):
        office.heard("Messages", approval_id, event)
    assert office.heard("Events", approval_id, "escalated")["detail"]["groups"] == ["managers", "directors"]


def test_who_it_was_escalated_to_decides(office: Office) -> None:
    execution = office.ask("Patient", "A tree")
    approval_id = office.waiting("A tree", "dora")
    assert office.people["dora"].decide(approval_id, "approved").status_code == 200
    assert office.answered(execution)["approval"]["decided_by"] == "dora@example.com"


def test_twenty_at_once_in_a_map_in_jsonata(office: Office) -> None:
    names = [f"Item {number}" for number in range(20)]
    execution = office.ask("Many", "many", items=[{"summary": name} for name in names])

    def all_wait() -> dict[str, str]:
        pile = office.people["max"].waiting().json()["approvals"]
        found = {each["summary"]: each["approval_id"] for each in pile if each["summary"] in names}
        return found if len(found) == len(names) else {}

    waiting = until(all_wait)
    with ThreadPoolExecutor(5) as pool:
        answers = list(
            pool.map(lambda name: office.people["max"].decide(waiting[name], "approved", name).status_code, names)
        )
    assert answers == [200] * 20
    output = office.answered(execution)
    assert [each["summary"] for each in output] == names  # type: ignore[index]
    assert [each["approval"]["comment"] for each in output] == names  # type: ignore[index]


def test_a_scanner_that_follows_every_link_changes_nothing(office: Office) -> None:
    office.ask("One", "A lamp")
    approval_id = office.waiting("A lamp")
    link = office.heard("Messages", approval_id, "requested")["Message"].splitlines()[-1]
    assert link == f"{PAGE}#/approvals/{approval_id}"  # of which a server sees the page alone
    base = office.people["max"].desk.desk_url
    before = office.show(approval_id)
    for url in (base, f"{base}approvals/{approval_id}", f"{base}approvals/{approval_id}/decision", f"{base}approvals"):
        for method in ("GET", "HEAD", "OPTIONS"):
            requests.request(method, url, verify=office.people["max"].desk.page.trusted, timeout=30)
        answer = requests.post(
            url, json={"decision": "approved"}, verify=office.people["max"].desk.page.trusted, timeout=30
        )
        assert answer.status_code in {401, 403, 404, 405}
    assert office.show(approval_id) == before
    assert office.people["max"].decide(approval_id, "rejected", "no").status_code == 200


def test_no_task_token_is_in_any_answer_log_message_or_event(office: Office) -> None:
    execution = office.ask("Two", "A secret")
    approval_id = office.waiting("A secret")
    key = {"approval_id": {"S": approval_id}, "entry": {"S": "approval"}}
    dynamodb = office.aws.client("dynamodb")

    def stored() -> str:
        item = dynamodb.get_item(TableName=office.outputs["Table"], Key=key, ConsistentRead=True)["Item"]
        return str(item.get("task_token", {}).get("S", ""))

    token = until(stored)
    seen = [office.people["max"].waiting().text, office.people["max"].show(approval_id).text]
    seen += [office.people["max"].decide(approval_id, "approved").text]
    seen += [office.people["maya"].decide(approval_id, "rejected", "no").text]
    seen += [json.dumps(office.answered(execution))]
    seen += [json.dumps(office.heard(queue, approval_id, "rejected")) for queue in ("Messages", "Events")]
    logs = office.aws.client("logs")
    seen += [
        event["message"]
        for group in logs.describe_log_groups()["logGroups"]
        for event in logs.filter_log_events(logGroupName=group["logGroupName"])["events"]
    ]
    assert any("told" in text and approval_id in text for text in seen)
    assert not [text for text in seen if token in text]
    assert stored() == ""
