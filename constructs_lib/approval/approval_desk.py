"""A desk where people decide what workflows ask."""

from json import dumps

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.logging import ApiGatewayLogging
from constructs_lib.api.protected_api import ProtectedApi
from constructs_lib.api.web_acl import WebAcl
from constructs_lib.approval.approval_news import ApprovalNews
from constructs_lib.approval.approval_page import ApprovalPage, serves_page
from constructs_lib.approval.approval_question import ApprovalQuestion, require_group
from constructs_lib.approval.approval_step import ApprovalStep
from constructs_lib.approval.approval_workflow import ApprovalWorkflow
from constructs_lib.approval.decision_teller import DECIDED, decision_teller
from constructs_lib.approval.desk_api import ROUTES, desk_api_function
from constructs_lib.approval.express_workflows import NotInExpressWorkflows
from constructs_lib.arguments import has, require, require_kind, require_within
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.identity.user_directory import UserDirectory
from constructs_lib.items.indexes import Index
from constructs_lib.items.item_table import ItemTable
from constructs_lib.quotas import APPROVAL_RETENTION

# Of an approval; neither its details nor its task token are copied.
_LISTED = (
    *("step", "summary", "requester", "requested_at", "expires_at", "status", "quorum", "decisions"),
    *("reminded_at", "escalated_at"),
)
# Sparse: a decision takes an approval out of the first two, which so stay as short as the desk's pile.
_INDEXES = {
    "Waiting": Index(("waiting_for", "place"), attributes=_LISTED),
    "Escalated": Index(("escalated_to", "place"), attributes=_LISTED),
    "Decisions": Index(("decider", "place"), attributes=["event", "comment", "at"]),
}
_SOURCE = "constructs_lib.ApprovalDesk"
_SEEN_ONLY = "No alarm_topic was given: the alarm is seen in CloudWatch, and tells nobody."


