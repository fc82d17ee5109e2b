"""A desk with the workflows that ask it, small enough to be deployed in a test."""

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import ApprovalDesk, ApprovalStep, UserDirectory

CALLBACK = "http://localhost:8000/signed-in"
PAGE = "https://desk.example.com/"
JSONATA = sfn.QueryLanguage.JSONATA


class Office(Stack):
    """The desk, its users, who listens to it, and a workflow for each way of asking."""

    def __init__(self, app: App, region: str) -> None:
        super().__init__(app, "Office", env=Environment(account="000000000000", region=region))
        users = UserDirectory(
            self,
            "Users",
            groups=["managers", "directors"],
            deletion_protection=False,
            removal_policy=RemovalPolicy.DESTROY,
        )
        web = users.add_web_client("Web", callback_urls=[CALLBACK])
        self.desk = ApprovalDesk(self, "Desk", users=users, approvers="managers", page_url=PAGE)
        self._listen()
        self._workflow("One", self._step("One"))
        self._workflow("Two", self._step("Two", quorum=2))
        self._workflow("Own", self._step("Own", self_approval=True))
        patient = self._step(
            "Patient",
            timeout=Duration.seconds(8),
            remind_every=Duration.seconds(2),
            escalate_after=Duration.seconds(3),
            escalate_to="directors",
        )
        self._workflow("Patient", patient.on_expired(sfn.Pass(self, "Late", result_path="$.late")))
        many = sfn.Map.jsonata(self, "Each", items=sfn.ProvideItems.jsonata("{% $states.input.items %}"))
        asked = self.desk.step(
            "Many", summary="{% $states.input.summary %}", timeout=Duration.minutes(5), query_language=JSONATA
        )
        self._workflow("Many", many.item_processor(asked), query_language=JSONATA)
        for name, value in {
            "DeskUrl": self.desk.api.url,
            "ClientId": web.user_pool_client_id,
            "UserPoolId": users.pool.user_pool_id,
            "Table": self.desk.table.table.table_name,
        }.items():
            CfnOutput(self, name, value=value)

    def _step(self, name: str, *, timeout: Duration | None = None, **arguments: object) -> ApprovalStep:
        return self.desk.step(
            name,
            summary=sfn.JsonPath.string_at("$.summary"),
            requester=sfn.JsonPath.string_at("$.who"),
            timeout=timeout or Duration.minutes(5),
            **arguments,  # type: ignore[arg-type]
        )

    def _workflow(self, name: str, chain: sfn.IChainable, query_language: sfn.QueryLanguage | None = None) -> None:
        body = sfn.DefinitionBody.from_chainable(chain)
        machine = sfn.StateMachine(
            self, f"{name}Workflow", definition_body=body, query_language=query_language, state_machine_name=name
        )
        CfnOutput(self, f"{name}Arn", value=machine.state_machine_arn)

    def _listen(self) -> None:
        """Keep what the topic and the bus are told, for the test to read."""
        messages, told = sqs.Queue(self, "Messages"), sqs.Queue(self, "Events")
        self.desk.news.topic.add_subscription(subscriptions.SqsSubscription(messages))
        pattern = events.EventPattern(source=["constructs_lib.approval"])
        events.Rule(self, "Rule", event_pattern=pattern, targets=[targets.SqsQueue(told)])
        CfnOutput(self, "MessagesUrl", value=messages.queue_url)
        CfnOutput(self, "EventsUrl", value=told.queue_url)


def synthesize(folder: Path, region: str) -> str:
    """Write the app's assembly, and say where."""
    app = App(outdir=str(folder / "cdk.out"))
    Office(app, region)
    return app.synth().directory
