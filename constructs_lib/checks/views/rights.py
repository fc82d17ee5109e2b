"""What roles may do, by the policies of the assembly."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cached_property
from typing import TYPE_CHECKING

from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.values import UNKNOWN, Text
from constructs_lib.checks.views.statement import Actions, Statement

if TYPE_CHECKING:
    from constructs_lib.checks.model.assembly import Assembly

ROLE, _MANAGED = "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"
_OF_AWS = ":aws:policy/"
_HARMLESS = re.compile(
    r":aws:policy/(service-role/)?"
    r"(AWSLambda(Basic|VPCAccess|DynamoDB|Kinesis|SQSQueue)ExecutionRole|AWSXRayDaemonWriteAccess|"
    r"AWSXrayWriteOnlyAccess|CloudWatchLambdaInsightsExecutionRolePolicy|AmazonAPIGatewayPushToCloudWatchLogs)$"
)
"""Policies of AWS's that give rights to logs, traces, interfaces and streams alone."""


class Rights:
    """The rights of an assembly's roles."""

    def __init__(self, assembly: "Assembly") -> None:
        self._assembly = assembly

    def role_of(self, place: Place) -> Resource | None:
        """The role of the assembly that a property such as ``Role`` names: by reference, by ARN or by name."""
        found = place.target(ROLE)
        if found is not None:
            return found
        candidates = self._by_name.get(_name(place) or "", [])
        nearest = [role for role in candidates if role.stack is place.resource.stack] or candidates
        return nearest[0] if len(nearest) == 1 else None

    def statements(self, role: Resource) -> list[Statement]:
        """What a role's policies allow, as far as they are in the assembly."""
        return self._statements["Allow"].get(role, [])

    def allows(self, role: Resource, action: str) -> bool | None:
        """Whether a role may do something, on whatever resource; None if some of its policies are not known."""
        denied = self.denies(role, action)
        if denied:
            return False
        answers = {statement.covers(action) for statement in self.statements(role)}
        if True in answers:
            return None if denied is None else True
        return False if answers <= {False} and role not in self._partly_known else None

    def denies(self, role: Resource, action: str) -> bool | None:
        """Whether a role surely may not; None if that depends on the resource, on a condition, or is not known."""
        denying = [each for each in self._statements["Deny"].get(role, ()) if each.covers(action) is not False]
        if any(each.covers(action) and each.resources.text == "*" and each.condition.missing for each in denying):
            return True
        return None if denying else False

    def policies_of_aws(self, role: Resource) -> list[tuple[str, Place]]:
        """The policies of AWS's own that a role bears, by name, such as ``AmazonDynamoDBFullAccess``."""
        listed = [(_written(policy), policy) for policy in role.at("ManagedPolicyArns").items]
        return [(arn.rpartition("/")[2], policy) for arn, policy in listed if _OF_AWS in arn]

    def roles_that_may(self, *actions: str) -> dict[Resource, list[Statement]]:
        """The roles that surely may do one of the actions, with the statements that let them."""
        found: dict[Resource, list[Statement]] = defaultdict(list)
        for meant, held in self._by_meaning.items():
            covered = [action for action in actions if meant.cover(action)]
            for role, statement in held if covered else ():
                if any(self.denies(role, action) is False for action in covered):
                    found[role].append(statement)
        return dict(found)

    @cached_property
    def _by_meaning(self) -> dict[Actions, list[tuple[Resource, Statement]]]:
        """Who is allowed the same: there are far fewer kinds of rights than rights."""
        found: dict[Actions, list[tuple[Resource, Statement]]] = defaultdict(list)
        for role, statements in self._statements["Allow"].items():
            for statement in statements:
                found[statement.meant].append((role, statement))
        return dict(found)

    @cached_property
    def _statements(self) -> dict[str, dict[Resource, list[Statement]]]:
        """The statements of each role, by their effect."""
        found: dict[str, dict[Resource, list[Statement]]] = {"Allow": defaultdict(list), "Deny": defaultdict(list)}
        for role, document in self._documents:
            for statement in document.at("Statement").items:
                effect = statement.text_at("Effect")
                if role is not None and effect in found:
                    found[effect][role].append(Statement(statement))
        return found

    @cached_property
    def _documents(self) -> list[tuple[Resource | None, Place]]:
        """The policies of roles; None is a role that is not known."""
        return [*self._own(), *self._attached()]

    def _own(self) -> Iterator[tuple[Resource, Place]]:
        for role in self._assembly.of_type(ROLE):
            for policy in role.at("Policies").items:
                yield role, policy.at("PolicyDocument")
            for policy in role.at("ManagedPolicyArns").items:
                managed = policy.target(_MANAGED)
                if managed is not None:
                    yield role, managed.at("PolicyDocument")

    def _attached(self) -> Iterator[tuple[Resource | None, Place]]:
        for policy in self._assembly.of_type("AWS::IAM::Policy", _MANAGED, "AWS::IAM::RolePolicy"):
            document = policy.at("PolicyDocument")
            roles = policy.at("RoleName" if policy.type == "AWS::IAM::RolePolicy" else "Roles")
            if roles.value is UNKNOWN:
                yield None, document
            for item in roles.items:
                if not self._is_elsewhere(item):
                    yield self.role_of(item), document

    def _is_elsewhere(self, role: Place) -> bool:
        """Whether a role is named that no template makes."""
        name = _name(role)
        return name is not None and name not in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, list[Resource]]:
        found: dict[str, list[Resource]] = defaultdict(list)
        for role in self._assembly.of_type(ROLE):
            name = role.at("RoleName").text
            if name:
                found[name].append(role)
        return dict(found)

    @cached_property
    def _partly_known(self) -> set[Resource]:
        """Roles that have, or may have, rights which no template shows."""
        vague = {role for role, document in self._documents if not _is_known(document)}
        # Whose policy it is, if nobody knows that, may be any role's.
        is_any = any(role is None for role, _ in self._documents)
        return {role for role in self._assembly.of_type(ROLE) if is_any or role in vague or _has_foreign(role)}


def _is_known(document: Place) -> bool:
    statements = document.at("Statement")
    return statements.value is not UNKNOWN and all(each.text_at("Effect") is not None for each in statements.items)


def _has_foreign(role: Resource) -> bool:
    """Whether a role has policies that are not in the assembly."""
    inline, listed = role.at("Policies"), role.at("ManagedPolicyArns")
    if not inline.is_list_known or listed.value is UNKNOWN:
        return True
    return any(policy.target(_MANAGED) is None and not _is_harmless(policy) for policy in listed.items)


def _is_harmless(policy: Place) -> bool:
    return bool(_HARMLESS.search(_written(policy)))


def _name(role: Place) -> str | None:
    """The name of a role that an ARN ends in, or that stands alone."""
    name = _written(role).rpartition("/")[2]
    return name if name and "\0" not in name else None


def _written(place: Place) -> str:
    value = place.value
    return value.pattern if isinstance(value, Text) else value if isinstance(value, str) else ""
