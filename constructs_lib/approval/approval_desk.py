"""A desk where people decide what workflows ask."""

from pathlib import Path

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sns as sns
from constructs import Construct

from constructs_lib.api.protected_api import ProtectedApi
from constructs_lib.approval.approval_step import ApprovalStep
from constructs_lib.approval.approval_workflow import ApprovalWorkflow
from constructs_lib.arguments import require_one_of, require_within
from constructs_lib.functions.python_function import PythonFunction
from constructs_lib.identity.user_directory import UserDirectory
from constructs_lib.items.item_table import ItemTable
from constructs_lib.quotas import APPROVAL_RETENTION

_RUNTIME = Path(__file__).with_name("runtime")
_WAITING = "Waiting"
_DECIDED = {
    "eventName": ["MODIFY"],
    "dynamodb": {
        "OldImage": {"status": {"S": ["pending"]}},
        "NewImage": {"status": {"S": ["approved", "rejected"]}},
    },
}
"""The changes that the teller hears of: a decision, not the question and not the end of the time."""


class ApprovalDesk(Construct):
    """Lets a group of signed-in people approve or reject what workflows ask; one desk serves many workflows.

    The task token stays in the desk's table and machine: it is in no link, message, log or answer. A decision is one
    ``POST`` by a signed-in member of the group, so a mail scanner that follows links decides nothing. The first
    decision wins; it is stored first and told to the workflow from the table's stream, with retries and a dead-letter
    queue, and a workflow whose wait ends looks in the table itself: no crash in between loses a decision.

    The API: ``GET /approvals`` lists what waits, ``GET /approvals/{approval_id}`` shows one, and ``POST
    /approvals/{approval_id}/decision`` with ``{"decision": "approved" | "rejected", "comment": "..."}`` decides: 403
    for others than the group and for the requester, 409 when somebody decided otherwise, 410 when the time is over.

    Attributes:
        table: the approvals, also the closed ones until their retention is over.
        workflow: the desk's own state machine, one execution for each approval.
        api: the desk's API.
        api_function: answers the API; it may read and update the table, and knows nothing of the workflow.
        teller: tells the workflow what was decided; only it may, and only the desk's own.
        changes: the table's stream to the teller, with its dead-letter queue.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        users: UserDirectory,
        approvers: str,
        retention: Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Make the desk.

        Args:
            scope: the construct that the desk belongs to.
            id: the construct id.
            users: who signs in.
            approvers: the group of ``users`` that decides.
            retention: how long an approval is kept once it is closed, 1 day to 10 years; None is one year.
            alarm_topic: is told when a decision could not be told to its workflow; None raises the alarm silently.

        Raises:
            InvalidArgument: a group that the directory lacks, or a retention out of range.
        """
        retention = retention or Duration.days(365)
        require_one_of("approvers", approvers, list(users.groups), "the groups of users")
        require_within("retention", retention.to_days(integral=False), APPROVAL_RETENTION)
        super().__init__(scope, id)
        self.table = ItemTable(
            self,
            "Approvals",
            partition_key="approval_id",
            ttl_attribute="forget_at",
            # Sparse: a decision takes the item out of the index, which so stays as short as the desk's pile.
            indexes={_WAITING: ("waiting_for", "requested_at")},
        )
        self.workflow = ApprovalWorkflow(self, "Workflow", table=self.table, approvers=approvers, retention=retention)
        self.api_function = self._api_function(approvers, retention)
        self.api = ProtectedApi(self, "Api", users=users)
        for route in ("GET /approvals", "GET /approvals/{approval_id}", "POST /approvals/{approval_id}/decision"):
            self.api.route(route, self.api_function)
        self.teller = self._teller()
        self.changes = self.table.on_change(
            self.teller,
            patterns=[_DECIDED],
            # As long as the stream keeps a decision, it is tried to tell it.
            retries=10_000,
            maximum_record_age=Duration.hours(24),
            alarm_topic=alarm_topic,
        )

    def step(
        self,
        id: str,
        *,
        summary: str,
        timeout: Duration,
        details: str = "",
        requester: str = "",
        result_path: str = "$.approval",
    ) -> ApprovalStep:
        """Give a step that asks this desk, for a workflow in JSONPath; the workflow's role gets the right to ask.

        Args:
            id: the step's name in the workflow and at the desk, unique at the desk.
            summary: what is to be decided, in a sentence: text, or a path into the state's input
                (``sfn.JsonPath.string_at("$.summary")``).
            timeout: how long people have, whole seconds up to 364 days; then it is expired. A standard execution
                ends after a year (Step Functions service quotas), and the answer must still be told in it.
            details: more to decide by; text or a path.
            requester: the ``sub`` of who asks, who then cannot decide; an e-mail address will do as long as nobody can
                change theirs; text or a path.
            result_path: where the decision is added to the state's input.

        Raises:
            InvalidArgument: no summary, a timeout out of range, or a result path that is none.
        """
        return ApprovalStep(
            self,
            id,
            desk_workflow=self.workflow.machine,
            summary=summary,
            timeout=timeout,
            details=details,
            requester=requester,
            result_path=result_path,
        )

    def _api_function(self, approvers: str, retention: Duration) -> PythonFunction:
        function = PythonFunction(
            self,
            "ApiFunction",
            source=_RUNTIME,
            handler="api.handler",
            timeout=Duration.seconds(10),
            environment={
                "APPROVERS": approvers,
                "RETENTION_SECONDS": str(int(retention.to_seconds(integral=False))),
                "WAITING_INDEX": _WAITING,
            },
        )
        self.table.grant(function, "dynamodb:GetItem", "dynamodb:UpdateItem")
        self.table.grant(function, "dynamodb:Query")
        return function

    def _teller(self) -> PythonFunction:
        function = PythonFunction(
            self, "Teller", source=_RUNTIME, handler="teller.handler", timeout=Duration.seconds(30)
        )
        iam.Grant.add_to_principal(
            grantee=function,
            actions=["states:SendTaskSuccess"],
            resource_arns=[self.workflow.machine.state_machine_arn],
        )
        return function
