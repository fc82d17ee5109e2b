"""DatabaseEvents: each of its targets may be reached, nothing is lost silently, and what cannot work is refused."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk.assertions import Annotations, Match
from cdk_nag import (
    AwsSolutionsChecks,
    HIPAASecurityChecks,
    NIST80053R5Checks,
    PCIDSS321Checks,
    ServerlessChecks,
)

from constructs_lib import InvalidArgument
from constructs_lib.checks import add_checks
from constructs_lib.relational.event_source import CATEGORIES
from constructs_lib.testing import template_of
from tests.relational.observed import AURORA, INSTANCE, findings_of_cfn_lint, made, observed
from tests.statements import allowed, listed, only, resources, role_of

SUBSCRIPTION, TOPIC, TOPIC_POLICY = "AWS::RDS::EventSubscription", "AWS::SNS::Topic", "AWS::SNS::TopicPolicy"
RDS, CLOUDWATCH = "events.rds.amazonaws.com", "cloudwatch.amazonaws.com"
SAME_ACCOUNT = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
SOMEBODY = "arn:aws:{}:eu-west-1:111111111111:{}"


@pytest.fixture
def stack() -> Stack:
    return Stack(App(), "Data")


def function(stack: Stack, id: str = "Heard", **options: Any) -> lambda_.Function:
    code = lambda_.Code.from_inline("def handler(event, context): ...")
    return lambda_.Function(
        stack, id, runtime=lambda_.Runtime.PYTHON_3_14, handler="index.handler", code=code, **options
    )


def imported_topic(stack: Stack, name: str = "alerts") -> sns.ITopic:
    return sns.Topic.from_topic_arn(stack, "Imported", SOMEBODY.format("sns", name))


def policy_statements(template: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    """Those of resource policies, without the keys' own statement for the account."""
    for policy in resources(template, kind).values():
        document = policy["KeyPolicy" if kind == "AWS::KMS::Key" else "PolicyDocument"]
        for statement in document["Statement"]:
            if "kms:*" not in listed(statement["Action"]):
                yield statement


def grants_to(template: dict[str, Any], kind: str, service: str) -> list[dict[str, Any]]:
    """What a service is allowed by the resource policies of one kind."""
    return [
        statement
        for statement in policy_statements(template, kind)
        if statement["Effect"] == "Allow" and service in listed(statement["Principal"]["Service"])
    ]


def refusals_of_plain_http(template: dict[str, Any], kind: str) -> int:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    found = policy_statements(template, kind)
    return sum(each["Effect"] == "Deny" and each["Condition"] == condition for each in found)


@pytest.mark.parametrize(
    ("engine", "of", "kind", "name"),
    [
        (AURORA, "database", "db-cluster", "ledger"),
        (INSTANCE, "database", "db-instance", "ledger"),
        (AURORA, "proxy", "db-proxy", "ledger-proxy"),
    ],
)
def test_it_hears_of_this_one_source_only(stack: Stack, engine: Any, of: Any, kind: str, name: str) -> None:
    observed(stack, engine).events().subscribe(sns.Topic(stack, "Alerts"), categories=["failure"], of=of)
    subscription = only(template_of(stack), SUBSCRIPTION)
    assert (subscription["SourceType"], subscription["SourceIds"]) == (kind, [name])
    assert subscription["EventCategories"] == ["failure"]


def test_without_categories_it_hears_all(stack: Stack) -> None:
    observed(stack).events().subscribe(sns.Topic(stack, "Alerts"))
    assert "EventCategories" not in only(template_of(stack), SUBSCRIPTION)


@pytest.mark.parametrize("of", ["database", "proxy"])
def test_the_subscription_goes_before_what_it_tells_of(stack: Stack, of: Any) -> None:
    made(stack).events().subscribe(sns.Topic(stack, "Alerts"), of=of)
    template = template_of(stack)
    (source,) = only(template, SUBSCRIPTION)["SourceIds"]
    assert (
        template["Resources"][source["Ref"]]["Type"]
        == {
            "database": "AWS::RDS::DBCluster",
            "proxy": "AWS::RDS::DBProxy",
        }[of]
    )


