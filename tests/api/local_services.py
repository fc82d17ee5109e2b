"""A queue, a workflow, a bus that a queue listens to, and a table: what the desk's routes reach without a function."""

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import AwsAction, ItemTable, ProtectedApi, WorkQueue

SOURCE, DETAIL_TYPE = "com.example.desk", "request posted"


class Services(Construct):
    """One of each service, told of in the outputs."""

    def __init__(self, scope: Stack, id: str) -> None:
        super().__init__(scope, id)
        self.orders = WorkQueue(self, "Orders")
        for queue in (self.orders.queue, self.orders.dead_letter_queue.queue):
            queue.apply_removal_policy(RemovalPolicy.DESTROY)
        done = sfn.DefinitionBody.from_chainable(sfn.Succeed(self, "Done"))
        self.workflow = sfn.StateMachine(self, "Workflow", definition_body=done)
        self.bus = events.EventBus(self, "Bus")
        heard = sqs.Queue(self, "Heard")
        pattern = events.EventPattern(source=[SOURCE], detail_type=[DETAIL_TYPE])
        events.Rule(self, "Rule", event_bus=self.bus, event_pattern=pattern, targets=[targets.SqsQueue(heard)])
        self.notes = ItemTable(
            self,
            "Notes",
            partition_key="owner",
            sort_key="number:N",
            deletion_protection=False,
            removal_policy=RemovalPolicy.DESTROY,
        )
        for name, value in {
            "Orders": self.orders.queue.queue_url,
            "Workflow": self.workflow.state_machine_arn,
            "Bus": self.bus.event_bus_name,
            "Heard": heard.queue_url,
            "Notes": self.notes.table.table_name,
        }.items():
            CfnOutput(scope, id + name, value=value)

    def answer(self, api: ProtectedApi, path: str, *, caller: bool = False) -> None:
        """Let each answer a route below a path; with the caller, they are told who calls."""
        api.route(f"POST {path}/orders", AwsAction.send_message(self.orders, caller=caller))
        api.route(f"POST {path}/workflow", AwsAction.start_execution(self.workflow, caller=caller))
        told = AwsAction.put_event(self.bus, source=SOURCE, detail_type=DETAIL_TYPE, caller=caller)
        api.route(f"POST {path}/events", told)
        key = "{number}" if caller else "{owner}/{number}"
        api.route(f"GET {path}/notes/{key}", AwsAction.get_item(self.notes, caller=caller))
