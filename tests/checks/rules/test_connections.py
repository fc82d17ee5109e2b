"""The rules of the way from a function to a database."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, without

UNKNOWN = {"Fn::ImportValue": "elsewhere"}
BOOK = "Book.Properties.VpcConfig"
HOST = "Book.Properties.Environment.Variables.DB_HOST"


# RDS-1: into the VPC

RIGHT = right("RDS-1")
OUTSIDE = without(RIGHT, BOOK)
IS_OUTSIDE = [("RDS-1", "Book/Properties/VpcConfig")]
STATEMENT = "BookRole.Properties.Policies.0.PolicyDocument.Statement.0"
INSTANCE = {
    "Type": "AWS::RDS::DBInstance",
    "Properties": {"Engine": "postgres", "PubliclyAccessible": False},
}


@pytest.mark.parametrize("config", [{}, {"SubnetIds": []}, None, {"SubnetIds": None, "SecurityGroupIds": []}])
def test_a_function_that_is_in_no_vpc(config: Any) -> None:
    assert found(changed(RIGHT, BOOK, config)) == IS_OUTSIDE
    (finding,) = findings(OUTSIDE)
    assert finding.message == "Book is in no VPC, but connects to Proxy, which is reached inside one only"


@pytest.mark.parametrize("config", [UNKNOWN, {"SubnetIds": UNKNOWN}, {"SubnetIds": [UNKNOWN]}])
def test_a_function_that_is_or_may_be(config: Any) -> None:
    assert found(changed(RIGHT, BOOK, config)) == []


PROXY_ID = {"Fn::Select": [6, {"Fn::Split": [":", {"Fn::GetAtt": ["Proxy", "DBProxyArn"]}]}]}


@pytest.mark.parametrize(
    "resource",
    [
        {"Fn::Join": ["", ["arn:aws:rds-db:eu-west-1:1:dbuser:", PROXY_ID, "/app"]]},
        {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, ":rds-db:", UNKNOWN, ":dbuser:", PROXY_ID, "/*"]]},
        [
            "arn:aws:rds-db:eu-west-1:1:dbuser:db-A/app",
            {
                "Fn::Select": [
                    6,
                    {"Fn::Split": [":", {"Fn::Sub": ["${Arn}", {"Arn": {"Fn::GetAtt": ["Proxy", "DBProxyArn"]}}]}]},
                ]
            },
        ],
    ],
)
def test_a_right_names_the_proxy(resource: Any) -> None:
    assert found(changed(OUTSIDE, f"{STATEMENT}.Resource", resource)) == IS_OUTSIDE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Action", "*"),
        ("Action", "rds:DescribeDBProxies"),
        ("Action", "dsql:DbConnect"),
        ("Action", UNKNOWN),
        ("Effect", "Deny"),
        ("Resource", "*"),
        ("Resource", "arn:aws:rds-db:eu-west-1:1:dbuser:*/app"),
        ("Resource", {"Fn::GetAtt": ["BookRole", "Arn"]}),
        ("Resource", UNKNOWN),
    ],
)
def test_other_rights(path: str, value: Any) -> None:
    assert found(changed(OUTSIDE, f"{STATEMENT}.{path}", value)) == []


def test_a_right_that_is_denied() -> None:
    policy = "BookRole.Properties.Policies.0.PolicyDocument.Statement"
    allowed = RIGHT["Resources"]["BookRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"]
    denied = {"Effect": "Deny", "Action": "rds-db:connect", "Resource": "*"}
    assert found(changed(OUTSIDE, policy, [*allowed, denied])) == []


def test_a_proxy_of_another_stack() -> None:
    proxy = {
        "Resources": {"Proxy": RIGHT["Resources"]["Proxy"]},
        "Outputs": {"Arn": {"Value": {"Fn::GetAtt": ["Proxy", "DBProxyArn"]}, "Export": {"Name": "proxy"}}},
    }
    piece = {"Fn::Select": [6, {"Fn::Split": [":", {"Fn::ImportValue": "proxy"}]}]}
    book = changed(without(OUTSIDE, "Proxy"), f"{STATEMENT}.Resource", {"Fn::Join": ["/", ["dbuser", piece, "app"]]})
    assert found(stack(proxy, "Ledger"), stack(book, "Book")) == IS_OUTSIDE


def test_a_function_has_the_address_of_a_proxy() -> None:
    body = changed(without(OUTSIDE, STATEMENT), HOST, {"Fn::GetAtt": ["Proxy", "Endpoint"]})
    assert found(body) == IS_OUTSIDE
    assert found(changed(body, HOST, {"Fn::Sub": "postgres://${Proxy.Endpoint}/app"})) == IS_OUTSIDE
    assert found(changed(body, HOST, {"Fn::GetAtt": ["Proxy", "DBProxyArn"]})) == []
    assert found(changed(body, HOST, {"Ref": "Proxy"})) == []
    assert found(changed(body, HOST, "ledger.proxy-0a.eu-west-1.rds.amazonaws.com")) == []


def test_a_function_of_the_deployment_may_pass_an_address_on() -> None:
    body = changed(without(OUTSIDE, STATEMENT), HOST, {"Fn::GetAtt": ["Proxy", "Endpoint"]})
    token = {"ServiceToken": {"Fn::GetAtt": ["Book", "Arn"]}}
    assert found(changed(body, "Parameter", {"Type": "Custom::Parameter", "Properties": token})) == []


def test_a_function_has_the_address_of_an_endpoint() -> None:
    reader = {"Type": "AWS::RDS::DBProxyEndpoint", "Properties": {"DBProxyName": {"Ref": "Proxy"}}}
    body = changed(changed(without(OUTSIDE, STATEMENT), "Reader", reader), HOST, {"Fn::GetAtt": ["Reader", "Endpoint"]})
    assert found(body) == IS_OUTSIDE
    assert found(changed(body, "Reader.Properties.DBProxyName", "elsewhere")) == []


@pytest.mark.parametrize(("public", "is_found"), [(False, True), ("false", True), (None, False), (UNKNOWN, False)])
def test_an_instance_without_a_public_address(public: Any, is_found: bool) -> None:
    body = changed(changed(OUTSIDE, "Ledger", INSTANCE), "Ledger.Properties.PubliclyAccessible", public)
    arn = {"Fn::Sub": "arn:aws:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:${Ledger.DbiResourceId}/app"}
    assert found(changed(body, f"{STATEMENT}.Resource", arn)) == (IS_OUTSIDE if is_found else [])
    address = changed(without(body, STATEMENT), HOST, {"Fn::GetAtt": ["Ledger", "Endpoint.Address"]})
    assert found(address) == (IS_OUTSIDE if is_found else [])


def test_a_public_database_is_reached_from_outside() -> None:
    body = changed(changed(OUTSIDE, "Ledger", INSTANCE), "Ledger.Properties.PubliclyAccessible", True)
    body = changed(body, f"{STATEMENT}.Resource", {"Fn::GetAtt": ["Ledger", "DbiResourceId"]})
    assert found(body) == [("RDS-4", "Ledger/Properties/PubliclyAccessible")]


def test_a_cluster_is_private_if_its_instances_are() -> None:
    cluster = {"Type": "AWS::RDS::DBCluster", "Properties": {"Engine": "aurora-postgresql"}}
    body = changed(changed(OUTSIDE, "Ledger", cluster), "Writer", INSTANCE)
    body = changed(body, "Reader", INSTANCE)
    for name in ("Writer", "Reader"):
        body = changed(body, f"{name}.Properties.DBClusterIdentifier", {"Ref": "Ledger"})
    arn = {"Fn::Sub": "arn:aws:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:${Ledger.DBClusterResourceId}/app"}
    body = changed(body, f"{STATEMENT}.Resource", arn)
    assert found(body) == IS_OUTSIDE
    assert found(without(body, "Reader.Properties.PubliclyAccessible")) == []
    alone = without(without(body, "Reader"), "Writer")
    assert found(alone) == []
    assert found(changed(alone, "Ledger.Properties.PubliclyAccessible", False)) == IS_OUTSIDE
    for attribute in ("Endpoint.Address", "ReadEndpoint.Address"):
        address = changed(without(body, STATEMENT), HOST, {"Fn::GetAtt": ["Ledger", attribute]})
        assert found(address) == IS_OUTSIDE


def test_a_cluster_in_subnets_that_no_gateway_leads_to() -> None:
    """CDK's clusters do not say whether they have a public address."""
    body = changed(OUTSIDE, "Ledger", {"Type": "AWS::RDS::DBCluster", "Properties": {"Engine": "aurora-postgresql"}})
    network = {
        "Subnet": ("AWS::EC2::Subnet", {"VpcId": "vpc-0a"}),
        "Table": ("AWS::EC2::RouteTable", {"VpcId": "vpc-0a"}),
        "Way": (
            "AWS::EC2::SubnetRouteTableAssociation",
            {"SubnetId": {"Ref": "Subnet"}, "RouteTableId": {"Ref": "Table"}},
        ),
        "Subnets": ("AWS::RDS::DBSubnetGroup", {"SubnetIds": [{"Ref": "Subnet"}]}),
    }
    for name, (kind, properties) in network.items():
        body = changed(body, name, {"Type": kind, "Properties": properties})
    body = changed(body, "Ledger.Properties.DBSubnetGroupName", {"Ref": "Subnets"})
    body = changed(without(body, STATEMENT), HOST, {"Fn::GetAtt": ["Ledger", "Endpoint.Address"]})
    assert found(body) == IS_OUTSIDE
    assert found(without(body, "Way")) == []
    assert found(changed(body, "Ledger.Properties.DBSubnetGroupName", "elsewhere")) == []
    assert found(changed(body, "Ledger.Properties.PubliclyAccessible", UNKNOWN)) == []


