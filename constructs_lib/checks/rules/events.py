"""Events of databases reach the topic that they are sent to."""

from collections import defaultdict
from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR
from constructs_lib.checks.model.values import UNKNOWN, Reference, Text
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.statement import Statement

_PUBLISHER = "events.rds.amazonaws.com"
_KEY = "AWS::KMS::Key"
_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")


@rule(
    "RDS-9",
    ERROR,
    "RDS may publish to the topic that a subscription sends its events to",
    source="https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.GrantingPermissions.html",
)
def publishing(assembly: Assembly) -> Iterator[Problem]:
    """The subscription fails, or the events are lost without a word: nobody hears that the database failed over.

    A topic's own policy replaces the default one, which lets RDS of the same account publish; CDK's ``enforce_ssl``
    makes such a policy. An encrypted topic's key must let RDS use it, too, which AWS's own key does not. Topics,
    policies and keys that are not in the assembly are no finding.

    Events tell of the database, such as a failover, and never carry a row: for rows, let the database call a function.
    """
    policies = _policies(assembly)
    for subscription in assembly.of_type("AWS::RDS::EventSubscription"):
        place = subscription.at("SnsTopicArn")
        topic = place.target("AWS::SNS::Topic")
        if topic is None:
            continue
        documents = policies[topic]
        if documents and None not in policies and not _may_let(documents, "sns:Publish"):
            yield place.problem(
                f"the policy of the topic {topic.name} does not let RDS publish the events of {subscription.name}",
                fix=f"Allow {_PUBLISHER} sns:Publish in the topic's policy.",
            )
        key = topic.at("KmsMasterKeyId")
        yield from _closed_key(key, place)


def _closed_key(key: Place, place: Place) -> Iterator[Problem]:
    if (key.text or "").endswith("alias/aws/sns"):
        yield place.problem(
            f"the topic {key.resource.name} is encrypted with AWS's own key, which RDS may not use",
            fix=f"Encrypt it with a key of yours whose policy allows {_PUBLISHER} {' and '.join(_KEY_ACTIONS)}.",
        )
        return
    own = key.target(_KEY)
    if own is not None and not all(_may_let([own.at("KeyPolicy")], action) for action in _KEY_ACTIONS):
        yield place.problem(
            f"the key {own.name} of the topic {key.resource.name} does not let RDS encrypt what it publishes",
            fix=f"Allow {_PUBLISHER} {' and '.join(_KEY_ACTIONS)} in the key's policy.",
        )


def _policies(assembly: Assembly) -> dict[Resource | None, list[Place]]:
    """Give the policies of each topic; None for those of a topic that is not known."""
    found: dict[Resource | None, list[Place]] = defaultdict(list)
    for policy in assembly.of_type("AWS::SNS::TopicPolicy"):
        for topic in _listed(policy.at("Topics")):
            found[topic.target("AWS::SNS::Topic")].append(policy.at("PolicyDocument"))
    for policy in assembly.of_type("AWS::SNS::TopicInlinePolicy"):
        found[policy.at("TopicArn").target("AWS::SNS::Topic")].append(policy.at("PolicyDocument"))
    return found


def _may_let(documents: list[Place], action: str) -> bool:
    """Whether RDS may be let do something: what is not known may."""
    return any(
        not document.at("Statement").is_list_known
        or any(_may_allow(Statement(each), action) for each in document.at("Statement").items)
        for document in documents
    )


def _may_allow(statement: Statement, action: str) -> bool:
    is_denial = statement.place.at("Effect").text == "Deny"
    return not is_denial and statement.covers(action) is not False and _may_be_rds(statement.place.at("Principal"))


def _may_be_rds(principal: Place) -> bool:
    if not isinstance(principal.value, dict):
        # Everybody, or there is a NotPrincipal.
        return True
    services, others = (_listed(principal.at(kind)) for kind in ("Service", "AWS"))
    return any(each.text in (None, _PUBLISHER, "*") for each in services) or not all(map(_is_identity, others))


def _listed(place: Place) -> list[Place]:
    """Give what a list holds, or the list itself if that is not known."""
    return [place] if place.value is UNKNOWN else place.items


def _is_identity(principal: Place) -> bool:
    """Whether a principal is an account, a user or a role, none of which RDS is."""
    match principal.value:
        case Text() as text:
            return ":iam::" in text.pattern
        case str() as arn:
            return ":iam::" in arn
        case Reference():
            return True
    return False
