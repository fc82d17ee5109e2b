"""A desk where people decide what workflows ask."""

from json import dumps

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.api.protected_api import ProtectedApi
from constructs_lib.approval.approval_news import ApprovalNews
from constructs_lib.approval.approval_question import ApprovalQuestion
from constructs_lib.approval.approval_step import ApprovalStep
from constructs_lib.approval.approval_workflow import ApprovalWorkflow
from constructs_lib.approval.desk_function import desk_function
from constructs_lib.approval.express_workflows import NotInExpressWorkflows
from constructs_lib.arguments import is_token, require, require_kind, require_one_of, require_within
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.functions.python_function import PythonFunction
from constructs_lib.identity.user_directory import UserDirectory
from constructs_lib.items.item_table import ItemTable
from constructs_lib.quotas import APPROVAL_RETENTION

_ROUTES = ("GET /approvals", "GET /approvals/{approval_id}", "GET /decisions", "POST /approvals/{approval_id}/decision")
# Sparse: a decision takes an approval out of the first two, which so stay as short as the desk's pile.
_INDEXES = {
    "Waiting": ("waiting_for", "place"),
    "Escalated": ("escalated_to", "place"),
    "Decisions": ("decider", "place"),
}
_SEEN_ONLY = "No alarm_topic was given: the alarm is seen in CloudWatch, and tells nobody."
_DECIDED = {
    "eventName": ["MODIFY"],
    "dynamodb": {
        "OldImage": {"status": {"S": ["pending"]}},
        "NewImage": {"status": {"S": ["approved", "rejected"]}},
    },
}
"""The changes that the teller hears of: what closes an approval, not the question and not the end of the time."""


