"""Bring your own: an existing cluster, instance or proxy, of this app or imported."""

from typing import Any

import pytest
from aws_cdk import App, Duration, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_rds as rds
from aws_cdk import aws_secretsmanager as secretsmanager

from constructs_lib import DatabaseEngine, InvalidArgument, ProxiedDatabase
from constructs_lib.testing import template_of
from tests.relational.databases import (
    CLUSTER,
    INSTANCE,
    PROXY,
    TARGETS,
    database,
    database_user_arn,
    function,
    functions,
    network,
    rules,
    security_group_of,
    target,
)
from tests.statements import allowed, only, resources, role_of

POSTGRES, AURORA = DatabaseEngine.postgres("17.9"), DatabaseEngine.aurora_postgres("17.9")
SECRET_ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:master-AbCdEf"


def cluster(stack: Stack, vpc: ec2.IVpc, **options: Any) -> rds.DatabaseCluster:
    engine = rds.DatabaseClusterEngine.aurora_postgres(version=rds.AuroraPostgresEngineVersion.VER_17_9)
    options = {"iam_authentication": True, "enable_data_api": True, **options}
    writer = rds.ClusterInstance.serverless_v2("Writer")
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    return rds.DatabaseCluster(stack, "Own", engine=engine, vpc=vpc, vpc_subnets=subnets, writer=writer, **options)


def imported_instance(stack: Stack, **options: Any) -> rds.IDatabaseInstance:
    group = ec2.SecurityGroup.from_security_group_id(stack, "InstanceGroup", "sg-database")
    known = {"instance_resource_id": "db-RESOURCE", "security_groups": [group], "port": 5432, **options}
    return rds.DatabaseInstance.from_database_instance_attributes(
        stack, "Imported", instance_identifier="orders", instance_endpoint_address="orders.example", **known
    )


def imported_secret(stack: Stack) -> secretsmanager.ISecret:
    return secretsmanager.Secret.from_secret_complete_arn(stack, "Master", SECRET_ARN)


def test_a_cluster_of_another_stack_waits_for_nobody() -> None:
    app = App()
    data, front, handlers = Stack(app, "Data"), Stack(app, "Front"), Stack(app, "Handlers")
    vpc = network(data)
    ledger = database(front, vpc, engine=AURORA, database=cluster(data, vpc))
    ledger.grant_connect(function(handlers, "Submit", vpc))
    template = template_of(front)
    assert not data.dependencies
    assert {stack.stack_name for stack in handlers.dependencies} == {"Data", "Front"}
    assert not resources(template, CLUSTER)
    assert len(only(template, TARGETS)["DBClusterIdentifiers"]) == 1
    # The way from the proxy to the cluster stands with the proxy, on both of its ends.
    ((_, _, _, egress),) = rules(template, "Egress")
    ((group, _, _, ingress),) = rules(template, "Ingress")
    assert egress == ingress == (5432, 5432)
    assert "ExportsOutput" in str(group)
    ((arn,),) = allowed(template, role_of(only(template, PROXY))).values()
    assert "DBClusterResourceId" in str(arn)
    user = only(template, "Custom::DatabaseUser")
    assert "SecretArn" in str(user["MasterSecretArn"]) or "Secret" in str(user["MasterSecretArn"])


def test_an_imported_instance_gets_proxy_users_and_both_legs() -> None:
    stack = Stack(App(), "Front")
    vpc = network(stack)
    ledger = database(
        stack, vpc, engine=POSTGRES, database=imported_instance(stack), master_secret=imported_secret(stack)
    )
    ledger.grant_connect(function(stack, "Submit", vpc))
    template = template_of(stack)
    assert not resources(template, INSTANCE)
    assert only(template, TARGETS)["DBInstanceIdentifiers"] == ["orders"]
    assert ledger.database.node.id == "Imported"
    assert allowed(template, role_of(only(template, PROXY))) == {
        "rds-db:connect": [database_user_arn_of("db-RESOURCE", "app")]
    }
    user = only(template, "Custom::DatabaseUser")
    assert (user["Host"], user["MasterSecretArn"]) == ("orders.example", SECRET_ARN)
    runner = functions(template)["Runs the SQL that makes the database users"]
    ways = [(own, other) for own, other, *_ in rules(template, "Ingress")]
    proxy_group = only(template, PROXY)["VpcSecurityGroupIds"][0]["Fn::GetAtt"][0]
    assert ("sg-database", proxy_group) in ways
    assert ("sg-database", security_group_of(runner)) in ways
    assert (proxy_group, security_group_of(functions(template)["Submit"])) in ways


def database_user_arn_of(resource_id: str, user: str) -> dict[str, Any]:
    joined = database_user_arn("", user)["Fn::Join"][1]
    return {"Fn::Join": ["", [*joined[:-3], f":dbuser:{resource_id}/{user}"]]}