class ApprovalDesk(Construct):
    """Lets groups of signed-in people approve or reject what workflows ask; one desk serves many workflows.

    The task token stays in the desk's table and machine: it is in no link, message, event, log or answer. A decision is
    one ``POST`` by a signed-in member of a group that was asked, so a mail scanner that follows links decides nothing.
    It is stored first and told to the workflow from the table's stream, with retries and a dead-letter queue, and a
    workflow whose wait ends looks in the table itself: no crash in between loses a decision.

    People decide on the desk's page, whose address is ``page_url``; or on one of yours, by the desk's API:
    ``GET /approvals`` lists what waits for the caller, ``GET /approvals/{approval_id}`` shows one with its history,
    ``GET /decisions`` lists what the caller decided, and ``POST /approvals/{approval_id}/decision`` with
    ``{"decision": "approved" | "rejected", "comment": "..."}`` decides: 403 for who was not asked and for the
    requester, 409 when it was decided otherwise, 410 when the time is over. Who was refused is in the audit, too.

    Each change (requested, reminded, escalated, approved, rejected, expired) is told to a topic and to an event
    bus. The audit of it stands beside the approval in the table, and goes with it.

    Attributes:
        table: the approvals and their audit, also the closed ones until their retention is over.
        workflow: the desk's own state machine, one execution for each approval.
        api: the desk's API; the page's files are all that it answers to who is not signed in.
        page: the desk's page; None where there is none, or one of yours.
        page_url: where people decide, by which a message's link begins; None without a page.
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
        page: bool = True,
        page_url: str | None = None,
        domain: ApiDomain | None = None,
        web_acl: WebAcl | None = None,
        logging: ApiGatewayLogging | None = None,
        encryption_key: kms.IKey | None = None,
        retention: Duration | None = None,
        alarm_topic: sns.ITopic | None = None,
    ) -> None:
        """Make the desk.

        Args:
            scope: the construct that the desk belongs to.
            id: the construct id.
            users: who signs in; a directory over a pool of yours will do, which for the page needs its ``sign_in_url``.
            approvers: the group of ``users`` that decides, unless a step names another.
            notify: a topic of yours for the messages; None makes one, ``news.topic``, encrypted.
            event_bus: gets the events; None is the account's default bus.
            page: whether the desk serves its page. Messages end in a link to it, ``PAGE_URL#/approvals/ID``, whose last
                part no server sees; without a page they say the approval's id.
            page_url: the https address of a page of yours where people decide; the desk then serves none, and messages
                link to yours.
            domain: the name of the API and the page, a single one for a page; None leaves them at the address that API
                Gateway gives.
            web_acl: what judges each request first, as in `ProtectedApi`.
            logging: lets the API write an access log and its errors, as in `ProtectedApi`; None for no logs of it.
            encryption_key: a key of yours for the table, the logs, and the topic that is made here, in a stack whose
                region is known; None encrypts with keys of AWS's, at no cost.
            retention: how long an approval is kept once it is closed, 1 day to 10 years; None is one year.
            alarm_topic: is told when a decision or a piece of news could not be told, and when the API fails, is slow
                or refuses requests; None raises the former alarms silently, and makes none of the API.

        Raises:
            InvalidArgument: a group that the directory lacks, a retention out of range, a page without https, a page
                where nobody knows where people sign in, a wildcard as its name, a key in a stack without a region, or
                what `ProtectedApi` refuses of its arguments.
        """
        retention = retention or Duration.days(365)
        require_kind("users", users, UserDirectory, _SOURCE)
        require_kind("retention", retention, Duration, APPROVAL_RETENTION.source)
        self._groups_of_users = list(users.groups)
        require_group("approvers", approvers, self._groups_of_users)
        require_within("retention", retention.to_days(integral=False), APPROVAL_RETENTION)
        if domain is not None:
            require_kind("domain", domain, ApiDomain, _SOURCE)
        require(notify is None or has(notify, "topic_arn"), "notify", "be an SNS topic", notify, _SOURCE)
        is_bus = event_bus is None or has(event_bus, "event_bus_arn")
        require(is_bus, "event_bus", "be an EventBridge event bus", event_bus, _SOURCE)
        has_own_page = serves_page(page, page_url, users=users, domain=domain)
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
        self.api_function = desk_api_function(self, table=self.table, retention=retention)
        self.api = ProtectedApi(
            self,
            "Api",
            users=users,
            domain=domain,
            web_acl=web_acl,
            logging=logging,
            log_encryption_key=encryption_key,
            alarm_topic=alarm_topic,
        )
        for route in ROUTES:
            self.api.route(route, self.api_function)
        self.page: ApprovalPage | None = None
        if has_own_page:
            self.page = ApprovalPage(
                self, "Page", api=self.api, users=users, approvers=approvers, encryption_key=encryption_key
            )
        self.page_url = self.page.url if self.page else page_url
        self.teller = decision_teller(self, machine=self.workflow.machine, encryption_key=encryption_key)
        self.changes = self.table.on_change(
            self.teller,
            patterns=[DECIDED],
            # As long as the stream keeps a decision, it is tried to tell it.
            retries=10_000,
            maximum_record_age=Duration.hours(24),
            late_after=Duration.minutes(5),
            alarm_topic=alarm_topic,
        )
        self.teller.add_environment("DEAD_LETTERS_URL", self.changes.dead_letter_queue.queue.queue_url)
        self.news = ApprovalNews(
            self,
            "News",
            table=self.table,
            page_url=self.page_url,
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
            details: more to decide by, up to 20,000 characters; longer ones from the input fail the step with
                ``Approval.DetailsLength``. Keep what is longer elsewhere, and name it here.
            requester: the ``sub`` of who asks, who then cannot decide; an e-mail address will do as long as nobody can
                change theirs. One above 320 characters fails the step with ``Approval.RequesterLength``, an empty one
                from the input with ``Approval.NoRequester``, unless they may decide.
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
        require_kind("query_language", query_language, sfn.QueryLanguage, _SOURCE)
        require_kind("result_path", result_path, str, _SOURCE)
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
