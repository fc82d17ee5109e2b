"""The rules of identity pools."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, without

GUESTS = [("COG-1", "Roles/Properties/Roles/unauthenticated")]
POLICY = "Properties.Policies.0.PolicyDocument.Statement.0"
OTHERS = [("COG-3", f"Member/{POLICY}".replace(".", "/"))]
TRUST = "Member.Properties.AssumeRolePolicyDocument.Statement.0"
TRUSTED = [("COG-4", f"{TRUST}.Condition".replace(".", "/"))]
SUB = "${cognito-identity.amazonaws.com:sub}"
UNKNOWN: list[Any] = [{"Ref": "Unknown"}, {"Fn::If": ["Any", True, False]}, "maybe", [], {}]


def with_guests() -> dict[str, Any]:
    return changed(right("COG-1"), "Members.Properties.AllowUnauthenticatedIdentities", True)


def of_members(path: str, value: Any) -> list[tuple[str, str]]:
    """Judge the members' rights with something else in their statement."""
    return found(changed(right("COG-3"), f"Member.{POLICY}.{path}", value))


@pytest.mark.parametrize("flag", [True, "true"])
def test_guests_reach_dynamodb(flag: Any) -> None:
    assert found(changed(right("COG-1"), "Members.Properties.AllowUnauthenticatedIdentities", flag)) == GUESTS


@pytest.mark.parametrize("flag", [False, *UNKNOWN])
def test_no_guests(flag: Any) -> None:
    assert found(changed(right("COG-1"), "Members.Properties.AllowUnauthenticatedIdentities", flag)) == []


@pytest.mark.parametrize("action", ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Q*", "dynamodb:PartiQLSelect"])
def test_guests_with_any_right_to_items(action: str) -> None:
    assert found(changed(with_guests(), f"Guest.{POLICY}.Action", action)) == GUESTS


@pytest.mark.parametrize("action", ["s3:GetObject", "dynamodb:ListTables", {"Ref": "Unknown"}, [], None])
def test_guests_with_other_rights(action: Any) -> None:
    assert found(changed(with_guests(), f"Guest.{POLICY}.Action", action)) == []


def test_guests_who_may_scan_are_both_mistakes() -> None:
    assert [rule for rule, _ in found(changed(with_guests(), f"Guest.{POLICY}.Action", "dynamodb:Scan"))] == [
        "COG-1",
        "COG-3",
    ]


@pytest.mark.parametrize("role", ["arn:aws:iam::111122223333:role/guest", {"Ref": "Unknown"}, None, []])
def test_a_role_for_guests_that_is_not_known(role: Any) -> None:
    assert found(changed(with_guests(), "Roles.Properties.Roles", {"unauthenticated": role})) == []


def test_the_same_role_for_members() -> None:
    role = {"authenticated": {"Fn::GetAtt": ["Guest", "Arn"]}}
    assert found(changed(with_guests(), "Roles.Properties.Roles", role)) == []


def test_a_pool_of_another_stack() -> None:
    pool, roles = with_guests(), with_guests()
    pool = {"Resources": {"Members": pool["Resources"]["Members"]}}
    pool["Outputs"] = {"Pool": {"Value": {"Ref": "Members"}, "Export": {"Name": "members"}}}
    roles = changed(without(roles, "Members"), "Roles.Properties.IdentityPoolId", {"Fn::ImportValue": "members"})
    condition = "Guest.Properties.AssumeRolePolicyDocument.Statement.0.Condition.StringEquals"
    roles = changed(roles, condition, {"cognito-identity.amazonaws.com:aud": {"Fn::ImportValue": "members"}})
    assert found(roles) == []
    assert found(stack(pool, "Pool"), stack(roles, "Roles")) == GUESTS


def test_the_classic_flow() -> None:
    path = "Members.Properties.AllowClassicFlow"
    place = [("COG-2", "Members/Properties/AllowClassicFlow")]
    assert found(changed(right("COG-2"), path, "true")) == place
    assert found(without(right("COG-2"), path)) == []
    for value in UNKNOWN:
        assert found(changed(right("COG-2"), path, value)) == []


CONDITIONS_THAT_BIND: list[Any] = [
    {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": SUB}},
    {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["all", SUB]}},
    {"ForAllValues:StringLike": {"DynamoDB:leadingkeys": [f"{SUB}-*"]}},
    {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:PrincipalTag/tenant}"]}},
    {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [{"Fn::Sub": "${!cognito-identity.amazonaws.com:sub}"}]}},
    {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [{"Fn::Join": ["", [{"Ref": "Member"}, "#", SUB]]}]}},
    {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": {"Ref": "Unknown"}}},
    {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [{"Ref": "Unknown"}]}},
    {"ForAllValues:StringEquals": {"Ref": "Unknown"}},
    {"Fn::If": ["Any", {}, {"Ref": "AWS::NoValue"}]},
    {"Ref": "Unknown"},
]
CONDITIONS_THAT_DO_NOT: list[Any] = [
    None,
    {},
    {"StringEquals": {"aws:RequestedRegion": "eu-west-1"}},
    {"ForAllValues:StringEquals": {"dynamodb:Attributes": [SUB]}},
    {"ForAllValues:StringNotEquals": {"dynamodb:LeadingKeys": [SUB]}},
    {"Null": {"dynamodb:LeadingKeys": "false"}},
    {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["*"]}},
    {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["all"]}},
]