def test_one_role_of_several_functions() -> None:
    body = changed(OUTSIDE, "Other", RIGHT["Resources"]["Book"])
    assert found(body) == []
    assert found(without(body, "Other.Properties.VpcConfig")) == [*IS_OUTSIDE, ("RDS-1", "Other/Properties/VpcConfig")]


# RDS-2: through the proxy

WRONG = right("RDS-2")
TO_LEDGER = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": {"Ref": "BookGroup"}}
OPENED = changed(WRONG, "LedgerGroup.Properties.SecurityGroupIngress", [TO_LEDGER])
PAST = changed(OPENED, HOST, {"Fn::GetAtt": ["Ledger", "Endpoint.Address"]})
DIRECT = [("RDS-2", "Book/Properties/VpcConfig/SecurityGroupIds")]
ALONE = OPENED
for _name in ("Proxy", "Targets", "FromProxy", "ProxyGroup", HOST):
    ALONE = without(ALONE, _name)


def test_past_the_proxy() -> None:
    assert found(PAST) == DIRECT
    (finding,) = findings(PAST)
    assert finding.message == "Book connects to the database Ledger directly, not through the proxy Proxy"


def test_without_a_proxy() -> None:
    assert found(ALONE) == DIRECT
    (finding,) = findings(ALONE)
    assert finding.message == "Book connects to the database Ledger directly, not through a proxy"