def test_rds_may_publish_before_it_is_asked_to(stack: Stack) -> None:
    """And CloudWatch still: without a policy the topic let it."""
    events = observed(stack).events()
    events.subscribe(sns.Topic(stack, "Alerts"))
    events.subscribe(function(stack))
    template = template_of(stack)
    for name, topic in _topics_of_subscriptions(template).items():
        (policy_name,) = template["Resources"][name]["DependsOn"]
        policy = template["Resources"][policy_name]["Properties"]
        assert policy["Topics"] == [{"Ref": topic}]
        (grant,) = (each for each in policy["PolicyDocument"]["Statement"] if each["Effect"] == "Allow")
        assert RDS in listed(grant["Principal"]["Service"])
        assert (grant["Action"], grant["Resource"]) == ("sns:Publish", {"Ref": topic})
        assert grant["Condition"] == SAME_ACCOUNT
        assert (CLOUDWATCH in listed(grant["Principal"]["Service"])) == topic.startswith("Alerts")


def _topics_of_subscriptions(template: dict[str, Any]) -> dict[str, str]:
    found = resources(template, SUBSCRIPTION)
    assert len(found) == 2
    return {name: each["SnsTopicArn"]["Ref"] for name, each in found.items()}


def test_rds_may_use_the_key_of_an_encrypted_topic(stack: Stack) -> None:
    key = kms.Key(stack, "AlertsKey")
    observed(stack).events().subscribe(sns.Topic(stack, "Alerts", master_key=key))
    (grant,) = policy_statements(template_of(stack), "AWS::KMS::Key")
    assert grant["Principal"]["Service"] == [RDS, CLOUDWATCH]
    assert grant["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert grant["Condition"] == SAME_ACCOUNT


def test_a_topic_s_own_statements_stay_and_ours_is_there_once(stack: Stack) -> None:
    topic = sns.Topic(stack, "Alerts", enforce_ssl=True)
    topic.grant_publish(iam.ServicePrincipal("budgets.amazonaws.com"))
    events = observed(stack).events()
    events.subscribe(topic)
    events.subscribe(topic, of="proxy")
    template = template_of(stack)
    assert len(grants_to(template, TOPIC_POLICY, RDS)) == 1
    assert len(grants_to(template, TOPIC_POLICY, "budgets.amazonaws.com")) == 1
    assert refusals_of_plain_http(template, TOPIC_POLICY) == 1


def test_a_topic_of_another_stack_makes_no_cycle() -> None:
    app = App()
    alerts, data = Stack(app, "Alerting"), Stack(app, "Data")
    topic = sns.Topic(alerts, "Alerts", master_key=kms.Key(alerts, "Key"))
    made(data).events().subscribe(topic)
    assert only(template_of(data), SUBSCRIPTION)["SnsTopicArn"] != {"Ref": "Alerts"}
    assert grants_to(template_of(alerts), TOPIC_POLICY, RDS)
    assert alerts in data.dependencies


def test_a_function_and_a_queue_of_another_stack_make_no_cycle() -> None:
    app = App()
    data, application = Stack(app, "Data"), Stack(app, "Application")
    events = made(data).events()
    events.subscribe(function(application))
    events.subscribe(sqs.Queue(application, "Inbox", encryption=sqs.QueueEncryption.KMS))
    assert len(resources(template_of(data), SUBSCRIPTION)) == 2
    assert data in application.dependencies


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    """A function and a queue that hear through topics of ours, the queue of both sources."""
    stack = Stack(App(), "Data")
    events = observed(stack).events()
    events.subscribe(function(stack), categories=["failover"])
    inbox = sqs.Queue(stack, "Inbox", encryption=sqs.QueueEncryption.KMS)
    events.subscribe(inbox, categories=["maintenance"])
    events.subscribe(inbox, of="proxy")
    return template_of(stack)


@pytest.fixture(scope="module")
def topics(template: dict[str, Any]) -> dict[str, str]:
    """The topic of each protocol."""
    found = resources(template, "AWS::SNS::Subscription").values()
    return {each["Protocol"]: each["TopicArn"]["Ref"] for each in found}


def test_each_target_hears_only_what_it_asked_for(template: dict[str, Any], topics: dict[str, str]) -> None:
    assert set(topics.values()) == set(resources(template, TOPIC))
    heard = {
        (each["SnsTopicArn"]["Ref"], each["SourceType"], *each.get("EventCategories", ["everything"]))
        for each in resources(template, SUBSCRIPTION).values()
    }
    assert heard == {
        (topics["lambda"], "db-cluster", "failover"),
        (topics["sqs"], "db-cluster", "maintenance"),
        (topics["sqs"], "db-proxy", "everything"),
    }


def test_the_function_may_be_invoked_by_its_topic(template: dict[str, Any], topics: dict[str, str]) -> None:
    permission = only(template, "AWS::Lambda::Permission")
    assert permission["Principal"] == "sns.amazonaws.com"
    assert permission["SourceArn"] == {"Ref": topics["lambda"]}
    assert permission["Action"] == "lambda:InvokeFunction"


def test_the_topic_may_send_to_the_queue_through_its_key(template: dict[str, Any], topics: dict[str, str]) -> None:
    (inbox,) = (name for name in resources(template, "AWS::SQS::Queue") if name.startswith("Inbox"))
    (grant,) = (
        each
        for each in grants_to(template, "AWS::SQS::QueuePolicy", "sns.amazonaws.com")
        if each["Resource"] == {"Fn::GetAtt": [inbox, "Arn"]}
    )
    assert grant["Action"] == "sqs:SendMessage"
    assert grant["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": topics["sqs"]}}}
    (use,) = grants_to(template, "AWS::KMS::Key", "sns.amazonaws.com")
    assert use["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]


def test_the_topics_are_encrypted_with_one_key_that_rds_may_use(template: dict[str, Any]) -> None:
    (key_name,) = (name for name in resources(template, "AWS::KMS::Key") if name.startswith("Events"))
    for topic in resources(template, TOPIC).values():
        assert topic["KmsMasterKeyId"] == {"Fn::GetAtt": [key_name, "Arn"]}
    key = template["Resources"][key_name]
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["DeletionPolicy"] == "Delete"
    (grant,) = grants_to(template, "AWS::KMS::Key", RDS)
    assert grant["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert grant["Condition"] == SAME_ACCOUNT
    assert not grants_to(template, "AWS::KMS::Key", CLOUDWATCH)


def test_the_topics_take_tls_only(template: dict[str, Any]) -> None:
    assert refusals_of_plain_http(template, TOPIC_POLICY) == len(resources(template, TOPIC)) == 2


def test_what_sns_cannot_deliver_lies_in_a_queue_with_an_alarm(
    template: dict[str, Any], topics: dict[str, str]
) -> None:
    (dead,) = (name for name in resources(template, "AWS::SQS::Queue") if name.startswith("Events"))
    arn = {"Fn::GetAtt": [dead, "Arn"]}
    for subscription in resources(template, "AWS::SNS::Subscription").values():
        assert subscription["RedrivePolicy"] == {"deadLetterTargetArn": arn}
    senders = [
        each["Condition"]["ArnEquals"]["aws:SourceArn"]["Ref"]
        for each in grants_to(template, "AWS::SQS::QueuePolicy", "sns.amazonaws.com")
        if each["Resource"] == arn
    ]
    assert sorted(senders) == sorted(topics.values())
    queue = template["Resources"][dead]["Properties"]
    assert (queue["MessageRetentionPeriod"], queue["SqsManagedSseEnabled"]) == (14 * 24 * 3600, True)
    alarm = only(template, "AWS::CloudWatch::Alarm")
    assert [each["Value"]["Fn::GetAtt"][0] for each in alarm["Dimensions"]] == [dead]


def test_so_does_what_the_function_fails_at(template: dict[str, Any]) -> None:
    (resource,) = (each for each in template["Resources"].values() if each["Type"] == "AWS::Lambda::Function")
    arn = resource["Properties"]["DeadLetterConfig"]["TargetArn"]
    assert arn["Fn::GetAtt"][0].startswith("EventsDeadLetters")
    assert allowed(template, role_of(resource["Properties"])) == {"sqs:SendMessage": [arn]}
    (policy,) = resources(template, "AWS::IAM::Policy")
    assert policy in resource["DependsOn"]


def test_one_function_or_queue_may_hear_of_two_databases(stack: Stack) -> None:
    first, second = function(stack), sqs.Queue(stack, "Inbox")
    watched = observed(stack)
    for events in (watched.events("Ledger"), watched.events("Archive")):
        events.subscribe(first)
        events.subscribe(second)
    template = template_of(stack)
    found = resources(template, "AWS::SNS::Subscription").values()
    assert {each["TopicArn"]["Ref"] for each in found} == set(resources(template, TOPIC))
    assert len(found) == 4


def test_a_function_keeps_its_own_dead_letter_queue(stack: Stack) -> None:
    own = sqs.Queue(stack, "Own")
    observed(stack).events().subscribe(function(stack, dead_letter_queue=own))
    target = only(template_of(stack), "AWS::Lambda::Function")["DeadLetterConfig"]["TargetArn"]
    assert target["Fn::GetAtt"][0].startswith("Own")


def test_nothing_is_made_until_somebody_listens(stack: Stack) -> None:
    observed(stack).events()
    assert "Resources" not in template_of(stack)


def test_who_is_on_call_hears_of_lost_events(stack: Stack) -> None:
    topic = sns.Topic(stack, "Alerts")
    observed(stack).events(alarm_topic=topic).subscribe(function(stack))
    (action,) = only(template_of(stack), "AWS::CloudWatch::Alarm")["AlarmActions"]
    assert action["Ref"].startswith("Alerts")


def test_an_imported_topic_is_taken_with_a_warning(stack: Stack) -> None:
    """SNS's default policy lets RDS publish; whether it still stands, nobody here can know."""
    events = observed(stack).events()
    events.subscribe(imported_topic(stack))
    found = Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("imported topic"))
    assert "events.rds.amazonaws.com and cloudwatch.amazonaws.com" in str(found[0].entry.data)


def test_a_topic_with_an_imported_key_is_taken_with_a_warning(stack: Stack) -> None:
    key = kms.Key.from_key_arn(stack, "Imported", SOMEBODY.format("kms", "key/0123"))
    observed(stack).events().subscribe(sns.Topic(stack, "Alerts", master_key=key))
    assert Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("imported topic"))