def test_an_existing_proxy_gets_the_rights_and_rules_and_is_not_made_again() -> None:
    stack = Stack(App(), "Front")
    vpc = network(stack)
    proxy = rds.DatabaseProxy.from_database_proxy_attributes(
        stack,
        "ImportedProxy",
        db_proxy_arn="arn:aws:rds:eu-central-1:123456789012:db-proxy:prx-1",
        db_proxy_name="orders",
        endpoint="orders.proxy.example",
        security_groups=[],
    )
    ledger = database(
        stack,
        vpc,
        engine=POSTGRES,
        database=imported_instance(stack),
        master_secret=imported_secret(stack),
        proxy=proxy,
        proxy_security_group=ec2.SecurityGroup.from_security_group_id(stack, "ProxyGroup", "sg-proxy"),
        proxy_role=iam.Role.from_role_name(stack, "Role", "orders-proxy"),
    )
    ledger.grant_connect(function(stack, "Submit", vpc))
    template = template_of(stack)
    assert not resources(template, PROXY)
    submit = functions(template)["Submit"]
    assert submit["Environment"]["Variables"]["DB_HOST"] == "orders.proxy.example"
    assert ("sg-proxy", security_group_of(submit)) in [(own, other) for own, other, *_ in rules(template, "Ingress")]
    (policy,) = (each for each in resources(template, "AWS::IAM::Policy").values() if each["Roles"] == ["orders-proxy"])
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert statement["Resource"] == database_user_arn_of("db-RESOURCE", "app")


def test_a_role_is_associated_with_an_existing_cluster_of_this_app_beside_its_others() -> None:
    app = App()
    data, front, handlers = Stack(app, "Data"), Stack(app, "Front"), Stack(app, "Handlers")
    vpc = network(data)
    own = cluster(data, vpc)
    role = rds.CfnDBCluster.DBClusterRoleProperty(role_arn="arn:aws:iam::123456789012:role/s3", feature_name="s3Import")
    own.node.default_child.associated_roles = [role]  # type: ignore[union-attr]
    ledger = database(front, vpc, engine=AURORA, database=own)
    ledger.allow_invoke(function(handlers, "Called", None))
    template = template_of(data)
    assert not data.dependencies
    assert [each["FeatureName"] for each in only(template, CLUSTER)["AssociatedRoles"]] == ["s3Import", "Lambda"]
    # The role is the cluster's, so it may not name the cluster in turn.
    lambda_role = template["Resources"][target(only(template, CLUSTER)["AssociatedRoles"][1]["RoleArn"])]["Properties"]
    (trust,) = lambda_role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1][-1] == ":cluster:*"
    (policy,) = (
        each
        for each in resources(template_of(handlers), "AWS::IAM::Policy").values()
        if "lambda:InvokeFunction" in str(each["PolicyDocument"])
    )
    assert "LambdaRole" in str(policy["Roles"])


def refused(sentence: str, **arguments: Any) -> None:
    stack = Stack(App(), "Refused", env={"account": "123456789012", "region": "eu-central-1"})
    vpc = network(stack)
    made = {name: make(stack, vpc) if callable(make) else make for name, make in arguments.items()}
    with pytest.raises(InvalidArgument) as error:
        ProxiedDatabase(stack, "Ledger", vpc=vpc, **{"engine": POSTGRES, **made})
    assert sentence in str(error.value)


def own(stack: Stack, _: ec2.IVpc) -> rds.IDatabaseInstance:
    return imported_instance(stack)


def secret(stack: Stack, _: ec2.IVpc) -> secretsmanager.ISecret:
    return imported_secret(stack)


def some_proxy(stack: Stack, _: ec2.IVpc) -> rds.IDatabaseProxy:
    return rds.DatabaseProxy.from_database_proxy_attributes(
        stack,
        "P",
        db_proxy_arn="arn:x:rds:x:x:db-proxy:prx-1",
        db_proxy_name="p",
        endpoint="p.example",
        security_groups=[],
    )


def some_group(stack: Stack, _: ec2.IVpc) -> ec2.ISecurityGroup:
    return ec2.SecurityGroup.from_security_group_id(stack, "G", "sg-1")


def some_role(stack: Stack, _: ec2.IVpc) -> iam.IRole:
    return iam.Role.from_role_name(stack, "R", "role")


def test_an_imported_database_must_tell_enough() -> None:
    refused("master_secret must be given", database=own)
    bare = {"master_secret": secret}
    refused(
        "database must be imported with a security group",
        database=lambda stack, _: imported_instance(stack, security_groups=[]),
        **bare,
    )
    refused(
        "database must be imported with its resource id",
        database=lambda stack, _: imported_instance(stack, instance_resource_id=None),
        **bare,
    )


def test_the_engine_must_fit() -> None:
    refused("database must be of the engine aurora-postgresql", database=own, master_secret=secret, engine=AURORA)
    refused("database must be of the engine postgres", database=cluster)


def test_iam_authentication_must_be_on_where_that_can_be_seen() -> None:
    sentence = "database must have iam_authentication switched on, got 'Refused/Own'"
    refused(sentence, engine=AURORA, database=lambda stack, vpc: cluster(stack, vpc, iam_authentication=False))
    refused(sentence, engine=AURORA, database=lambda stack, vpc: cluster(stack, vpc, iam_authentication=None))