def test_a_group_that_both_let_in_goes_through_the_proxy() -> None:
    assert found(OPENED) == []
    assert found(without(OPENED, HOST)) == []
    closed = without(without(OPENED, HOST), "ProxyGroup.Properties.SecurityGroupIngress")
    assert found(closed) == DIRECT


def test_who_has_the_proxy_s_address_goes_through_it() -> None:
    body = changed(OPENED, "Proxy.Properties.VpcSecurityGroupIds", [UNKNOWN])
    assert found(body) == []
    assert found(without(body, HOST)) == DIRECT


@pytest.mark.parametrize(
    "rule",
    [
        {**TO_LEDGER, "SourceSecurityGroupId": "sg-1"},
        {**TO_LEDGER, "FromPort": 22, "ToPort": 22},
        {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "CidrIp": "10.0.0.0/16"},
        {"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"},
        UNKNOWN,
    ],
)
def test_who_is_let_in_without_a_name(rule: Any) -> None:
    assert found(changed(PAST, "LedgerGroup.Properties.SecurityGroupIngress", [rule])) == []
    assert found(changed(ALONE, "LedgerGroup.Properties.SecurityGroupIngress", [rule])) == []


@pytest.mark.parametrize("port", [{"Fn::GetAtt": ["Ledger", "Endpoint.Port"]}, UNKNOWN, "5432"])
def test_the_port_may_be_the_database_s(port: Any) -> None:
    rule = {**TO_LEDGER, "FromPort": port, "ToPort": port}
    assert found(changed(ALONE, "LedgerGroup.Properties.SecurityGroupIngress", [rule])) == DIRECT