@pytest.mark.parametrize("condition", CONDITIONS_THAT_BIND)
def test_members_bound_to_their_own_items(condition: Any) -> None:
    assert of_members("Condition", condition) == []


@pytest.mark.parametrize("condition", CONDITIONS_THAT_DO_NOT)
def test_members_who_reach_the_items_of_others(condition: Any) -> None:
    assert of_members("Condition", condition) == OTHERS


@pytest.mark.parametrize(
    "action",
    [
        "dynamodb:GetItem",
        "dynamodb:BatchGetItem",
        "dynamodb:Query",
        "dynamodb:PartiQLSelect",
        "dynamodb:PutItem",
        "dynamodb:UpdateItem",
        "dynamodb:DeleteItem",
        "dynamodb:BatchWriteItem",
        "dynamodb:PartiQLInsert",
        "dynamodb:PartiQLUpdate",
        "dynamodb:PartiQLDelete",
        "dynamodb:*",
        "*",
    ],
)
def test_each_right_to_items_counts(action: str) -> None:
    body = without(right("COG-3"), f"Member.{POLICY}.Condition")
    assert found(changed(body, f"Member.{POLICY}.Action", [action])) == OTHERS


def test_what_all_may_read_is_a_partition_of_its_own() -> None:
    public = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["all"]}}
    body = changed(right("COG-3"), f"Member.{POLICY}.Condition", public)
    assert found(changed(body, f"Member.{POLICY}.Action", ["dynamodb:GetItem", "dynamodb:Query"])) == []
    assert found(changed(body, f"Member.{POLICY}.Action", ["dynamodb:GetItem", "dynamodb:UpdateItem"])) == OTHERS
    anything = changed(body, f"Member.{POLICY}.Condition.ForAllValues:StringEquals", {"dynamodb:LeadingKeys": ["*"]})
    assert found(changed(anything, f"Member.{POLICY}.Action", ["dynamodb:GetItem"])) == OTHERS


@pytest.mark.parametrize("action", ["dynamodb:Scan", "dynamodb:*", ["dynamodb:GetItem", "dynamodb:S*"]])
def test_a_scan_passes_by_the_keys(action: Any) -> None:
    body = changed(right("COG-3"), f"Member.{POLICY}.Action", action)
    assert found(body) == OTHERS
    assert "may scan" in findings(body)[0].message
    null = f"Member.{POLICY}.Condition.Null"
    assert found(changed(body, null, {"dynamodb:LeadingKeys": "false"})) == []
    assert found(changed(body, null, {"dynamodb:LeadingKeys": "true"})) == OTHERS
    assert found(changed(body, null, {"aws:Any": "false"})) == OTHERS
    assert found(changed(body, f"Member.{POLICY}.Condition", {"Ref": "Unknown"})) == []


