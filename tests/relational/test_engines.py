"""The other engines: what differs from Aurora PostgreSQL, and what must not."""

from typing import Any

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_ec2 as ec2

from constructs_lib import DatabaseEngine, ProxiedDatabase
from constructs_lib.testing import template_of
from tests.relational.databases import (
    CLUSTER,
    INSTANCE,
    PROXY,
    TARGETS,
    database_user_arn,
    function,
    functions,
    network,
    rules,
    security_group_of,
    target,
)
from tests.statements import allowed, only, resources, role_of

ENGINES = {
    "aurora-mysql": DatabaseEngine.aurora_mysql("3.10.4"),
    "postgres": DatabaseEngine.postgres("17.9", instance_type="r8g.large", storage_gib=50, max_storage_gib=500),
    "mysql": DatabaseEngine.mysql("8.4.9", multi_az=False),
}
INSTANCES = ["postgres", "mysql"]
PORTS = {"aurora-mysql": 3306, "postgres": 5432, "mysql": 3306}
MAKER, RUNNER = "Makes the database users that functions connect as", "Runs the SQL that makes the database users"


@pytest.fixture(scope="module")
def templates() -> dict[str, dict[str, Any]]:
    found = {}
    for name, engine in ENGINES.items():
        stack = Stack(App(), "Data")
        vpc = network(stack)
        ledger = ProxiedDatabase(stack, "Ledger", vpc=vpc, engine=engine)
        ledger.grant_connect(function(stack, "Submit", vpc))
        found[name] = template_of(stack)
    return found