@pytest.mark.parametrize("engine", ["mysql", "mariadb", "postgres", "sqlserver-se", "aurora-mysql"])
def test_engines_with_a_proxy(engine: str) -> None:
    body = changed(ALONE, "LedgerGroup.Properties.SecurityGroupIngress.0.IpProtocol", "-1")
    assert found(changed(body, "Ledger.Properties.Engine", engine)) == DIRECT


@pytest.mark.parametrize("engine", ["oracle-ee", "db2-se", "custom-oracle-ee", UNKNOWN, None])
def test_engines_without_a_proxy(engine: Any) -> None:
    assert found(changed(ALONE, "Ledger.Properties.Engine", engine)) == []


def test_the_first_serverless_aurora_has_none() -> None:
    body = changed(changed(ALONE, "Ledger.Type", "AWS::RDS::DBCluster"), "Ledger.Properties.Engine", "aurora-mysql")
    body = changed(without(body, "Ledger.Properties.VPCSecurityGroups"), "Ledger.Properties.Port", 5432)
    body = changed(body, "Ledger.Properties.VpcSecurityGroupIds", [{"Ref": "LedgerGroup"}])
    assert found(body) == DIRECT
    assert found(changed(body, "Ledger.Properties.EngineMode", "provisioned")) == DIRECT
    assert found(changed(body, "Ledger.Properties.EngineMode", "serverless")) == []


def test_functions_that_run_with_the_deployment_may() -> None:
    arn = {"Fn::GetAtt": ["Book", "Arn"]}
    for kind in ("Custom::Schema", "AWS::CloudFormation::CustomResource"):
        body = changed(ALONE, "Migration", {"Type": kind, "Properties": {"ServiceToken": arn}})
        assert found(body) == []
    rotation = {"Type": "AWS::SecretsManager::RotationSchedule", "Properties": {"RotationLambdaARN": arn}}
    assert found(changed(ALONE, "Rotation", rotation)) == []
    assert found(changed(ALONE, "Other", {"Type": "AWS::SNS::Subscription", "Properties": {"Endpoint": arn}})) == DIRECT


def test_only_functions_lead_on_to_functions() -> None:
    token = {"ServiceToken": {"Ref": "Topic"}, "Version": {"Ref": "Version"}}
    body = changed(ALONE, "Migration", {"Type": "Custom::Schema", "Properties": token})
    body = changed(body, "Version", {"Type": "AWS::Lambda::Version", "Properties": {"FunctionName": UNKNOWN}})
    subscription = {"Subscription": [{"Endpoint": {"Fn::GetAtt": ["Book", "Arn"]}}]}
    assert found(changed(body, "Topic", {"Type": "AWS::SNS::Topic", "Properties": subscription})) == DIRECT


