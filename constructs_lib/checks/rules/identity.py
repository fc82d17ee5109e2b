"""Identity pools: what their credentials reach, and who gets them."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.model.values import UNKNOWN
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.rights import ROLE, Rights
from constructs_lib.checks.views.statement import Statement

_GUIDE = "https://docs.aws.amazon.com/cognito/latest/developerguide"
_POOL = "AWS::Cognito::IdentityPool"
_ISSUER = re.compile(r"cognito-identity[\w-]*(\.[\w-]+)?\.amazonaws\.com(\.cn)?")
_ASSUME = "sts:AssumeRoleWithWebIdentity"
_READS = tuple(f"dynamodb:{name}" for name in ("GetItem", "BatchGetItem", "Query", "PartiQLSelect"))
_WRITES = tuple(
    f"dynamodb:{name}"
    for name in (
        "PutItem",
        "UpdateItem",
        "DeleteItem",
        "BatchWriteItem",
        "PartiQLInsert",
        "PartiQLUpdate",
        "PartiQLDelete",
    )
)
_SCAN = "dynamodb:Scan"
_ITEMS = (*_READS, *_WRITES, _SCAN)
_OPEN_POLICIES = {
    "AdministratorAccess",
    "AmazonDynamoDBFullAccess",
    "AmazonDynamoDBFullAccess_v2",
    "AmazonDynamoDBReadOnlyAccess",
    "PowerUserAccess",
}
"""Of AWS's own: they reach all items of all tables."""
_KEYS, _VARIABLE = "dynamodb:leadingkeys", "${"


class _Condition(NamedTuple):
    """One key of a statement's conditions; its names in small letters, for IAM does not tell them apart."""

    operator: str
    key: str
    values: Place

    @property
    def must_match(self) -> bool:
        """Whether the key has to be one of the values."""
        return "string" in self.operator and "not" not in self.operator


@rule("COG-1", ERROR, "Guests of an identity pool have no access to DynamoDB", source=f"{_GUIDE}/iam-roles.html")
def guests(assembly: Assembly) -> Iterator[Problem]:
    """Anybody is a guest: who knows the pool's id, which is in every page that uses it, gets the role's credentials.

    The enhanced flow takes DynamoDB out of guests' credentials, so what relies on it fails; the classic flow does not.
    Judged is a role of the assembly that a pool gives to guests, if the pool surely lets them in. Whoever must show
    something to everybody does it behind an API.
    """
    for attachment in assembly.of_type("AWS::Cognito::IdentityPoolRoleAttachment"):
        pool, given = attachment.at("IdentityPoolId").target(_POOL), attachment.at("Roles", "unauthenticated")
        role = assembly.rights.role_of(given)
        if pool is None or role is None or not pool.at("AllowUnauthenticatedIdentities").flag:
            continue
        if _reaching(assembly.rights, role) or _open_policies(assembly.rights, role):
            yield given.problem(
                f"the identity pool {pool.name} gives guests the role {role.name}, which reaches DynamoDB",
                fix="Take the rights to DynamoDB from the role, or let no guests in.",
            )


@rule(
    "COG-2",
    WARNING,
    "An identity pool gives credentials by the enhanced flow only",
    source=f"{_GUIDE}/authentication-flow.html",
)
def classic_flow(assembly: Assembly) -> Iterator[Problem]:
    """In the classic flow the client chooses its role among all that trust the pool, and no scope-down policy holds.

    The flow is off unless it is allowed. A setting that is known at deployment only is no finding.
    """
    for pool in assembly.of_type(_POOL):
        allowed = pool.at("AllowClassicFlow")
        if allowed.flag:
            yield allowed.problem(
                f"the identity pool {pool.name} allows the classic flow", fix="Set AllowClassicFlow to false."
            )


@rule(
    "COG-3",
    ERROR,
    "Rights of an identity pool's people to DynamoDB end at their own items",
    source="https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html",
)
def own_items(assembly: Assembly) -> Iterator[Problem]:
    """Everybody who signs in has the same role: without a condition each reads and writes the items of all others.

    ``dynamodb:LeadingKeys`` compares each request's partition keys with the person's identity id or tag; a ``Scan``
    names no key, and passes. Reading a partition that the policy names is taken for meant, and so are a resource with
    the person's id in its name and the role of a group, which not everybody has. A condition that is known at
    deployment only is no finding.
    """
    of_groups = _group_roles(assembly)
    for role in assembly.of_type(ROLE):
        if role in of_groups or not any(_trusts(role)):
            continue
        for name, policy in _open_policies(assembly.rights, role):
            yield policy.problem(
                f"{role.name}, which people of an identity pool bear, has AWS's policy {name} for all tables",
                fix="Allow what it needs by a policy of its own, on dynamodb:LeadingKeys of their own.",
            )
        may_scan = assembly.rights.allows(role, _SCAN)
        for statement in _reaching(assembly.rights, role):
            conditions = _conditions(statement.place)
            if conditions is None or _is_personal(statement.resources):
                continue
            if may_scan and statement.covers(_SCAN) and not _refuses_scans(conditions):
                yield statement.place.problem(
                    f"{role.name}, which people of an identity pool bear, may scan whole tables",
                    fix="Allow Query, GetItem and the like instead, on dynamodb:LeadingKeys of their own.",
                )
            elif not _is_bound(statement, conditions):
                yield statement.place.problem(
                    f"{role.name}, which people of an identity pool bear, may reach the items of others",
                    fix="Add the condition that dynamodb:LeadingKeys be ${cognito-identity.amazonaws.com:sub}.",
                )