def test_aurora_must_have_the_data_api() -> None:
    sentence = "database must have enable_data_api switched on, which makes the users, got 'Refused/Own'"
    refused(sentence, engine=AURORA, database=lambda stack, vpc: cluster(stack, vpc, enable_data_api=False))


def test_another_language_is_another_engine() -> None:
    mysql = DatabaseEngine.aurora_mysql("3.10.4")
    refused("database must be of the engine aurora-mysql, got 'Refused/Own'", engine=mysql, database=cluster)


@pytest.mark.parametrize(
    ("engine", "make"),
    [
        (AURORA, lambda stack, vpc: cluster(stack, vpc, port=5433)),
        (POSTGRES, lambda stack, _: imported_instance(stack, port=5433)),
    ],
)
def test_another_port_is_found(engine: DatabaseEngine, make: Any) -> None:
    stack = Stack(App(), "Front")
    vpc = network(stack)
    ledger = database(stack, vpc, engine=engine, database=make(stack, vpc), master_secret=imported_secret(stack))
    ledger.grant_connect(function(stack, "Submit", vpc))
    template = template_of(stack)
    to_the_database = [ports for *_, ports in rules(template, "Ingress") if 5433 in ports]
    # Proxy, and on an instance who makes the users; functions come to the proxy on its own port.
    assert to_the_database == [(5433, 5433)] * (1 if engine.is_aurora else 2)
    assert functions(template)["Submit"]["Environment"]["Variables"]["DB_PORT"] == "5432"
    assert only(template, "Custom::DatabaseUser").get("Port") == (None if engine.is_aurora else "5433")


@pytest.mark.parametrize(
    ("name", "value"),
    [("backup_retention_days", 14), ("deletion_protection", False), ("log_retention", None), ("removal_policy", None)],
)
def test_what_only_a_new_database_heeds_is_not_ignored(name: str, value: Any) -> None:
    from aws_cdk import RemovalPolicy
    from aws_cdk import aws_logs as logs

    value = {"log_retention": logs.RetentionDays.ONE_YEAR, "removal_policy": RemovalPolicy.DESTROY}.get(name, value)
    refused(
        f"{name} must be left out: the database exists already", database=own, master_secret=secret, **{name: value}
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("borrow_timeout", Duration.seconds(20)),
        ("idle_client_timeout", Duration.minutes(30)),
        ("max_connections_percent", 80),
        ("session_pinning_filters", [rds.SessionPinningFilter.EXCLUDE_VARIABLE_SETS]),
    ],
)
def test_what_only_a_new_proxy_heeds_is_not_ignored(name: str, value: Any) -> None:
    existing = {"database": own, "master_secret": secret, "proxy": some_proxy}
    parts = {"proxy_security_group": some_group, "proxy_role": some_role}
    refused(f"{name} must be left out: the proxy exists already", **existing, **parts, **{name: value})


def test_what_belongs_together_comes_together() -> None:
    refused(
        "proxy must come with its database", proxy=some_proxy, proxy_security_group=some_group, proxy_role=some_role
    )
    refused("master_secret must come with its database", master_secret=secret)
    refused("proxy_security_group must come with an existing proxy", proxy_security_group=some_group)
    refused("proxy_role must come with an existing proxy", proxy_role=some_role)
    existing = {"database": own, "master_secret": secret, "proxy": some_proxy}
    refused("proxy_security_group must come with an existing proxy", **existing, proxy_role=some_role)
    refused("proxy_role must come with an existing proxy", **existing, proxy_security_group=some_group)
    parts = {"proxy_security_group": some_group, "proxy_role": some_role}
    refused("authentication must be 'iam' with an existing proxy", **existing, **parts, authentication="secret")


def test_an_unknown_authentication_is_refused() -> None:
    refused("authentication must be one of 'iam', 'secret', got 'password'", authentication="password")


def test_lambda_cannot_be_called_by_what_cannot_be_told() -> None:
    stack = Stack(App(), "Refused")
    vpc = network(stack)
    imported = database(
        stack, vpc, engine=POSTGRES, database=imported_instance(stack), master_secret=imported_secret(stack)
    )
    with pytest.raises(InvalidArgument, match="function must be called by a database of this app"):
        imported.allow_invoke(function(stack, "Called", None))
    engine = rds.DatabaseClusterEngine.aurora_mysql(version=rds.AuroraMysqlEngineVersion.VER_3_10_4)
    subnets = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_ISOLATED)
    mysql = rds.DatabaseCluster(
        stack,
        "MySql",
        engine=engine,
        vpc=vpc,
        vpc_subnets=subnets,
        writer=rds.ClusterInstance.serverless_v2("Writer"),
        iam_authentication=True,
        enable_data_api=True,
    )
    ledger = database(stack, vpc, "Second", engine=DatabaseEngine.aurora_mysql("3.10.4"), database=mysql)
    with pytest.raises(InvalidArgument, match="function must be called by a new cluster"):
        ledger.allow_invoke(function(stack, "CalledToo", None))