def test_functions_that_name_each_other() -> None:
    arn = {"Fn::GetAtt": ["Book", "Arn"]}
    body = changed(ALONE, "Migration", {"Type": "Custom::Schema", "Properties": {"ServiceToken": arn}})
    assert found(changed(body, "Book.Properties.Environment.Variables.SELF", arn)) == []


@pytest.mark.parametrize("kind", ["AWS::Lambda::Version", "AWS::Lambda::Alias"])
def test_so_may_those_behind_them(kind: str) -> None:
    body = changed(ALONE, "Framework", {"Type": "AWS::Lambda::Function", "Properties": {}})
    version = {"Type": kind, "Properties": {"FunctionName": {"Ref": "Book"}}}
    body = changed(
        changed(body, "Version", version), "Framework.Properties.Environment.Variables.TARGET", {"Ref": "Version"}
    )
    assert found(body) == DIRECT
    token = {"ServiceToken": {"Fn::GetAtt": ["Framework", "Arn"]}}
    assert found(changed(body, "Migration", {"Type": "Custom::Schema", "Properties": token})) == []


# RDS-6: through the groups

WAY = right("RDS-6")
NO_WAY = [("RDS-6", "Book/Properties/VpcConfig/SecurityGroupIds")]
NO_WAY_ON = [("RDS-6", "Proxy/Properties/VpcSecurityGroupIds")]
CLOSED = without(WAY, "ProxyGroup.Properties.SecurityGroupIngress")
CUT_OFF = without(WAY, "FromProxy")


def test_a_function_has_no_way_to_its_proxy() -> None:
    assert found(CLOSED) == NO_WAY
    (finding,) = findings(CLOSED)
    assert finding.message == "no security group lets Book reach port 5432 of Proxy"
    assert found(changed(WAY, "ProxyGroup.Properties.SecurityGroupIngress.0.ToPort", 5431)) == NO_WAY


def test_a_proxy_has_no_way_to_its_database() -> None:
    assert found(CUT_OFF) == NO_WAY_ON
    (finding,) = findings(CUT_OFF)
    assert finding.message == "no security group lets Proxy reach port 5432 of Ledger"
    assert found(changed(WAY, "Ledger.Properties.Port", 5433)) == NO_WAY_ON
    nothing = [{"IpProtocol": "-1", "CidrIp": "255.255.255.255/32"}]
    assert found(changed(WAY, "ProxyGroup.Properties.SecurityGroupEgress", nothing)) == NO_WAY_ON


@pytest.mark.parametrize(
    ("family", "port"), [("POSTGRESQL", 5432), ("MYSQL", 3306), ("SQLSERVER", 1433), (UNKNOWN, 5432), (None, 1)]
)
def test_a_proxy_listens_on_its_engine_s_port(family: Any, port: int) -> None:
    body = changed(WAY, "Proxy.Properties.EngineFamily", family)
    for end in ("FromPort", "ToPort"):
        body = changed(body, f"ProxyGroup.Properties.SecurityGroupIngress.0.{end}", port)
    assert found(body) == []
    body = changed(body, "ProxyGroup.Properties.SecurityGroupIngress.0.FromPort", port + 1)
    body = changed(body, "ProxyGroup.Properties.SecurityGroupIngress.0.ToPort", port + 1)
    assert found(body) == (NO_WAY if isinstance(family, str) else [])


@pytest.mark.parametrize(("engine", "port"), [("postgres", 5432), ("mysql", 3306), ("mariadb", 3306)])
def test_an_instance_listens_on_its_engine_s_port(engine: str, port: int) -> None:
    body = changed(WAY, "Ledger.Properties.Engine", engine)
    body = changed(changed(body, "FromProxy.Properties.FromPort", port), "FromProxy.Properties.ToPort", port)
    assert found(body) == []
    body = changed(changed(body, "FromProxy.Properties.FromPort", 1), "FromProxy.Properties.ToPort", 2)
    assert found(body) == NO_WAY_ON
    assert found(changed(body, "Ledger.Properties.Port", UNKNOWN)) == []