@pytest.mark.parametrize(
    ("resource", "is_found"),
    [
        ("*", True),
        ("arn:aws:dynamodb:eu-west-1:1:table/notes", True),
        ({"Fn::GetAtt": ["Notes", "Arn"]}, True),
        ({"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${Notes}"}, True),
        (["arn:aws:s3:::pictures/*", "*"], True),
        ("arn:aws:s3:::pictures/*", False),
        ({"Fn::GetAtt": ["Pictures", "Arn"]}, False),
        ({"Ref": "Unknown"}, False),
        (None, False),
    ],
)
def test_everything_is_allowed_on_something(resource: Any, is_found: bool) -> None:
    body = without(right("COG-3"), f"Member.{POLICY}.Condition")
    for name, kind in (("Notes", "AWS::DynamoDB::GlobalTable"), ("Pictures", "AWS::S3::Bucket")):
        body = changed(body, name, {"Type": kind, "DeletionPolicy": "Retain"})
    body = changed(body, f"Member.{POLICY}.Resource", resource)
    found_here = {each for each in found(changed(body, f"Member.{POLICY}.Action", "*")) if each[0] == "COG-3"}
    assert found_here == (set(OTHERS) if is_found else set())
    as_guest = changed(with_guests(), f"Guest.{POLICY}.Action", "*")
    for name in ("Notes", "Pictures"):
        as_guest["Resources"][name] = body["Resources"][name]
    as_guest = changed(as_guest, f"Guest.{POLICY}.Resource", resource)
    assert ("COG-1" in {rule for rule, _ in found(as_guest)}) == is_found


def test_a_scan_that_is_denied() -> None:
    body = changed(right("COG-3"), f"Member.{POLICY}.Action", "dynamodb:*")
    denied = {"Effect": "Deny", "Action": "dynamodb:Scan", "Resource": "*"}
    policies = [*body["Resources"]["Member"]["Properties"]["Policies"], {"PolicyDocument": {"Statement": denied}}]
    assert found(changed(body, "Member.Properties.Policies", policies)) == []


@pytest.mark.parametrize(
    ("resource", "is_found"),
    [
        (f"arn:aws:dynamodb:eu-west-1:1:table/{SUB}", False),
        ({"Fn::Sub": "arn:aws:dynamodb:${AWS::Region}:1:table/${!cognito-identity.amazonaws.com:sub}"}, False),
        ([f"arn:aws:dynamodb:eu-west-1:1:table/{SUB}", "arn:aws:dynamodb:eu-west-1:1:table/all"], True),
        ([], True),
        ("*", True),
    ],
)
def test_a_table_of_each_person(resource: Any, is_found: bool) -> None:
    body = without(right("COG-3"), f"Member.{POLICY}.Condition")
    assert found(changed(body, f"Member.{POLICY}.Resource", resource)) == (OTHERS if is_found else [])


@pytest.mark.parametrize("condition", [None, {"ForAnyValue:StringNotEquals": {"dynamodb:LeadingKeys": [SUB]}}])
def test_rights_that_another_statement_denies(condition: Any) -> None:
    denied = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*", "Condition": condition}
    policy = {"PolicyDocument": {"Statement": denied}}
    for body, role in ((without(right("COG-3"), f"Member.{POLICY}.Condition"), "Member"), (with_guests(), "Guest")):
        policies = body["Resources"][role]["Properties"]["Policies"]
        assert found(changed(body, f"{role}.Properties.Policies", [*policies, policy])) == []


def test_a_right_that_is_denied() -> None:
    body = without(right("COG-3"), f"Member.{POLICY}.Condition")
    assert found(changed(body, f"Member.{POLICY}.Effect", "Deny")) == []


GROUP = {"Type": "AWS::Cognito::UserPoolGroup", "Properties": {"RoleArn": {"Fn::GetAtt": ["Member", "Arn"]}}}