@pytest.mark.parametrize("what", ["queue", "key"])
def test_an_imported_queue_or_key_of_one_is_taken_with_a_warning(stack: Stack, what: str) -> None:
    queue: sqs.IQueue
    if what == "queue":
        queue = sqs.Queue.from_queue_arn(stack, "Imported", SOMEBODY.format("sqs", "inbox"))
    else:
        key = kms.Key.from_key_arn(stack, "Imported", SOMEBODY.format("kms", "key/0123"))
        queue = sqs.Queue(stack, "Inbox", encryption_master_key=key)
    observed(stack).events().subscribe(queue)
    assert Annotations.from_stack(stack).find_warning("*", Match.string_like_regexp("sqs:SendMessage"))


def test_what_can_be_changed_from_here_warns_of_nothing(stack: Stack) -> None:
    events = observed(stack).events()
    events.subscribe(sns.Topic(stack, "Alerts", master_key=kms.Key(stack, "Key")))
    events.subscribe(sqs.Queue(stack, "Inbox", encryption=sqs.QueueEncryption.KMS))
    events.subscribe(function(stack))
    assert Annotations.from_stack(stack).find_warning("*", Match.any_value()) == []


@pytest.mark.parametrize("engine", [AURORA, INSTANCE])
@pytest.mark.parametrize("of", ["database", "proxy"])
def test_an_unknown_category_is_refused_with_those_that_are_known(stack: Stack, engine: Any, of: Any) -> None:
    kind = "db-proxy" if of == "proxy" else "db-cluster" if engine is AURORA else "db-instance"
    events = observed(stack, engine).events()
    with pytest.raises(InvalidArgument) as refused:
        events.subscribe(sns.Topic(stack, "Alerts"), categories=["failure", "fail-over"], of=of)
    known = ", ".join(map(repr, CATEGORIES[kind]))
    assert str(refused.value) == (
        f"categories must be one of {known}, got 'fail-over' (Amazon RDS event categories and event messages)"
    )
    assert events.node.children == []


