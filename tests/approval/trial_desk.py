"""A deployed desk to try: the workflow that asks it, the people who decide, and what became of it all."""

import json
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from aws_cdk import App, CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import ApprovalDesk, UserDirectory
from constructs_lib.local import LocalAws
from sample_app.people import Desk, Person
from sample_app.sign_in import SignInPage

ROOT = Path(__file__).parents[2]
CALLBACK = "http://localhost:8000/signed-in"
GROUP = "managers"
Found = TypeVar("Found")


class Trial(Stack):
    """A desk, what hears its news, and two workflows that ask it: one with time enough, one that hardly waits."""

    def __init__(self, app: App, name: str, region: str) -> None:
        super().__init__(app, name, env=Environment(account=LocalAws.account, region=region))
        removal: dict[str, Any] = {"deletion_protection": False, "removal_policy": RemovalPolicy.DESTROY}
        users = UserDirectory(self, "Users", groups=[GROUP], **removal)
        client = users.add_web_client("Web", callback_urls=[CALLBACK])
        self.desk = desk = ApprovalDesk(self, "Desk", users=users, approvers=GROUP)
        messages = sqs.Queue(self, "Heard")
        desk.news.topic.add_subscription(subscriptions.SqsSubscription(messages, raw_message_delivery=True))
        for name, value in {
            "Url": desk.api.url,
            "Client": client.user_pool_client_id,
            "Pool": users.pool.user_pool_id,
            "Table": desk.table.table.table_name,
            "Machine": desk.workflow.machine.state_machine_arn,
            "Teller": desk.teller.function_name,
            "Notifier": desk.news.notifier.function_name,
            "Told": desk.changes.dead_letter_queue.queue.queue_url,
            "News": desk.news.changes.dead_letter_queue.queue.queue_url,
            "Messages": messages.queue_url,
            "Long": self._workflow("Long", Duration.minutes(30)),
            "Brief": self._workflow("Brief", Duration.seconds(5)),
        }.items():
            CfnOutput(self, name, value=value)

    def _workflow(self, name: str, timeout: Duration) -> str:
        summary, details = (sfn.JsonPath.string_at(f"$.{text}") for text in ("summary", "details"))
        asked = self.desk.step(name, summary=summary, details=details, timeout=timeout)
        body = sfn.DefinitionBody.from_chainable(asked)
        return sfn.StateMachine(self, f"{name}Workflow", definition_body=body).state_machine_arn