def test_a_cluster() -> None:
    body = changed(changed(WAY, "Ledger.Type", "AWS::RDS::DBCluster"), "Ledger.Properties.Engine", "aurora-postgresql")
    body = without(without(body, "Ledger.Properties.VPCSecurityGroups"), "Targets.Properties.DBInstanceIdentifiers")
    body = changed(body, "Ledger.Properties.VpcSecurityGroupIds", [{"Ref": "LedgerGroup"}])
    body = changed(body, "Targets.Properties.DBClusterIdentifiers", [{"Ref": "Ledger"}])
    assert found(body) == []
    assert found(without(body, "FromProxy")) == NO_WAY_ON
    # What a cluster's port is by default, the documentation and RDS say differently.
    other = changed(changed(body, "FromProxy.Properties.FromPort", 3306), "FromProxy.Properties.ToPort", 3306)
    assert found(other) == []
    assert found(changed(other, "Ledger.Properties.Engine", "postgres")) == []
    assert found(changed(other, "Ledger.Properties.Port", 5432)) == NO_WAY_ON


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (f"{BOOK}.SecurityGroupIds", ["sg-1"]),
        (f"{BOOK}.SecurityGroupIds", [{"Ref": "BookGroup"}, UNKNOWN]),
        (BOOK, UNKNOWN),
        ("Proxy.Properties.VpcSecurityGroupIds", ["sg-1"]),
        ("Proxy.Properties.VpcSecurityGroupIds", None),
        ("ProxyGroup.Properties.SecurityGroupIngress", [{"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8"}]),
        ("ProxyGroup.Properties.SecurityGroupIngress", UNKNOWN),
        (HOST, UNKNOWN),
        (HOST, "ledger.proxy-0a.eu-west-1.rds.amazonaws.com"),
        (HOST, {"Ref": "Proxy"}),
    ],
)
def test_a_way_to_the_proxy_that_may_be_open(path: str, value: Any) -> None:
    assert found(changed(CLOSED, path, value)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Ledger.Properties.VPCSecurityGroups", ["sg-1"]),
        ("Ledger.Properties.VPCSecurityGroups", None),
        ("Targets.Properties.DBInstanceIdentifiers", ["ledger"]),
        ("Targets.Properties.DBInstanceIdentifiers", UNKNOWN),
        ("Targets.Properties.DBProxyName", UNKNOWN),
        ("LedgerGroup.Properties.SecurityGroupIngress", [{"IpProtocol": "tcp", "SourcePrefixListId": "pl-1"}]),
    ],
)
def test_a_way_to_the_database_that_may_be_open(path: str, value: Any) -> None:
    assert found(changed(CUT_OFF, path, value)) == []


def test_a_right_to_the_proxy_is_use_of_it() -> None:
    role = changed(RIGHT, f"{STATEMENT}.Action", "rds-db:connect")["Resources"]["BookRole"]
    body = changed(
        changed(without(CLOSED, HOST), "BookRole", role), "Book.Properties.Role", {"Fn::GetAtt": ["BookRole", "Arn"]}
    )
    assert found(body) == NO_WAY
    # Another function of the role may be the one that connects.
    other = changed(body, "Other", body["Resources"]["Book"])
    assert len(found(other)) == 2
    assert found(changed(other, "Other.Properties.VpcConfig.SecurityGroupIds", ["sg-1"])) == []