def test_each_source_has_the_categories_of_its_own() -> None:
    assert "low storage" not in CATEGORIES["db-cluster"]
    assert "failover" not in CATEGORIES["db-proxy"]
    assert all("failure" in each for each in CATEGORIES.values())
    assert all(list(each) == sorted(set(each)) for each in CATEGORIES.values())


def test_one_category_is_no_list(stack: Stack) -> None:
    with pytest.raises(InvalidArgument, match="categories must be a list of them, got 'failure'"):
        observed(stack).events().subscribe(sns.Topic(stack, "Alerts"), categories="failure")


def test_a_target_is_subscribed_once_to_a_source(stack: Stack) -> None:
    events, topic = observed(stack).events(), sns.Topic(stack, "Alerts")
    events.subscribe(topic, categories=["failover"])
    with pytest.raises(InvalidArgument, match="not hear of the database twice: name all categories at once"):
        events.subscribe(topic, categories=["failure"])


@pytest.mark.parametrize(
    ("target", "sentence"),
    [
        (lambda stack: sns.Topic(stack, "T", fifo=True), "topic must be a standard one, not FIFO, got 'Data/T'"),
        (lambda stack: imported_topic(stack, "alerts.fifo"), "topic must be a standard one, not FIFO"),
        (
            lambda stack: sns.Topic(stack, "T", master_key=kms.Alias.from_alias_name(stack, "K", "alias/aws/sns")),
            "topic must be encrypted with a customer managed key, or not at all",
        ),
        (lambda stack: sqs.Queue(stack, "Q", fifo=True), "target must be a standard queue, not FIFO, got 'Data/Q'"),
        (
            lambda stack: sqs.Queue(stack, "Q", encryption=sqs.QueueEncryption.KMS_MANAGED),
            "target must be encrypted by SQS or with a customer managed key: AWS's own does not let SNS use it",
        ),
        (lambda stack: kms.Key(stack, "Key"), "target must be a topic, a queue or a function"),
    ],
)
def test_what_could_never_hear_is_refused_before_anything_is_made(stack: Stack, target: Any, sentence: str) -> None:
    events = observed(stack).events()
    with pytest.raises(InvalidArgument) as refused:
        events.subscribe(target(stack))
    assert sentence in str(refused.value)
    assert events.node.children == []


def test_of_is_the_database_or_its_proxy(stack: Stack) -> None:
    with pytest.raises(InvalidArgument, match="of must be one of 'database', 'proxy', got 'reader'"):
        observed(stack).events().subscribe(sns.Topic(stack, "Alerts"), of="reader")  # type: ignore[arg-type]


PACKS = (AwsSolutionsChecks, ServerlessChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks)


def test_five_rule_packs_and_cfn_lint_find_nothing(tmp_path: Path) -> None:
    """Of the targets none is in the template, so all that could be found is of the events' own making."""
    app = App()
    stack = Stack(app, "Data")
    events = observed(stack).events()
    events.subscribe(lambda_.Function.from_function_arn(stack, "Heard", SOMEBODY.format("lambda", "function:heard")))
    events.subscribe(sqs.Queue.from_queue_arn(stack, "Inbox", SOMEBODY.format("sqs", "inbox")))
    events.subscribe(imported_topic(stack), of="proxy")
    add_checks(app, nag=PACKS)  # which fails the synth on any error
    template = template_of(stack)
    assert len(resources(template, TOPIC)) == 2
    assert findings_of_cfn_lint(template, tmp_path) == []
