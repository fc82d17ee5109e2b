"""The rules of databases and proxies as they are."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, without

UNKNOWN = {"Fn::ImportValue": "elsewhere"}


# RDS-3: TLS


@pytest.mark.parametrize("value", [False, "false", None, {"Ref": "AWS::NoValue"}])
def test_a_proxy_that_does_not_require_tls(value: Any) -> None:
    body = changed(right("RDS-3"), "Proxy.Properties.RequireTLS", value)
    assert found(body) == [("RDS-3", "Proxy/Properties/RequireTLS")]


@pytest.mark.parametrize("value", [True, "true", UNKNOWN, "maybe", [], 1])
def test_a_proxy_that_requires_tls_or_may(value: Any) -> None:
    assert found(changed(right("RDS-3"), "Proxy.Properties.RequireTLS", value)) == []


def test_a_proxy_that_a_macro_may_change() -> None:
    assert found({**without(right("RDS-3"), "Proxy.Properties.RequireTLS"), "Transform": "Company::Tls"}) == []


# RDS-4: public subnets and addresses

WIDE_OPEN = changed(right("RDS-4"), "Out.Properties", {"DestinationCidrBlock": "0.0.0.0/0", "GatewayId": "igw-0a"})
WIDE_OPEN = changed(WIDE_OPEN, "Out.Properties.RouteTableId", {"Ref": "Routes"})
IN_PUBLIC = [("RDS-4", "Ledger/Properties/DBSubnetGroupName")]


def test_a_database_in_public_subnets() -> None:
    assert found(WIDE_OPEN) == IN_PUBLIC
    (finding,) = findings(WIDE_OPEN)
    assert finding.message == "the database Ledger is in subnets with a route to an internet gateway: FirstSubnet"


def test_a_cluster_in_public_subnets_and_its_instances_are_one_finding() -> None:
    body = changed(WIDE_OPEN, "Ledger.Type", "AWS::RDS::DBCluster")
    instance = {"DBClusterIdentifier": {"Ref": "Ledger"}, "DBSubnetGroupName": {"Ref": "Subnets"}}
    body = changed(body, "Writer", {"Type": "AWS::RDS::DBInstance", "Properties": instance})
    assert found(body) == IN_PUBLIC


def test_a_proxy_in_public_subnets() -> None:
    proxy = right("RDS-3")["Resources"]["Proxy"]
    body = changed(changed(WIDE_OPEN, "Ledger", proxy), "Ledger.Properties.VpcSubnetIds", [{"Ref": "FirstSubnet"}])
    assert found(body) == [("RDS-4", "Ledger/Properties/VpcSubnetIds")]
    assert found(changed(body, "Ledger.Properties.VpcSubnetIds", ["subnet-0a", UNKNOWN])) == []


@pytest.mark.parametrize("group", ["subnets", UNKNOWN, {"Ref": "Routes"}, None])
def test_subnet_groups_that_are_not_known(group: Any) -> None:
    assert found(changed(WIDE_OPEN, "Ledger.Properties.DBSubnetGroupName", group)) == []


def test_subnets_of_another_stack() -> None:
    ledger = {"Resources": {"Ledger": WIDE_OPEN["Resources"]["Ledger"]}}
    group = {"Fn::GetStackOutput": {"StackName": "Network", "OutputName": "Group"}}
    ledger = changed(ledger, "Ledger.Properties.DBSubnetGroupName", group)
    network = {**without(WIDE_OPEN, "Ledger"), "Outputs": {"Group": {"Value": {"Ref": "Subnets"}}}}
    assert found(stack(network, "Network"), stack(ledger, "Ledger")) == IN_PUBLIC


@pytest.mark.parametrize("kind", ["AWS::RDS::DBInstance", "AWS::RDS::DBCluster"])
@pytest.mark.parametrize(("value", "is_public"), [(True, True), ("true", True), (False, False), (UNKNOWN, False)])
def test_a_database_with_a_public_address(kind: str, value: Any, is_public: bool) -> None:
    body = changed(changed(right("RDS-4"), "Ledger.Type", kind), "Ledger.Properties.PubliclyAccessible", value)
    assert found(body) == ([("RDS-4", "Ledger/Properties/PubliclyAccessible")] if is_public else [])


def test_an_instance_of_a_cluster_with_a_public_address() -> None:
    body = changed(right("RDS-4"), "Ledger.Properties.DBClusterIdentifier", "ledger")
    body = changed(body, "Ledger.Properties.PubliclyAccessible", True)
    assert found(body) == [("RDS-4", "Ledger/Properties/PubliclyAccessible")]


def test_a_database_that_does_not_say_whether_it_is_public() -> None:
    assert found(without(right("RDS-4"), "Ledger.Properties.PubliclyAccessible")) == []


# RDS-5: logins


@pytest.mark.parametrize("value", ["REQUIRED", "ENABLED", UNKNOWN, None, {"Ref": "Setting"}, [], 7])
def test_a_login_that_is_not_disabled(value: Any) -> None:
    assert found(changed(right("RDS-5"), "Proxy.Properties.Auth.0.IAMAuth", value)) == []


def test_one_login_of_several() -> None:
    body = right("RDS-5")
    logins = [*body["Resources"]["Proxy"]["Properties"]["Auth"], {"IAMAuth": "DISABLED"}]
    assert found(changed(body, "Proxy.Properties.Auth", logins)) == [("RDS-5", "Proxy/Properties/Auth/1/IAMAuth")]


@pytest.mark.parametrize("value", [UNKNOWN, None, "DISABLED", [], ["DISABLED"], [UNKNOWN]])
def test_logins_that_are_not_known(value: Any) -> None:
    assert found(changed(right("RDS-5"), "Proxy.Properties.Auth", value)) == []


# RDS-8: calls to Lambda

ASSOCIATION = "Ledger/Properties/AssociatedRoles/0"


@pytest.mark.parametrize("engine", ["mysql", "mariadb", "sqlserver-se", "MySQL", "oracle-ee"])
def test_an_engine_that_cannot_call_lambda(engine: str) -> None:
    assert found(changed(right("RDS-8"), "Ledger.Properties.Engine", engine)) == [("RDS-8", ASSOCIATION)]


@pytest.mark.parametrize("engine", ["aurora-postgresql", "aurora-mysql", "aurora", "postgres", UNKNOWN, None])
def test_an_engine_that_can_or_is_not_known(engine: Any) -> None:
    body = changed(right("RDS-8"), "Ledger.Properties.Engine", engine)
    assert found(body) == []
    assert found(changed(body, "Ledger.Type", "AWS::RDS::DBInstance")) == []


def test_other_features_are_not_judged() -> None:
    body = changed(right("RDS-8"), "Ledger.Properties.Engine", "sqlserver-se")
    assert found(changed(body, "Ledger.Properties.AssociatedRoles.0.FeatureName", "S3_INTEGRATION")) == []
    assert found(without(body, "Ledger.Properties.AssociatedRoles.0.FeatureName")) == []


RIGHTS = "CallerRole.Properties.Policies.0.PolicyDocument.Statement.0.Action"


@pytest.mark.parametrize("action", ["lambda:GetFunction", [], ["s3:*", "lambda:InvokeFunctionUrl"]])
def test_a_role_without_the_right_to_call(action: Any) -> None:
    assert found(changed(right("RDS-8"), RIGHTS, action)) == [("RDS-8", f"{ASSOCIATION}/RoleArn")]


@pytest.mark.parametrize("action", ["lambda:*", "*", "lambda:Invoke*", UNKNOWN])
def test_a_role_that_may_call(action: Any) -> None:
    assert found(changed(right("RDS-8"), RIGHTS, action)) == []


def test_a_role_with_policies_that_are_not_known() -> None:
    body = changed(right("RDS-8"), RIGHTS, "lambda:GetFunction")
    assert found(changed(body, "CallerRole.Properties.ManagedPolicyArns", [UNKNOWN])) == []
    assert found(changed(body, "Ledger.Properties.AssociatedRoles.0.RoleArn", UNKNOWN)) == []


BY_PARAMETER = changed(right("RDS-8"), "Ledger.Properties.Engine", "aurora-mysql")
BY_PARAMETER = changed(BY_PARAMETER, "Ledger.Properties.DBClusterParameterGroupName", {"Ref": "Parameters"})
BY_PARAMETER = changed(BY_PARAMETER, "Parameters.Type", "AWS::RDS::DBClusterParameterGroup")
BY_PARAMETER = changed(
    BY_PARAMETER,
    "Parameters.Properties.Parameters.aws_default_lambda_role",
    {"Fn::GetAtt": ["CallerRole", "Arn"]},
)
BY_PARAMETER = without(BY_PARAMETER, "Ledger.Properties.AssociatedRoles.0.FeatureName")
NOT_ASSOCIATED = [("RDS-8", "Ledger/Properties/AssociatedRoles")]


def test_aurora_mysql_takes_its_role_by_parameter() -> None:
    assert found(BY_PARAMETER) == []
    assert found(changed(BY_PARAMETER, RIGHTS, "s3:GetObject")) == [
        ("RDS-8", "Parameters/Properties/Parameters/aws_default_lambda_role")
    ]


def test_the_role_of_the_parameter_is_not_associated() -> None:
    assert found(without(BY_PARAMETER, "Ledger.Properties.AssociatedRoles")) == NOT_ASSOCIATED
    assert found(changed(BY_PARAMETER, "Ledger.Properties.AssociatedRoles", [])) == NOT_ASSOCIATED
    other = changed(BY_PARAMETER, "Other", {"Type": "AWS::IAM::Role", "Properties": {}})
    other = changed(other, "Ledger.Properties.AssociatedRoles", [{"RoleArn": {"Fn::GetAtt": ["Other", "Arn"]}}])
    assert found(other) == NOT_ASSOCIATED


@pytest.mark.parametrize("roles", [UNKNOWN, [UNKNOWN], [{"RoleArn": UNKNOWN}], [{"RoleArn": "arn:aws:iam::1:role/r"}]])
def test_the_role_of_the_parameter_may_be_associated(roles: Any) -> None:
    assert found(changed(BY_PARAMETER, "Ledger.Properties.AssociatedRoles", roles)) == []


@pytest.mark.parametrize("value", ["arn:aws:iam::1:role/r", UNKNOWN, None])
def test_a_parameter_that_names_no_role_of_the_assembly(value: Any) -> None:
    body = changed(BY_PARAMETER, "Parameters.Properties.Parameters.aws_default_lambda_role", value)
    assert found(without(body, "Ledger.Properties.AssociatedRoles")) == []


def test_a_cluster_of_another_parameter_group() -> None:
    body = without(BY_PARAMETER, "Ledger.Properties.AssociatedRoles")
    assert found(changed(body, "Ledger.Properties.DBClusterParameterGroupName", "default.aurora-mysql8.0")) == []