class ApprovalDesk(Construct):
    """Lets groups of signed-in people approve or reject what workflows ask; one desk serves many workflows.

    The task token stays in the desk's table and machine: it is in no link, message, event, log or answer. A decision is
    one ``POST`` by a signed-in member of a group that was asked, so a mail scanner that follows links decides nothing.
    It is stored first and told to the workflow from the table's stream, with retries and a dead-letter queue, and a
    workflow whose wait ends looks in the table itself: no crash in between loses a decision.

    The API: ``GET /approvals`` lists what waits for the caller, ``GET /approvals/{approval_id}`` shows one with its
    history, ``GET /decisions`` lists what the caller decided, and ``POST /approvals/{approval_id}/decision`` with
    ``{"decision": "approved" | "rejected", "comment": "..."}`` decides: 403 for who was not asked and for the
    requester, 409 when it was decided otherwise, 410 when the time is over. Who was refused is in the audit, too.

    Each change (requested, reminded, escalated, approved, rejected, expired) is told to a topic and to an event
    bus. The audit of it stands beside the approval in the table, and goes with it.

    Attributes:
        table: the approvals and their audit, also the closed ones until their retention is over.
        workflow: the desk's own state machine, one execution for each approval.
        api: the desk's API.
        api_function: answers the API; it may read and write the table, and knows nothing of the workflow.
        teller: tells the workflow what was decided; only it may, and only the desk's own.
        changes: the table's stream to the teller, with its dead-letter queue.
        news: the topic, the event bus, and what tells them.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        users: UserDirectory,
        approvers: str,
        notify: sns.ITopic | None = None,
        event_bus: events.IEventBus | None = None,
        page_url: str | None = None,
        encryption_key: kms.IKey | None = None,
        retention: Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Make the desk.

        Args:
            scope: the construct that the desk belongs to.
            id: the construct id.
            users: who signs in; a directory over a pool of yours will do.
            approvers: the group of ``users`` that decides, unless a step names another.
            notify: a topic of yours for the messages; None makes one, ``news.topic``, encrypted.
            event_bus: gets the events; None is the account's default bus.
            page_url: the https address of a page of yours where people decide. Messages then end in a link to it,
                ``PAGE_URL#/approvals/ID``, whose last part no server sees; None, and they say the approval's id.
            encryption_key: a key of yours for the table, the logs, and the topic that is made here, in a stack whose
                region is known; None encrypts with keys of AWS's, at no cost.
            retention: how long an approval is kept once it is closed, 1 day to 10 years; None is one year.
            alarm_topic: is told when a decision or a piece of news could not be told; None raises the alarms silently.

        Raises:
            InvalidArgument: a group that the directory lacks, a retention out of range, a page without https, or a key
                in a stack without a region.
        """
        retention = retention or Duration.days(365)
        require_kind("retention", retention, Duration, APPROVAL_RETENTION.source)
        self._groups_of_users = list(users.groups)
        require_one_of("approvers", approvers, self._groups_of_users, "the groups of users")
        require_within("retention", retention.to_days(integral=False), APPROVAL_RETENTION)
        require_kind("page_url", page_url or "", str, "constructs_lib.ApprovalDesk")
        is_page = page_url is None or is_token(page_url) or (page_url.startswith("https://") and "#" not in page_url)
        require(is_page, "page_url", "be an https URL without a fragment", page_url, "constructs_lib.ApprovalDesk")
        super().__init__(scope, id)
        self.table = ItemTable(
            self,
            "Approvals",
            partition_key="approval_id",
            sort_key="entry",
            ttl_attribute="forget_at",
            indexes=_INDEXES,
            encryption_key=encryption_key,
        )
        self.workflow = ApprovalWorkflow(self, "Workflow", table=self.table, retention=retention)
        self.api_function = self._api_function(retention)
        self.api = ProtectedApi(self, "Api", users=users)
        for route in _ROUTES:
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
        self.news = ApprovalNews(
            self,
            "News",
            table=self.table,
            page_url=page_url,
            topic=notify,
            bus=event_bus,
            encryption_key=encryption_key,
            alarm_topic=alarm_topic,
        )
        self._approvers, self._asked, self._steps = approvers, set[str](), set[str]()
        self._let_decide(approvers)
        self.node.add_validation(NotInExpressWorkflows(self, self._steps))
        self._acknowledge_choices(has_key=bool(encryption_key or notify), is_told=bool(alarm_topic))

    def step(
        self,
        id: str,
        *,
        summary: str,
        timeout: Duration,
        details: str | None = None,
        requester: str | None = None,
        quorum: int = 1,
        approvers: str | None = None,
        self_approval: bool = False,
        remind_every: Duration | None = None,
        escalate_after: Duration | None = None,
        escalate_to: str | None = None,
        result_path: str = "$.approval",
        query_language: sfn.QueryLanguage = sfn.QueryLanguage.JSON_PATH,
    ) -> ApprovalStep:
        """Give a step that asks this desk; the workflow's role gets the right to ask.

        Texts may be paths into the state's input (``sfn.JsonPath.string_at("$.summary")``) or, in JSONata, expressions
        (``"{% $states.input.summary %}"``).

        Args:
            id: the step's name in the workflow and at the desk, unique at the desk.
            summary: what is to be decided, in 1 to 1,000 characters; a longer one from the input fails the step with
                ``Approval.SummaryLength``.
            timeout: how long people have, whole seconds up to 364 days; then it is expired. A standard execution
                ends after a year (Step Functions service quotas), and the answer must still be told in it.
            details: more to decide by. More than 256 KB of input fails the step (Step Functions service quotas).
            requester: the ``sub`` of who asks, who then cannot decide; an e-mail address will do as long as nobody can
                change theirs.
            quorum: how many different people must approve, 1 to 10; one rejection ends it.
            approvers: the group of users that decides; None is the desk's.
            self_approval: let the requester decide, too.
            remind_every: how often to remind of it, whole seconds, at most 100 times; None never.
            escalate_after: when to ask another group, too, before the timeout; None never.
            escalate_to: that group; both groups may then decide.
            result_path: where the decision is added to the state's input; in JSONata ``$.name`` for a name in it.
            query_language: that of the workflow.

        Raises:
            InvalidArgument: no summary, a number or time out of range, a reminder or an escalation after the timeout, a
                group that the directory lacks, a result path that is none, or a text in the other query language. At
                the end of synth: the step is in an Express workflow, where nothing can wait.
        """
        question = ApprovalQuestion(
            step=id,
            summary=summary,
            details=details or "",
            requester=requester or "",
            timeout=timeout,
            quorum=quorum,
            approvers=approvers or self._approvers,
            self_approval=self_approval,
            remind_every=remind_every,
            escalate_after=escalate_after,
            escalate_to=escalate_to,
        )
        question.check(self._groups_of_users)
        require_kind("query_language", query_language, sfn.QueryLanguage, "constructs_lib.ApprovalDesk")
        step = ApprovalStep(
            self,
            id,
            desk_workflow=self.workflow.machine,
            question=question,
            result_path=result_path,
            query_language=query_language,
        )
        self._steps.add(id)
        self._let_decide(question.approvers, *([escalate_to] if escalate_to else []))
        return step

    def _acknowledge_choices(self, *, has_key: bool, is_told: bool) -> None:
        if has_key:
            reason = "The actions that make data keys, as AWS groups them, on the one key that was given."
            acknowledge(self, "AwsSolutions-IAM5[Action::kms:GenerateDataKey*]", reason=reason)
        if not is_told:
            for stream in (self.changes, self.news.changes):
                for alarm in (stream.dead_letter_queue.alarm, stream.late_alarm):
                    acknowledge(alarm, *in_compliance_packs("CloudWatchAlarmAction"), reason=_SEEN_ONLY)

    def _let_decide(self, *groups: str) -> None:
        """Let groups into the API, which lists for each what waits for it."""
        self._asked.update(groups)
        self.api_function.add_environment("GROUPS", dumps(sorted(self._asked)))

    def _api_function(self, retention: Duration) -> PythonFunction:
        function = desk_function(
            self,
            "ApiFunction",
            handler="desk.api.handler",
            timeout=Duration.seconds(10),
            encryption_key=self.table.encryption_key,
            environment={"RETENTION_SECONDS": str(int(retention.to_seconds(integral=False)))},
        )
        self.table.grant(
            function, "dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"
        )
        self.table.grant(function, "dynamodb:Query")
        return function

    def _teller(self) -> PythonFunction:
        function = desk_function(
            self,
            "Teller",
            handler="desk.teller.handler",
            timeout=Duration.seconds(30),
            encryption_key=self.table.encryption_key,
        )
        iam.Grant.add_to_principal(
            grantee=function,
            actions=["states:SendTaskSuccess"],
            resource_arns=[self.workflow.machine.state_machine_arn],
        )
        return function
