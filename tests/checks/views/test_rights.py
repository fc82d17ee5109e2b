"""What roles may do, as far as templates show it."""

from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.views.statement import Statement
from tests.checks.judged import stack

SCAN = "dynamodb:Scan"
UNKNOWN = {"Ref": "Unknown"}


def allowing(*actions: Any, effect: Any = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": "*", **more}


def document(*statements: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def inline(*statements: Any) -> dict[str, Any]:
    return {"Policies": [{"PolicyName": "inline", "PolicyDocument": document(*statements)}]}


def assembly(role: dict[str, Any], **others: tuple[str, dict[str, Any]]) -> Assembly:
    resources = {"Role": ("AWS::IAM::Role", role), **others}
    body = {name: {"Type": kind, "Properties": properties} for name, (kind, properties) in resources.items()}
    return Assembly([stack({"Resources": body})])


def role_in(assembly: Assembly, name: str = "Role") -> Resource:
    return assembly.stacks[0].resources[name]


def may(role: dict[str, Any], action: str = SCAN, **others: tuple[str, dict[str, Any]]) -> bool | None:
    found = assembly(role, **others)
    answer = found.rights.allows(role_in(found), action)
    assert list(found.rights.roles_that_may(action)) == ([role_in(found)] if answer else [])
    return answer


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [
        ("dynamodb:Scan", True),
        ("DynamoDB:scan", True),
        ("dynamodb:*", True),
        ("*", True),
        ("dynamodb:S?an", True),
        ("*:S*n", True),
        ("dynamodb:Scan?", False),
        ("dynamodb:", False),
        ("dynamodb.Scan", False),
        ("[d]ynamodb:Scan", False),
        ("s3:*", False),
        (UNKNOWN, None),
        ({"Fn::Sub": "dynamodb:${Unknown}"}, None),
        ("{{resolve:ssm:/action}}", None),
        (12, None),
        ("*a" * 40 + "b", False),
    ],
)
def test_actions_and_their_wildcards(pattern: Any, answer: bool | None) -> None:
    assert may(inline(allowing(pattern))) is answer
    assert may(inline(allowing("s3:GetObject", pattern))) is answer
    assert may(inline({**allowing(), "Action": pattern})) is answer


@pytest.mark.parametrize(
    ("pattern", "answer"),
    [("iam:*", True), (None, None), ("dynamodb:*", False), (UNKNOWN, None), (["iam:*", SCAN], False), ([], True)],
)
def test_all_actions_but_some(pattern: Any, answer: bool | None) -> None:
    assert may(inline({"Effect": "Allow", "NotAction": pattern, "Resource": "*"})) is answer


def test_a_bracket_is_a_bracket() -> None:
    assert may(inline(allowing("odd[a]:*")), "odd[a]:Thing") is True


def test_one_statement_or_several() -> None:
    assert may({"Policies": [{"PolicyDocument": {"Statement": allowing(SCAN)}}]}) is True
    assert may(inline(allowing("s3:*"), allowing(SCAN))) is True
    assert may(inline()) is False
    assert may({}) is False


@pytest.mark.parametrize(
    "role",
    [
        {"Policies": UNKNOWN},
        {"Policies": [UNKNOWN]},
        {"Policies": [{"PolicyDocument": UNKNOWN}]},
        {"Policies": [{"PolicyDocument": {"Statement": UNKNOWN}}]},
        inline(UNKNOWN),
        inline({**allowing(SCAN), "Effect": UNKNOWN}),
        inline({**allowing(), "Action": UNKNOWN}),
        {"ManagedPolicyArns": UNKNOWN},
        {"ManagedPolicyArns": [UNKNOWN]},
        {"ManagedPolicyArns": ["arn:aws:iam::aws:policy/AdministratorAccess"]},
        {"ManagedPolicyArns": ["arn:aws:iam::111122223333:policy/AWSLambdaBasicExecutionRole"]},
        {"ManagedPolicyArns": [{"Ref": "Role"}]},
    ],
)
def test_policies_that_are_not_known(role: dict[str, Any]) -> None:
    assert may(role) is None


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole",
        {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"},
        {"Fn::Join": ["", ["arn:", UNKNOWN, ":iam::aws:policy/AWSXRayDaemonWriteAccess"]]},
    ],
)
def test_managed_policies_that_allow_no_data(arn: Any) -> None:
    assert may({"ManagedPolicyArns": [arn]}) is False


@pytest.mark.parametrize("type", ["AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"])
def test_attached_policies(type: str) -> None:
    def attached(*roles: Any, role: dict[str, Any] | None = None) -> bool | None:
        properties = {"PolicyDocument": document(allowing(SCAN)), "Roles": list(roles)}
        return may(role or {}, Policy=(type, properties))

    assert attached({"Ref": "Role"}) is True
    assert attached({"Fn::GetAtt": ["Role", "Arn"]}) is True
    assert attached("named", role={"RoleName": "named"}) is True
    assert attached("another", role={"RoleName": "named"}) is False
    assert attached("another") is False
    assert attached() is False
    assert attached(UNKNOWN) is None
    assert attached({"Fn::Sub": "${Unknown}-role"}) is None
    assert attached({"Ref": "Policy"}) is None
    assert attached(UNKNOWN, role={"RoleName": ""}) is None
    assert may({}, Policy=(type, {"PolicyDocument": document(allowing(SCAN)), "Roles": UNKNOWN})) is None
    assert may({}, Policy=(type, {"PolicyDocument": UNKNOWN, "Roles": [{"Ref": "Role"}]})) is None