def _reaching(rights: Rights, role: Resource) -> list[Statement]:
    """Give the statements that surely let a role reach items of tables."""
    allowed = [action for action in _ITEMS if rights.allows(role, action)]
    return [
        statement
        for statement in rights.statements(role)
        if any(statement.covers(action) for action in allowed) and _reaches_tables(statement)
    ]


def _open_policies(rights: Rights, role: Resource) -> list[tuple[str, Place]]:
    """Give AWS's own policies that let a role reach items, unless a denial may take that back."""
    if any(rights.denies(role, action) is not False for action in _ITEMS):
        return []
    return [(name, policy) for name, policy in rights.policies_of_aws(role) if name in _OPEN_POLICIES]


def _group_roles(assembly: Assembly) -> set[Resource]:
    """Give the roles of groups that are not also everybody's."""
    attachments = assembly.of_type("AWS::Cognito::IdentityPoolRoleAttachment")
    groups = [group.at("RoleArn") for group in assembly.of_type("AWS::Cognito::UserPoolGroup")]
    special = [*groups, *(attachment.at("RoleMappings") for attachment in attachments)]
    general = [attachment.at("Roles") for attachment in attachments]
    return _named(special) - _named(general)


def _named(places: list[Place]) -> set[Resource]:
    return {reference.resource for place in places for reference in place.references()}


def _refuses_scans(conditions: list[_Condition]) -> bool:
    """Whether a request must name keys, which a scan does not."""
    return any(
        each.operator == "null" and each.key == _KEYS and any(value.flag is False for value in each.values.items)
        for each in conditions
    )


def _is_bound(statement: Statement, conditions: list[_Condition]) -> bool:
    """Whether a statement may be limited to a person's own items, or to items that are there for all to read."""
    listed = [each.values for each in conditions if each.key == _KEYS and each.must_match]
    keys = [key for values in listed for key in values.items or [values]]
    only_reads = not any(statement.covers(action) for action in _WRITES)
    return any(key.text is None or _VARIABLE in key.text or (only_reads and key.text != "*") for key in keys)


def _reaches_tables(statement: Statement) -> bool:
    """Whether what a statement allows surely is DynamoDB's: it may allow everything, on a bucket."""
    return any(statement.names(action) for action in _ITEMS) or any(map(_is_table, statement.resources.items))


def _is_table(resource: Place) -> bool:
    named = resource.reference
    if named is not None:
        return named.resource.type.startswith("AWS::DynamoDB::")
    return resource.text == "*" or ":dynamodb:" in resource.known_text


def _is_personal(resources: Place) -> bool:
    """Whether each resource has a variable in its name."""
    return bool(resources.items) and all(_VARIABLE in resource.known_text for resource in resources.items)


@rule(
    "COG-4",
    ERROR,
    "A role for an identity pool trusts that pool and its people alone",
    source=f"{_GUIDE}/role-trust-and-permissions.html",
)
def trust(assembly: Assembly) -> Iterator[Problem]:
    """Without ``aud`` the role is anybody's who makes an identity pool in whatever account; without ``amr``, a guest's.

    Which pool the condition names is not judged, and a condition that is known at deployment only is no finding.
    """
    for role in assembly.of_type(ROLE):
        for statement in _trusts(role):
            conditions = _conditions(statement)
            if conditions is None:
                continue
            asked = {
                each.key.rpartition(":")[2] for each in conditions if each.must_match and not _is_anything(each.values)
            }
            if "aud" not in asked:
                yield statement.at("Condition").problem(
                    f"{role.name} trusts every identity pool there is",
                    fix="Add the condition that cognito-identity.amazonaws.com:aud be the pool's id.",
                )
            elif "amr" not in asked:
                yield statement.at("Condition").problem(
                    f"{role.name} trusts guests of the pool and those who signed in alike",
                    fix="Add the condition that cognito-identity.amazonaws.com:amr be authenticated; "
                    "for the guests' own role, unauthenticated.",
                )


def _trusts(role: Resource) -> Iterator[Place]:
    """Give the statements by which identity pools hand out a role."""
    for statement in role.at("AssumeRolePolicyDocument", "Statement").items:
        issuers = statement.at("Principal", "Federated").items
        is_pools = any(_ISSUER.fullmatch(issuer.text or "") for issuer in issuers)
        if is_pools and statement.at("Effect").text == "Allow" and Statement(statement).covers(_ASSUME):
            yield statement


def _is_anything(values: Place) -> bool:
    return any(value.text == "*" for value in values.items)


def _conditions(statement: Place) -> list[_Condition] | None:
    """Give the conditions of a statement, one a key; None if some are not known."""
    block = statement.at("Condition")
    if block.value is UNKNOWN or any(keys.value is UNKNOWN for _, keys in block.entries):
        return None
    return [
        _Condition(operator.lower(), key.lower(), values)
        for operator, keys in block.entries
        for key, values in keys.entries
    ]