def test_an_endpoint_of_the_proxy_is_a_door_to_it() -> None:
    reader = {
        "Type": "AWS::RDS::DBProxyEndpoint",
        "Properties": {"DBProxyName": {"Ref": "Proxy"}, "VpcSecurityGroupIds": [{"Ref": "ReaderGroup"}]},
    }
    group = changed(WAY, "ProxyGroup.Properties.GroupDescription", "Reader")["Resources"]["ProxyGroup"]
    body = changed(changed(CLOSED, "Reader", reader), "ReaderGroup", group)
    assert found(body) == []
    assert found(without(body, "ReaderGroup.Properties.SecurityGroupIngress")) == NO_WAY
    assert found(without(body, "Reader.Properties.VpcSecurityGroupIds")) == []
    assert found(changed(body, "Reader.Properties.DBProxyName", "other")) == NO_WAY


def test_a_way_over_three_stacks() -> None:
    network = {
        "Resources": {
            name: CLOSED["Resources"][name] for name in ("BookGroup", "ProxyGroup", "LedgerGroup", "FromProxy")
        },
        "Outputs": {
            "Book": {"Value": {"Ref": "BookGroup"}, "Export": {"Name": "book"}},
            "Proxy": {"Value": {"Fn::GetAtt": ["ProxyGroup", "GroupId"]}, "Export": {"Name": "proxy"}},
            "Ledger": {"Value": {"Ref": "LedgerGroup"}, "Export": {"Name": "ledger"}},
        },
    }
    data = {
        "Resources": {name: CLOSED["Resources"][name] for name in ("Proxy", "Targets", "Ledger")},
        "Outputs": {"Host": {"Value": {"Fn::GetAtt": ["Proxy", "Endpoint"]}}},
    }
    data = changed(data, "Proxy.Properties.VpcSecurityGroupIds", [{"Fn::ImportValue": "proxy"}])
    data = changed(data, "Ledger.Properties.VPCSecurityGroups", [{"Fn::ImportValue": "ledger"}])
    book = changed(
        {"Resources": {"Book": CLOSED["Resources"]["Book"]}}, f"{BOOK}.SecurityGroupIds", [{"Fn::ImportValue": "book"}]
    )
    book = changed(book, HOST, {"Fn::GetStackOutput": {"StackName": "Data", "OutputName": "Host"}})

    def all_found(network: dict[str, Any]) -> list[tuple[str, str]]:
        return found(stack(network, "Network"), stack(data, "Data"), stack(book, "Book"))

    assert all_found(network) == NO_WAY
    ingress = WAY["Resources"]["ProxyGroup"]["Properties"]["SecurityGroupIngress"]
    assert all_found(changed(network, "ProxyGroup.Properties.SecurityGroupIngress", ingress)) == []


# RDS-7: in at the door

ACTION = "ProxyRole.Properties.Policies.0.PolicyDocument.Statement.0.Action"
LOCKED_OUT = [("RDS-7", "Proxy/Properties/RoleArn")]


@pytest.mark.parametrize("action", ["rds:DescribeDBClusters", [], ["secretsmanager:GetSecretValue", "kms:Decrypt"]])
def test_a_proxy_s_role_may_not_log_in(action: Any) -> None:
    body = changed(right("RDS-7"), ACTION, action)
    assert found(body) == LOCKED_OUT
    assert found(without(body, "ProxyRole.Properties.Policies")) == LOCKED_OUT


@pytest.mark.parametrize("action", ["rds-db:*", "*", "RDS-DB:Connect", UNKNOWN])
def test_it_may_or_it_is_not_known(action: Any) -> None:
    assert found(changed(right("RDS-7"), ACTION, action)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Proxy.Properties.DefaultAuthScheme", "NONE"),
        ("Proxy.Properties.DefaultAuthScheme", None),
        ("Proxy.Properties.DefaultAuthScheme", UNKNOWN),
        ("Proxy.Properties.RoleArn", "arn:aws:iam::1:role/proxy"),
        ("ProxyRole.Properties.ManagedPolicyArns", [UNKNOWN]),
    ],
)
def test_other_logins_and_roles(path: str, value: Any) -> None:
    body = changed(right("RDS-7"), ACTION, "kms:Decrypt")
    assert found(changed(body, path, value)) == []