@dataclass(frozen=True)
class TrialDesk:
    """The deployed desk."""

    aws: LocalAws
    outputs: dict[str, str]

    @cached_property
    def desk(self) -> Desk:
        trusted = self.aws.environment["AWS_CA_BUNDLE"]
        page = SignInPage(self.aws.endpoint_url, self.outputs["Client"], CALLBACK, trusted)
        return Desk("", self.aws.local_url(self.outputs["Url"]), page, self.outputs["Pool"])

    def hire(self, name: str) -> Person:
        """Give somebody an account in the group that decides, and sign them in."""
        cognito, pool = self.aws.client("cognito-idp"), {"UserPoolId": self.outputs["Pool"]}
        email, password = f"{name}@example.com", f"Aa1!{secrets.token_urlsafe(16)}"
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        cognito.admin_create_user(**pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(**pool, Username=email, Password=password, Permanent=True)
        cognito.admin_add_user_to_group(**pool, Username=email, GroupName=GROUP)
        return self.desk.sign_in(email, password)

    def start(self, summary: str, *, workflow: str = "Long", details: str = "") -> str:
        """Start a workflow that asks; its execution."""
        asked = json.dumps({"summary": summary, "details": details})
        started = self.aws.client("stepfunctions").start_execution(stateMachineArn=self.outputs[workflow], input=asked)
        return str(started["executionArn"])

    def waiting(self) -> dict[str, str]:
        """The approvals whose workflow waits for its token, by their summaries."""
        items = [item for item in self.items() if {"waiting_for", "task_token"} <= set(item)]
        return {item["summary"]["S"]: item["approval_id"]["S"] for item in items}

    def ask(self, summary: str, *, workflow: str = "Long", details: str = "") -> tuple[str, str]:
        """Start a workflow, and wait until it waits; its execution, and the approval's id."""
        execution = self.start(summary, workflow=workflow, details=details)
        return execution, until(lambda: self.waiting().get(summary))

    def describe(self, execution: str) -> dict[str, Any]:
        """Say how a workflow stands."""
        described: dict[str, Any] = self.aws.client("stepfunctions").describe_execution(executionArn=execution)
        return described

    def end(self, execution: str, *, seconds: float = 60, pause: float = 0.1) -> dict[str, Any]:
        """Wait for a workflow's end."""
        until(lambda: self.describe(execution)["status"] != "RUNNING", seconds=seconds, pause=pause)
        return self.describe(execution)

    def answer(self, execution: str) -> dict[str, Any]:
        """Wait for what a workflow was told."""
        return self.told(self.end(execution))

    def told(self, end: dict[str, Any]) -> dict[str, Any]:
        """Read what a workflow was told that has ended."""
        assert end["status"] == "SUCCEEDED", end
        told: dict[str, Any] = json.loads(end["output"])["approval"]
        return told

    def items(self) -> list[dict[str, Any]]:
        """All of the table: approvals and their audit."""
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs["Table"])
        return [item for page in pages for item in page["Items"]]

    def has_told_all(self) -> bool:
        """Tell whether nothing lies in a dead-letter queue."""
        return not self.dead_letters("Told") and not self.dead_letters("News")

    def show(self, approval_id: str) -> dict[str, Any]:
        """Read an approval as it is stored."""
        key = {"approval_id": {"S": approval_id}, "entry": {"S": "approval"}}
        read = self.aws.client("dynamodb").get_item(TableName=self.outputs["Table"], Key=key, ConsistentRead=True)
        item: dict[str, Any] = read["Item"]
        return item

    def audit(self, approval_id: str) -> Counter[str]:
        """How often each event stands in the audit of an approval."""
        return Counter(
            item["event"]["S"] for item in self.items() if "event" in item and item["approval_id"]["S"] == approval_id
        )

    def dead_letters(self, queue: str) -> int:
        """How much lies in a dead-letter queue: what its alarm watches."""
        name = "ApproximateNumberOfMessages"
        told = self.aws.client("sqs").get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=[name])
        return int(told["Attributes"][name])

    def logged(self, function: str) -> list[str]:
        """All that a function has written."""
        functions, name = self.aws.client("lambda"), self.outputs[function]
        group = functions.get_function_configuration(FunctionName=name)["LoggingConfig"]["LogGroup"]
        pages = self.aws.client("logs").get_paginator("filter_log_events").paginate(logGroupName=group)
        return [event["message"] for page in pages for event in page["events"]]

    def letters(self, queue: str) -> list[str]:
        """Take what lies in a queue; it comes back in a while."""
        taken = self.aws.client("sqs").receive_message(QueueUrl=self.outputs[queue], MaxNumberOfMessages=10)
        return [message["Body"] for message in taken.get("Messages", [])]

    def news(self) -> list[str]:
        """Take the messages that came since the last time."""
        return self.letters("Messages")


@contextmanager
def deployed(aws: LocalAws, name: str, folder: Path) -> Iterator[TrialDesk]:
    """Deploy a trial with the real CDK CLI, and delete it in the end."""
    aws.bootstrap()
    app = App(outdir=str(folder / "cdk.out"))
    Trial(app, name, aws.region)
    assembly = app.synth().directory
    command = ["npx", "cdk", "deploy", name, "--app", assembly, "--require-approval=never", "--method=direct"]
    done = aws.run(command, cwd=ROOT, capture=True)
    assert done.returncode == 0, done.stdout
    stacks = aws.client("cloudformation")
    outputs = stacks.describe_stacks(StackName=name)["Stacks"][0]["Outputs"]
    yield TrialDesk(aws, {output["OutputKey"]: output["OutputValue"] for output in outputs})
    stacks.delete_stack(StackName=name)
    stacks.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig={"Delay": 1})


def until(look: Callable[[], Found | None], *, seconds: float = 60, pause: float = 0.1) -> Found:
    """Look until there is something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := look():
            return found
        time.sleep(pause)
    raise TimeoutError(look)