def database_of(template: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The cluster, or the instance that is one by itself."""
    ((name, properties),) = (resources(template, CLUSTER) or resources(template, INSTANCE)).items()
    return name, properties


@pytest.mark.parametrize("name", ENGINES)
def test_it_is_encrypted_backed_up_protected_and_kept(templates: dict[str, Any], name: str) -> None:
    logical_id, properties = database_of(templates[name])
    assert (properties["Engine"], properties["StorageEncrypted"]) == (name, True)
    assert (properties["BackupRetentionPeriod"], properties["DeletionProtection"]) == (7, True)
    assert properties["EnableIAMDatabaseAuthentication"] is True
    assert properties["ManageMasterUserPassword"] is True
    assert "MasterUserPassword" not in properties
    assert properties["DeleteAutomatedBackups"] is False
    assert templates[name]["Resources"][logical_id]["DeletionPolicy"] == "Retain"


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_is_as_large_as_asked(templates: dict[str, Any], name: str) -> None:
    _, properties = database_of(templates[name])
    assert properties["PubliclyAccessible"] is False
    assert properties["StorageType"] == "gp3"
    assert properties["CopyTagsToSnapshot"] is True
    size = (properties["DBInstanceClass"], properties["MultiAZ"], properties["AllocatedStorage"])
    growth = properties["MaxAllocatedStorage"]
    expected = {"postgres": (("db.r8g.large", True, "50"), 500), "mysql": (("db.t4g.medium", False, "20"), 100)}
    assert (size, growth) == expected[name]
    assert properties["DBName"] == "app"


PARAMETERS = {
    "aurora-mysql": {
        "require_secure_transport": "ON",
        "server_audit_logging": "1",
        "server_audit_events": "CONNECT,QUERY_DCL,QUERY_DDL",
        "slow_query_log": "1",
    },
    "postgres": {"rds.force_ssl": "1", "rds.custom_dns_resolution": "1"},
    "mysql": {
        "require_secure_transport": "1",
        "slow_query_log": "1",
        "log_output": "FILE",
        "log_bin_trust_function_creators": "1",
    },
}


@pytest.mark.parametrize("name", ENGINES)
def test_only_tls_is_taken(templates: dict[str, Any], name: str) -> None:
    _, properties = database_of(templates[name])
    group = target(properties.get("DBClusterParameterGroupName") or properties.get("DBParameterGroupName"))
    assert templates[name]["Resources"][group]["Properties"]["Parameters"] == PARAMETERS[name]
    assert only(templates[name], PROXY)["RequireTLS"] is True


LOGS = {
    "aurora-mysql": ("cluster", ["audit", "error", "slowquery"]),
    "postgres": ("instance", ["postgresql", "upgrade"]),
    "mysql": ("instance", ["error", "slowquery"]),
}


@pytest.mark.parametrize("name", ENGINES)
def test_each_log_has_a_group_that_exists_before_and_forgets(templates: dict[str, Any], name: str) -> None:
    kind, logs = LOGS[name]
    logical_id, properties = database_of(templates[name])
    assert properties["EnableCloudwatchLogsExports"] == logs
    identifier = properties.get("DBClusterIdentifier") or properties["DBInstanceIdentifier"]
    first, *rest = identifier["Fn::Join"][1]
    groups = {
        str(group["LogGroupName"]["Fn::Join"][1]): (key, group["RetentionInDays"])
        for key, group in resources(templates[name], "AWS::Logs::LogGroup").items()
        if group.get("LogGroupName")
    }
    for log in logs:
        key, retention = groups.pop(str([f"/aws/rds/{kind}/{first}", *rest, f"/{log}"]))
        assert retention == 30
        assert key in templates[name]["Resources"][logical_id]["DependsOn"]
        assert templates[name]["Resources"][key]["DeletionPolicy"] == "Retain"
    assert not groups


@pytest.mark.parametrize("name", ENGINES)
def test_the_operating_system_is_watched(templates: dict[str, Any], name: str) -> None:
    for instance in resources(templates[name], INSTANCE).values():
        assert instance["MonitoringInterval"] == 60
        role = templates[name]["Resources"][target(instance["MonitoringRoleArn"])]["Properties"]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "monitoring.rds.amazonaws.com"}
        (policy,) = role["ManagedPolicyArns"]
        assert policy["Fn::Join"][1][-1] == ":iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"


@pytest.mark.parametrize("name", ENGINES)
def test_the_proxy_knows_the_engine_and_its_target(templates: dict[str, Any], name: str) -> None:
    family = "POSTGRESQL" if name == "postgres" else "MYSQL"
    assert only(templates[name], PROXY)["EngineFamily"] == family
    targets = only(templates[name], TARGETS)
    key = "DBInstanceIdentifiers" if name in INSTANCES else "DBClusterIdentifiers"
    assert list(map(target, targets[key])) == [database_of(templates[name])[0]]


@pytest.mark.parametrize("name", ENGINES)
def test_both_legs_are_open_by_iam_and_on_the_port(templates: dict[str, Any], name: str) -> None:
    template, port = templates[name], PORTS[name]
    database, _ = database_of(template)
    submit = functions(template)["Submit"]
    variables = submit["Environment"]["Variables"]
    assert (variables["DB_PORT"], variables["DB_ENGINE"]) == (str(port), "postgres" if port == 5432 else "mysql")
    (proxy_group,) = map(target, only(template, PROXY)["VpcSecurityGroupIds"])
    assert (security_group_of(submit), proxy_group, "tcp", (port, port)) in rules(template, "Egress")
    assert (proxy_group, security_group_of(submit), "tcp", (port, port)) in rules(template, "Ingress")
    resource_id = "DbiResourceId" if name in INSTANCES else "DBClusterResourceId"
    role = role_of(only(template, PROXY))
    expected = database_user_arn({"Fn::GetAtt": [database, resource_id]}, "app")
    assert allowed(template, role) == {"rds-db:connect": [expected]}


@pytest.mark.parametrize("name", INSTANCES)
def test_an_instance_has_its_users_made_by_a_function_in_the_vpc(templates: dict[str, Any], name: str) -> None:
    template, port = templates[name], PORTS[name]
    database, properties = database_of(template)
    user = only(template, "Custom::DatabaseUser")
    runner = functions(template)[RUNNER]
    (runner_name,) = (key for key, each in resources(template, "AWS::Lambda::Function").items() if each is runner)
    assert user["RunnerArn"] == {"Fn::GetAtt": [runner_name, "Arn"]}
    assert (user["Host"], user["Port"]) == ({"Fn::GetAtt": [database, "Endpoint.Address"]}, str(port))
    assert (user["Family"], user["Database"], user["User"]) == ("postgres" if port == 5432 else "mysql", "app", "app")
    assert user["MasterSecretArn"] == {"Fn::GetAtt": [database, "MasterUserSecret.SecretArn"]}
    assert "ClusterArn" not in user
    inner = {name for name in resources(template, "AWS::EC2::Subnet") if "Inner" in name}
    assert set(map(target, runner["VpcConfig"]["SubnetIds"])) == inner
    # The way is there before the user is asked for.
    (resource,) = (each for each in template["Resources"].values() if each["Type"] == "Custom::DatabaseUser")
    group, (database_group,) = security_group_of(runner), map(target, properties["VPCSecurityGroups"])
    rule = {"egress": (group, database_group), "ingress": (database_group, group)}
    assert (*rule["egress"], "tcp", (port, port)) in rules(template, "Egress")
    assert (*rule["ingress"], "tcp", (port, port)) in rules(template, "Ingress")
    needed = {
        key
        for key, each in template["Resources"].items()
        if each["Type"].startswith("AWS::EC2::SecurityGroup") and str(group) in str(each["Properties"])
    }
    assert len(needed) == 2
    assert needed | {database} <= set(resource["DependsOn"])


@pytest.mark.parametrize("name", INSTANCES)
def test_who_runs_the_sql_may_do_nothing_and_who_makes_the_users_little(templates: dict[str, Any], name: str) -> None:
    template = templates[name]
    database, _ = database_of(template)
    runner, maker = functions(template)[RUNNER], functions(template)[MAKER]
    own = {"logs:CreateLogStream", "logs:PutLogEvents", "xray:PutTraceSegments", "xray:PutTelemetryRecords"}
    runs = {action for action in allowed(template, role_of(runner)) if not action.startswith("ec2:")}
    assert runs == own
    rights = allowed(template, role_of(maker))
    (runner_name,) = (key for key, each in resources(template, "AWS::Lambda::Function").items() if each is runner)
    assert set(rights) - own == {"lambda:InvokeFunction", "secretsmanager:GetSecretValue"}
    assert rights["lambda:InvokeFunction"] == [{"Fn::GetAtt": [runner_name, "Arn"]}]
    assert rights["secretsmanager:GetSecretValue"] == [{"Fn::GetAtt": [database, "MasterUserSecret.SecretArn"]}]
    # Nothing but the way to the database leads out of its group.
    group = template["Resources"][security_group_of(runner)]["Properties"]
    assert [each["CidrIp"] for each in group.get("SecurityGroupEgress", [])] in ([], ["255.255.255.255/32"])
    assert len([each for each in rules(template, "Egress") if each[0] == security_group_of(runner)]) == 1
    assert "VpcConfig" not in maker
    assert runner["Timeout"] == 120


@pytest.mark.parametrize("name", ENGINES)
def test_it_adds_neither_gateway_nor_endpoint(templates: dict[str, Any], name: str) -> None:
    kinds = {resource["Type"] for resource in templates[name]["Resources"].values()}
    assert not kinds & {"AWS::EC2::NatGateway", "AWS::EC2::VPCEndpoint"}


def test_who_runs_the_sql_stands_where_the_database_was_put() -> None:
    stack = Stack(App(), "Data")
    kinds = {"Inner": ec2.SubnetType.PRIVATE_ISOLATED, "Outer": ec2.SubnetType.PRIVATE_WITH_EGRESS}
    subnets = [ec2.SubnetConfiguration(name=name, subnet_type=kind) for name, kind in kinds.items()]
    vpc = ec2.Vpc(stack, "Vpc", max_azs=2, nat_gateways=0, subnet_configuration=subnets)
    chosen = ec2.SubnetSelection(subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS)
    ledger = ProxiedDatabase(stack, "Ledger", vpc=vpc, engine=ENGINES["postgres"], subnets=chosen)
    ledger.grant_connect(function(stack, "Submit", vpc))
    runner = functions(template_of(stack))[RUNNER]
    assert all("Outer" in target(subnet) for subnet in runner["VpcConfig"]["SubnetIds"])