def test_the_role_of_a_group() -> None:
    body = changed(without(right("COG-3"), f"Member.{POLICY}.Condition"), "Managers", GROUP)
    assert found(body) == OTHERS
    assert found(changed(body, "Roles.Properties.Roles", {"authenticated": "arn:aws:iam::1:role/x"})) == []


def test_a_role_that_a_mapping_gives() -> None:
    body = without(without(right("COG-3"), f"Member.{POLICY}.Condition"), "Roles.Properties.Roles")
    assert found(body) == OTHERS
    rule = {"Claim": "role", "MatchType": "Equals", "Value": "boss", "RoleARN": {"Fn::GetAtt": ["Member", "Arn"]}}
    mapping = {"web": {"Type": "Rules", "RulesConfiguration": {"Rules": [rule]}}}
    assert found(changed(body, "Roles.Properties.RoleMappings", mapping)) == []


@pytest.mark.parametrize(
    "principal",
    [{"Service": "lambda.amazonaws.com"}, {"Federated": "graph.facebook.com"}, {"Ref": "Unknown"}, "*", None, []],
)
def test_a_role_of_others(principal: Any) -> None:
    body = without(right("COG-3"), f"Member.{POLICY}.Condition")
    assert found(changed(body, f"{TRUST}.Principal", principal)) == []


@pytest.mark.parametrize(
    "issuer",
    [
        "cognito-identity.amazonaws.com",
        ["x", "cognito-identity.amazonaws.com"],
        "cognito-identity-us-gov.amazonaws.com",
        "cognito-identity.cn-north-1.amazonaws.com.cn",
    ],
)
def test_the_issuers_of_all_partitions(issuer: Any) -> None:
    body = without(right("COG-3"), f"Member.{POLICY}.Condition")
    assert found(changed(body, f"{TRUST}.Principal", {"Federated": issuer})) == OTHERS


def test_rights_by_a_policy_beside() -> None:
    body = right("COG-3")
    document = body["Resources"]["Member"]["Properties"]["Policies"][0]["PolicyDocument"]
    policy = {"Type": "AWS::IAM::Policy", "Properties": {"Roles": [{"Ref": "Member"}], "PolicyDocument": document}}
    body = changed(without(body, "Member.Properties.Policies"), "Rights", policy)
    assert found(body) == []
    statement = "Rights.Properties.PolicyDocument.Statement.0"
    assert found(without(body, f"{statement}.Condition")) == [("COG-3", statement.replace(".", "/"))]


AUD, AMR = "cognito-identity.amazonaws.com:aud", "cognito-identity.amazonaws.com:amr"
POOL = {"Ref": "Members"}


@pytest.mark.parametrize(
    "condition",
    [
        {"StringEquals": {AUD: POOL}, "ForAnyValue:StringLike": {AMR: "authenticated"}},
        {"StringEquals": {AUD: ["eu-west-1:1", POOL], AMR: "authenticated"}},
        {"stringequals": {AUD.upper(): POOL}, "ForAnyValue:StringEquals": {AMR: ["authenticated"]}},
        {"StringLike": {AUD: "eu-west-1:*"}, "ForAnyValue:StringLike": {AMR: "*:eu-west-1_EXAMPLE:CognitoSignIn:*"}},
        {"StringEquals": {AUD: {"Ref": "Unknown"}}, "ForAnyValue:StringLike": {AMR: {"Ref": "Unknown"}}},
        {"StringEquals": {"Ref": "Unknown"}},
        {"Ref": "Unknown"},
        {"Fn::If": ["Any", {}, {"Ref": "AWS::NoValue"}]},
    ],
)
def test_trust_in_one_pool(condition: Any) -> None:
    assert found(changed(right("COG-4"), f"{TRUST}.Condition", condition)) == []