def test_policy_of_a_role_resource() -> None:
    policy = {"PolicyName": "p", "PolicyDocument": document(allowing(SCAN))}
    assert may({}, Policy=("AWS::IAM::RolePolicy", {**policy, "RoleName": {"Ref": "Role"}})) is True
    assert may({"RoleName": "named"}, Policy=("AWS::IAM::RolePolicy", {**policy, "RoleName": "named"})) is True
    assert may({"RoleName": "named"}, Policy=("AWS::IAM::RolePolicy", {**policy, "RoleName": "other"})) is False
    assert may({}, Policy=("AWS::IAM::RolePolicy", {**policy, "RoleName": UNKNOWN})) is None


def test_managed_policy_that_the_role_names() -> None:
    managed = ("AWS::IAM::ManagedPolicy", {"PolicyDocument": document(allowing(SCAN))})
    assert may({"ManagedPolicyArns": [{"Ref": "Managed"}]}, Managed=managed) is True
    assert may({"ManagedPolicyArns": [{"Ref": "Managed"}]}, "s3:GetObject", Managed=managed) is False
    assert may({}, Managed=managed) is False


@pytest.mark.parametrize(
    ("denying", "answer"),
    [
        (allowing(SCAN, effect="Deny"), False),
        (allowing("dynamodb:*", effect="Deny"), False),
        (allowing("s3:*", effect="Deny"), True),
        (allowing(UNKNOWN, effect="Deny"), None),
        (allowing(SCAN, effect="Deny", Resource="arn:aws:dynamodb:eu-west-1:111122223333:table/one"), None),
        (allowing(SCAN, effect="Deny", Resource=UNKNOWN), None),
        (allowing(SCAN, effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}}), None),
        (allowing(SCAN, effect="Unheard-of"), True),
    ],
)
def test_what_is_denied(denying: dict[str, Any], answer: bool | None) -> None:
    assert may(inline(allowing("dynamodb:*"), denying)) is answer


def test_only_statements_that_allow_are_given() -> None:
    found = assembly(inline(allowing(SCAN), allowing("s3:*", effect="Deny")))
    (statement,) = found.rights.statements(role_in(found))
    assert [each.text for each in statement.actions] == [SCAN]
    assert statement.resources.text == "*"
    assert statement.condition.missing
    assert found.rights.roles_that_may("s3:GetObject", SCAN) == {role_in(found): [statement]}
    assert assembly({}).rights.statements(role_in(found)) == []


def test_one_of_two_actions_is_denied() -> None:
    found = assembly(inline(allowing("dynamodb:*"), allowing(SCAN, effect="Deny")))
    (statement,) = found.rights.statements(role_in(found))
    assert found.rights.roles_that_may(SCAN, "dynamodb:Query") == {role_in(found): [statement]}


@pytest.mark.parametrize(
    ("pattern", "by_name"), [(SCAN, True), ("dynamodb:*", True), ("*", False), (UNKNOWN, False), ("s3:*", False)]
)
def test_actions_by_name(pattern: Any, by_name: bool) -> None:
    spared = {"Effect": "Allow", "NotAction": pattern}
    found = assembly(inline(allowing(pattern), allowing("s3:*", pattern), spared))
    names = [statement.names(SCAN) for statement in found.rights.statements(role_in(found))]
    assert names == [by_name, by_name, False]


def test_a_statement_that_is_not_known() -> None:
    (place,) = role_in(assembly({"Policies": [UNKNOWN]})).at("Policies").items
    assert Statement(place).covers(SCAN) is None
    assert not Statement(place).names(SCAN)


def test_a_macro_may_add_policies() -> None:
    body = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": inline()}}, "Transform": "Mine"}
    found = Assembly([stack(body)])
    assert found.rights.allows(role_in(found), SCAN) is None


@pytest.mark.parametrize(
    ("named", "is_found"),
    [
        ({"Ref": "Role"}, True),
        ({"Fn::GetAtt": ["Role", "Arn"]}, True),
        ("named", True),
        ("arn:aws:iam::111122223333:role/named", True),
        ("arn:aws:iam::111122223333:role/team/named", True),
        ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/named"}, True),
        ("arn:aws:iam::111122223333:role/other", False),
        ({"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:role/${Unknown}"}, False),
        (UNKNOWN, False),
        ({"Ref": "Function"}, False),
        ({"Ref": "AWS::NoValue"}, False),
        ("", False),
        (7, False),
    ],
)
def test_the_role_that_a_property_names(named: Any, is_found: bool) -> None:
    found = assembly({"RoleName": "named"}, Function=("AWS::Lambda::Function", {"Role": named}))
    role = found.rights.role_of(role_in(found, "Function").at("Role"))
    assert role is (role_in(found) if is_found else None)


def test_a_name_that_several_roles_have() -> None:
    def body() -> dict[str, Any]:
        policy = {"PolicyDocument": document(allowing(SCAN)), "Roles": ["named"]}
        role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": "named"}}
        return {"Role": role, "Policy": {"Type": "AWS::IAM::Policy", "Properties": policy}}

    near = Assembly([stack({"Resources": body()}, "Here"), stack({"Resources": {"Role": body()["Role"]}}, "There")])
    assert [near.rights.allows(each.resources["Role"], SCAN) for each in near.stacks] == [True, False]

    there = stack({"Resources": {"Role": body()["Role"]}}, "There")
    apart = Assembly([stack({"Resources": {"Policy": body()["Policy"]}}, "Here"), there])
    assert apart.rights.allows(there.resources["Role"], SCAN) is True

    twice = {**body(), "Twin": body()["Role"]}
    far = Assembly([stack({"Resources": twice})])
    assert {far.rights.allows(role_in(far, name), SCAN) for name in ("Role", "Twin")} == {None}
