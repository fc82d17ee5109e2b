"""allow_invoke: a role, its association, the way to Lambda, and the right of one user, for the named functions only."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2

from constructs_lib import DatabaseEngine, InvalidArgument
from constructs_lib.testing import template_of
from tests.relational.databases import CLUSTER, INSTANCE, database, function, functions, network, rules, target
from tests.statements import allowed, only, resources

ENGINES = {
    "aurora-postgresql": DatabaseEngine.aurora_postgres("17.9"),
    "aurora-mysql": DatabaseEngine.aurora_mysql("3.10.4"),
    "postgres": DatabaseEngine.postgres("17.9"),
}
ENDPOINT = "AWS::EC2::VPCEndpoint"


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    found = {}
    for name, engine in ENGINES.items():
        stack = Stack(App(), "Data")
        vpc = network(stack)
        ledger = database(stack, vpc, engine=engine)
        ledger.grant_connect(function(stack, "Submit", vpc))
        for called in ("Called", "Other"):
            assert ledger.allow_invoke(function(stack, called, None)).success
        ledger.grant_connect(function(stack, "Report", vpc), "viewer", read_only=True)
        found[name] = template_of(stack)
    return found


def database_of(template: dict[str, Any]) -> dict[str, Any]:
    (properties,) = (resources(template, CLUSTER) or resources(template, INSTANCE)).values()
    return properties


def role_of_the_database(template: dict[str, Any]) -> str:
    (association,) = database_of(template)["AssociatedRoles"]
    role: str = target(association["RoleArn"])
    return role


@pytest.mark.parametrize("name", ENGINES)
def test_the_role_is_associated_as_the_engine_wants_it(templates: dict[str, Any], name: str) -> None:
    (association,) = database_of(templates[name])["AssociatedRoles"]
    assert association.get("FeatureName") == (None if name == "aurora-mysql" else "Lambda")
    kind = "AWS::RDS::DBParameterGroup" if name == "postgres" else "AWS::RDS::DBClusterParameterGroup"
    parameters = only(templates[name], kind)["Parameters"]
    assert parameters.get("aws_default_lambda_role") == (association["RoleArn"] if name == "aurora-mysql" else None)
    assert parameters.get("activate_all_roles_on_login") == ("ON" if name == "aurora-mysql" else None)


@pytest.mark.parametrize("name", ENGINES)
def test_this_database_alone_takes_on_the_role(templates: dict[str, Any], name: str) -> None:
    template = templates[name]
    (trust,) = template["Resources"][role_of_the_database(template)]["Properties"]["AssumeRolePolicyDocument"][
        "Statement"
    ]
    assert trust["Principal"] == {"Service": "rds.amazonaws.com"}
    assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    properties = database_of(template)
    identifier = properties.get("DBClusterIdentifier") or properties["DBInstanceIdentifier"]
    parts = trust["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1]
    kind = "db" if name == "postgres" else "cluster"
    first, *rest = identifier["Fn::Join"][1]
    assert parts[-1 - len(rest) :] == [f":{kind}:{first}", *rest]


@pytest.mark.parametrize("name", ENGINES)
def test_the_role_may_call_the_named_functions_only(templates: dict[str, Any], name: str) -> None:
    template = templates[name]
    named = [
        {"Fn::GetAtt": [key, "Arn"]}
        for key, each in resources(template, "AWS::Lambda::Function").items()
        if each.get("Description") in ("Called", "Other")
    ]
    assert len(named) == 2
    rights = allowed(template, role_of_the_database(template))
    assert set(rights) == {"lambda:InvokeFunction"}
    assert sorted(map(str, rights["lambda:InvokeFunction"])) == sorted(map(str, named))


@pytest.mark.parametrize("name", ENGINES)
def test_isolated_subnets_get_an_endpoint_that_only_the_database_reaches(templates: dict[str, Any], name: str) -> None:
    template = templates[name]
    endpoint = only(template, ENDPOINT)
    assert endpoint["ServiceName"]["Fn::Join"][1][-1] == ".lambda"
    assert (endpoint["VpcEndpointType"], endpoint["PrivateDnsEnabled"]) == ("Interface", True)
    assert all("Inner" in target(subnet) for subnet in endpoint["SubnetIds"])
    (group,) = map(target, endpoint["SecurityGroupIds"])
    (database_group,) = map(
        target, database_of(template).get("VpcSecurityGroupIds") or database_of(template)["VPCSecurityGroups"]
    )
    assert [rule for rule in rules(template, "Ingress") if rule[0] == group] == [
        (group, database_group, "tcp", (443, 443))
    ]
    assert (database_group, group, "tcp", (443, 443)) in rules(template, "Egress")
    assert "SecurityGroupIngress" not in template["Resources"][group]["Properties"]


@pytest.mark.parametrize("name", ENGINES)
def test_the_endpoint_takes_calls_of_this_account_s_only(templates: dict[str, Any], name: str) -> None:
    template = templates[name]
    (statement,) = only(template, ENDPOINT)["PolicyDocument"]["Statement"]
    assert statement["Action"] == "lambda:InvokeFunction"
    assert statement["Condition"] == {"StringEquals": {"aws:PrincipalAccount": {"Ref": "AWS::AccountId"}}}


@pytest.mark.parametrize("name", ENGINES)
def test_the_named_user_may_call_and_no_other(templates: dict[str, Any], name: str) -> None:
    users = {each["User"]: each for each in resources(templates[name], "Custom::DatabaseUser").values()}
    assert users["app"]["InvokesLambda"] == "yes"
    assert "InvokesLambda" not in users["viewer"]


def test_a_user_is_made_for_it_alone() -> None:
    stack = Stack(App(), "Data")
    database(stack, network(stack)).allow_invoke(function(stack, "Called", None), "auditor", read_only=True)
    user = only(template_of(stack), "Custom::DatabaseUser")
    assert (user["User"], user["Rights"], user["InvokesLambda"]) == ("auditor", "read-only", "yes")


def test_databases_of_a_vpc_share_the_endpoint() -> None:
    """A second one could not take the name of Lambda's API."""
    app = App()
    one, two = Stack(app, "One"), Stack(app, "Two")
    vpc = network(one)
    for stack, name in ((one, "Ledger"), (one, "Orders"), (two, "Stock")):
        database(stack, vpc, name).allow_invoke(function(stack, f"CalledBy{name}", None))
    first, second = template_of(one), template_of(two)
    (group,) = map(target, only(first, ENDPOINT)["SecurityGroupIds"])
    assert len([rule for rule in rules(first, "Ingress") if rule[0] == group]) == 2
    assert not resources(second, ENDPOINT)
    assert [ports for *_, ports in rules(second, "Ingress") if ports == (443, 443)] == [(443, 443)]
    assert not one.dependencies