@pytest.mark.parametrize(
    "condition",
    [
        None,
        {},
        {"ForAnyValue:StringLike": {AMR: "authenticated"}},
        {"StringEquals": {AUD: POOL}},
        {"StringNotEquals": {AUD: POOL}, "ForAnyValue:StringLike": {AMR: "authenticated"}},
        {"StringLike": {AUD: "*"}, "ForAnyValue:StringLike": {AMR: "authenticated"}},
        {"StringEquals": {AUD: POOL}, "ForAnyValue:StringLike": {AMR: "*"}},
        {"StringEquals": {AUD: POOL}, "Null": {AMR: "false"}},
        {"StringEquals": {"aws:aud-like": POOL}, "ForAnyValue:StringLike": {AMR: "authenticated"}},
    ],
)
def test_trust_in_others_too(condition: Any) -> None:
    assert found(changed(right("COG-4"), f"{TRUST}.Condition", condition)) == TRUSTED


@pytest.mark.parametrize("action", ["*", "sts:*", ["sts:TagSession", "sts:AssumeRoleWithWebIdentity"]])
def test_trust_by_other_words(action: Any) -> None:
    assert found(changed(without(right("COG-4"), f"{TRUST}.Condition"), f"{TRUST}.Action", action)) == TRUSTED


def test_what_is_missing_is_said() -> None:
    body = changed(right("COG-4"), f"{TRUST}.Condition", {"StringEquals": {AUD: POOL}})
    assert "guests" in findings(body)[0].message
    assert "every identity pool" in findings(changed(body, f"{TRUST}.Condition", {}))[0].message


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Principal", {"Service": "lambda.amazonaws.com"}),
        ("Effect", "Deny"),
        ("Effect", {"Ref": "Unknown"}),
        ("Action", "sts:TagSession"),
        ("Action", {"Ref": "Unknown"}),
        ("Action", None),
    ],
)
def test_another_trust(path: str, value: Any) -> None:
    body = without(right("COG-4"), f"{TRUST}.Condition")
    assert found(changed(body, f"{TRUST}.{path}", value)) == []


@pytest.mark.parametrize("document", [{"Ref": "Unknown"}, "no", [], {"Statement": "no"}, {"Statement": [[]]}])
def test_a_trust_of_another_kind(document: Any) -> None:
    assert found(changed(right("COG-4"), "Member.Properties.AssumeRolePolicyDocument", document)) == []


def arn(policy: str) -> dict[str, Any]:
    return {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, f":iam::aws:policy/{policy}"]]}


@pytest.mark.parametrize(
    "policy",
    [
        "AdministratorAccess",
        "AmazonDynamoDBFullAccess",
        "AmazonDynamoDBFullAccess_v2",
        "AmazonDynamoDBReadOnlyAccess",
        "PowerUserAccess",
    ],
)
def test_a_policy_of_aws_for_all_tables(policy: str) -> None:
    guests = changed(
        without(with_guests(), "Guest.Properties.Policies"), "Guest.Properties.ManagedPolicyArns", [arn(policy)]
    )
    assert set(found(guests)) == {*GUESTS, ("COG-3", "Guest/Properties/ManagedPolicyArns/0")}
    members = changed(right("COG-3"), "Member.Properties.ManagedPolicyArns", [f"arn:aws:iam::aws:policy/{policy}"])
    assert found(members) == [("COG-3", "Member/Properties/ManagedPolicyArns/0")]


@pytest.mark.parametrize(
    "policy",
    [
        arn("AmazonS3ReadOnlyAccess"),
        "arn:aws:iam::111122223333:policy/AmazonDynamoDBFullAccess",
        {"Ref": "Unknown"},
        1,
        None,
    ],
)
def test_another_policy(policy: Any) -> None:
    assert found(changed(right("COG-3"), "Member.Properties.ManagedPolicyArns", [policy])) == []


def test_a_policy_of_aws_that_is_taken_back() -> None:
    members = changed(right("COG-3"), "Member.Properties.ManagedPolicyArns", [arn("AmazonDynamoDBFullAccess")])
    denial = {"Effect": "Deny", "Action": "dynamodb:*", "Resource": "*"}
    document = {"PolicyName": "No", "PolicyDocument": {"Statement": [denial]}}
    assert found(changed(members, "Member.Properties.Policies.0", document)) == []