def test_the_endpoint_stands_where_the_database_does() -> None:
    stack = Stack(App(), "Data")
    kinds = {"Inner": ec2.SubnetType.PRIVATE_ISOLATED, "Outer": ec2.SubnetType.PRIVATE_WITH_EGRESS}
    subnets = [ec2.SubnetConfiguration(name=name, subnet_type=kind) for name, kind in kinds.items()]
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=subnets)
    database(stack, vpc).allow_invoke(function(stack, "Called", None))
    assert all("Inner" in target(subnet) for subnet in only(template_of(stack), ENDPOINT)["SubnetIds"])


def test_subnets_with_egress_need_no_endpoint() -> None:
    stack = Stack(App(), "Data")
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2)
    ledger = database(stack, vpc)
    ledger.allow_invoke(function(stack, "Called", None))
    template = template_of(stack)
    assert not resources(template, ENDPOINT)
    (group,) = map(target, only(template, CLUSTER)["VpcSecurityGroupIds"])
    (rule,) = template["Resources"][group]["Properties"]["SecurityGroupEgress"]
    assert (rule["CidrIp"], rule["IpProtocol"], rule["FromPort"], rule["ToPort"]) == ("0.0.0.0/0", "tcp", 443, 443)


def test_an_endpoint_of_the_vpc_s_own_is_used() -> None:
    stack = Stack(App(), "Data")
    vpc = network(stack)
    own = ec2.SecurityGroup(stack, "Own", vpc=vpc)
    endpoint = vpc.add_interface_endpoint(
        "Lambda", service=ec2.InterfaceVpcEndpointAwsService.LAMBDA_, open=False, security_groups=[own]
    )
    database(stack, vpc).allow_invoke(function(stack, "Called", None), endpoint=endpoint)
    template = template_of(stack)
    assert len(resources(template, ENDPOINT)) == 1
    (group,) = map(target, only(template, ENDPOINT)["SecurityGroupIds"])
    (database_group,) = map(target, only(template, CLUSTER)["VpcSecurityGroupIds"])
    assert (group, database_group, "tcp", (443, 443)) in rules(template, "Ingress")
    assert (database_group, group, "tcp", (443, 443)) in rules(template, "Egress")


def test_a_function_in_another_stack_carries_the_right_itself() -> None:
    """So its stack may wait for the database's, as it does when it also connects, and never the other way."""
    app = App()
    data, handlers = Stack(app, "Data"), Stack(app, "Handlers")
    vpc = network(data)
    ledger = database(data, vpc)
    called = function(handlers, "Called", vpc)
    ledger.grant_connect(called)
    for _ in range(2):
        ledger.allow_invoke(called)
    template = template_of(handlers)
    (name,) = (
        key for key, each in resources(template, "AWS::Lambda::Function").items() if each["Description"] == "Called"
    )
    (policy,) = (
        each
        for each in resources(template, "AWS::IAM::Policy").values()
        if "lambda:InvokeFunction" in str(each["PolicyDocument"])
    )
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Resource"] == {"Fn::GetAtt": [name, "Arn"]}
    assert "LambdaAccessRole" in str(policy["Roles"])
    assert {stack.stack_name for stack in handlers.dependencies} == {"Data"}
    assert not data.dependencies
    assert functions(template)["Called"]["Environment"]["Variables"]["DB_USER"] == "app"


def test_engines_that_cannot_are_refused_by_name() -> None:
    stack = Stack(App(), "Data")
    for engine, name in (
        (DatabaseEngine.mysql("8.4.9"), "mysql 8.4.9"),
        (DatabaseEngine.postgres("13.1"), "postgres 13.1"),
    ):
        ledger = database(stack, network(stack, f"{engine.name}Vpc"), engine.name, engine=engine)
        with pytest.raises(InvalidArgument, match=f"function must be called by RDS for PostgreSQL.*got '{name}'"):
            ledger.allow_invoke(function(stack, f"{engine.name}Called", None))
