"""Which subnets are public, and which security groups let which in: yes, no, and not to be known."""

from typing import Any

import pytest

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.stack import Stack
from tests.checks.judged import changed, stack, template, without

SUBNETS = template(
    """
    Parameters: {HasInternet: {Type: String}, Gateway: {Type: String}}
    Conditions: {Internet: !Equals [!Ref HasInternet, "yes"], Always: !Equals [a, a]}
    Resources:
      Gateway0: {Type: AWS::EC2::InternetGateway}
      Table: {Type: AWS::EC2::RouteTable, Properties: {VpcId: vpc-0}}
      Out:
        Type: AWS::EC2::Route
        Properties: {RouteTableId: !Ref Table, DestinationCidrBlock: 0.0.0.0/0, GatewayId: !Ref Gateway0}
      Subnet: {Type: AWS::EC2::Subnet, Properties: {VpcId: vpc-0}}
      Association:
        Type: AWS::EC2::SubnetRouteTableAssociation
        Properties: {RouteTableId: !Ref Table, SubnetId: !Ref Subnet}
      Book: {Type: AWS::Lambda::Function, Properties: {VpcConfig: {SubnetIds: [!Ref Subnet, subnet-1]}}}
    """
)


def public(*stacks: Stack | dict[str, Any]) -> list[str]:
    assembly = Assembly(each if isinstance(each, Stack) else stack(each) for each in stacks)
    (function,) = assembly.of_type("AWS::Lambda::Function")
    return [subnet.name for subnet in assembly.network.public_subnets(function.at("VpcConfig", "SubnetIds"))]


def are_private(*stacks: Stack | dict[str, Any]) -> bool:
    assembly = Assembly(each if isinstance(each, Stack) else stack(each) for each in stacks)
    (function,) = assembly.of_type("AWS::Lambda::Function")
    return assembly.network.are_private(function.at("VpcConfig", "SubnetIds"))


NAT = {"RouteTableId": {"Ref": "Table"}, "DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": "nat-0a"}
PRIVATE = changed(changed(SUBNETS, "Book.Properties.VpcConfig.SubnetIds", [{"Ref": "Subnet"}]), "Out.Properties", NAT)


def test_subnets_without_a_route_to_a_gateway_are_private() -> None:
    assert are_private(PRIVATE)
    assert are_private(without(PRIVATE, "Out"))
    elsewhere = {"Resources": {"Way": {"Type": "AWS::EC2::Route", "Properties": NAT | {"GatewayId": "igw-0a"}}}}
    assert not are_private(PRIVATE, stack(elsewhere, "Other"))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Out.Properties.GatewayId", {"Ref": "Gateway0"}),
        ("Out.Properties.GatewayId", {"Ref": "Gateway"}),
        ("Out.Properties", {"RouteTableId": {"Ref": "Gateway"}, "GatewayId": "igw-0a"}),
        ("Association.Properties.RouteTableId", {"Ref": "Gateway"}),
        ("Association.Properties.SubnetId", "subnet-1"),
        ("Association.Condition", "Internet"),
        ("Book.Properties.VpcConfig.SubnetIds", [{"Ref": "Subnet"}, "subnet-1"]),
        ("Book.Properties.VpcConfig.SubnetIds", {"Ref": "Gateway"}),
        ("Book.Properties.VpcConfig.SubnetIds", []),
    ],
)
def test_subnets_that_may_not_be_private(path: str, value: Any) -> None:
    assert not are_private(changed(PRIVATE, path, value))


def test_a_macro_may_add_a_route() -> None:
    assert not are_private({**without(PRIVATE, "Out"), "Transform": "Macro"})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Out.Properties.GatewayId", "igw-0a"),
        ("Out.Properties.GatewayId", {"Fn::GetAtt": ["Gateway0", "InternetGatewayId"]}),
        ("Out.Properties.DestinationCidrBlock", "0.0.0.0/0"),
        ("Out.Condition", "Always"),
        ("Association.Properties.SubnetId", {"Fn::GetAtt": ["Subnet", "SubnetId"]}),
    ],
)
def test_a_subnet_with_a_route_to_an_internet_gateway_is_public(path: str, value: Any) -> None:
    assert public(changed(SUBNETS, path, value)) == ["Subnet"]


def test_a_route_of_ipv6_leads_to_the_internet_too() -> None:
    route = {"RouteTableId": {"Ref": "Table"}, "DestinationIpv6CidrBlock": "::/0", "GatewayId": {"Ref": "Gateway0"}}
    assert public(changed(SUBNETS, "Out.Properties", route)) == ["Subnet"]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Out.Properties.GatewayId", "vgw-0a"),
        ("Out.Properties.GatewayId", {"Ref": "Gateway"}),
        ("Out.Properties.GatewayId", None),
        ("Out.Properties.DestinationCidrBlock", "10.1.0.0/16"),
        ("Out.Properties.DestinationCidrBlock", {"Ref": "HasInternet"}),
        ("Out.Properties.RouteTableId", "rtb-0"),
        ("Out.Properties.RouteTableId", {"Ref": "Subnet"}),
        ("Out.Condition", "Internet"),
        ("Association.Properties.RouteTableId", "rtb-0"),
        ("Association.Properties.RouteTableId", {}),
        ("Association.Properties.SubnetId", "subnet-1"),
        ("Association.Condition", "Internet"),
        ("Book.Properties.VpcConfig.SubnetIds", ["subnet-1", {"Ref": "HasInternet"}, {"Ref": "Table"}]),
        ("Book.Properties.VpcConfig.SubnetIds", {"Ref": "HasInternet"}),
    ],
)
def test_other_subnets_are_not_known_to_be(path: str, value: Any) -> None:
    assert public(changed(SUBNETS, path, value)) == []


@pytest.mark.parametrize(
    "parts", [("Out", "Table"), ("Association", "Subnet"), ("Out", "Table", "Association", "Subnet")]
)
def test_what_is_made_with_its_owner_counts(parts: tuple[str, ...]) -> None:
    body = SUBNETS
    for part in parts:
        body = changed(body, f"{part}.Condition", "Internet")
    assert public(body) == ["Subnet"]


def test_the_same_name_of_a_condition_elsewhere_is_another_condition() -> None:
    body = changed(SUBNETS, "Out.Condition", "Internet")
    body = changed(body, "Out.Properties.RouteTableId", {"Fn::ImportValue": "routes"})
    del body["Resources"]["Association"]
    other = template(
        """
        Resources:
          Table: {Type: AWS::EC2::RouteTable, Condition: Internet, Properties: {VpcId: vpc-0}}
          Association:
            Type: AWS::EC2::SubnetRouteTableAssociation
            Properties: {RouteTableId: !Ref Table, SubnetId: !ImportValue subnet}
        Outputs: {Routes: {Value: !Ref Table, Export: {Name: routes}}}
        """
    )
    body["Outputs"] = {"Subnet": {"Value": {"Ref": "Subnet"}, "Export": {"Name": "subnet"}}}
    assert public(body, stack(other, "Other")) == []
    assert public(without(body, "Out.Condition"), stack(other, "Other")) == ["Subnet"]


GROUPS = template(
    """
    Parameters: {Any: {Type: String}, Port: {Type: Number, Default: 5432}}
    Conditions: {Sometimes: !Equals [!Ref Any, "yes"], Always: !Equals [a, a]}
    Resources:
      Vpc: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}
      Lookup: {Type: Custom::Lookup}
      Client: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: c}}
      Other: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: o}}
      Server:
        Type: AWS::EC2::SecurityGroup
        Properties:
          GroupDescription: s
          SecurityGroupIngress:
            - {IpProtocol: tcp, FromPort: 5432, ToPort: 5432, SourceSecurityGroupId: !Ref Client}
      Way:
        Type: Test::Way
        Properties: {From: [!Ref Client], To: [!Ref Server]}
    """
)
INGRESS, EGRESS = "Server.Properties.SecurityGroupIngress", "Client.Properties.SecurityGroupEgress"
ANY = {"Ref": "Any"}
TO_SERVER = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "DestinationSecurityGroupId": {"Ref": "Server"}}


def leads(*stacks: Stack | dict[str, Any], port: float | None = 5432) -> bool | None:
    assembly = Assembly(each if isinstance(each, Stack) else stack(each) for each in stacks)
    (way,) = assembly.of_type("Test::Way")
    network = assembly.network
    return network.leads(network.groups(way.at("From")), network.groups(way.at("To")), port)


def test_a_group_that_a_rule_names_gets_in() -> None:
    assert leads(GROUPS) is True
    assert leads(GROUPS, port=5433) is False
    assert leads(GROUPS, port=5431) is False
    assert leads(GROUPS, port=None) is None


@pytest.mark.parametrize(
    ("path", "value", "expected"),
    [
        ("IpProtocol", "-1", True),
        ("IpProtocol", -1, True),
        ("IpProtocol", 6, True),
        ("IpProtocol", "6", True),
        ("IpProtocol", "TCP", True),
        ("IpProtocol", "udp", False),
        ("IpProtocol", 17, False),
        ("IpProtocol", ANY, None),
        ("IpProtocol", None, None),
        ("FromPort", 0, True),
        ("FromPort", 5433, False),
        ("FromPort", {"Ref": "Port"}, True),
        ("FromPort", {"Fn::GetAtt": ["Vpc", "Port"]}, None),
        ("ToPort", 65_535, True),
        ("ToPort", ANY, None),
        ("SourceSecurityGroupId", {"Fn::GetAtt": ["Client", "GroupId"]}, True),
        ("SourceSecurityGroupId", {"Fn::GetAtt": ["Client", "Id"]}, True),
        ("SourceSecurityGroupId", {"Ref": "Other"}, False),
        ("SourceSecurityGroupId", {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}, False),
        ("SourceSecurityGroupId", "sg-1", False),
        ("SourceSecurityGroupId", "{{resolve:ssm:/clients/group}}", None),
        ("SourceSecurityGroupId", {"Fn::GetAtt": ["Lookup", "GroupId"]}, None),
        ("SourceSecurityGroupId", {"Fn::GetAtt": ["Client", "VpcId"]}, None),
        ("SourceSecurityGroupId", ANY, None),
        ("SourceSecurityGroupId", {"Fn::If": ["Sometimes", {"Ref": "Other"}, {"Ref": "Client"}]}, None),
    ],
)
def test_a_rule_covers_a_protocol_a_port_and_a_group(path: str, value: Any, expected: bool | None) -> None:
    assert leads(changed(GROUPS, f"{INGRESS}.0.{path}", value)) is expected


@pytest.mark.parametrize(
    ("peer", "expected"),
    [
        ({"CidrIp": "0.0.0.0/0"}, True),
        ({"CidrIpv6": "::/0"}, True),
        ({"CidrIp": "10.0.0.0/16"}, None),
        ({"CidrIpv6": "fd00::/8"}, None),
        ({"CidrIp": {"Fn::GetAtt": ["Vpc", "CidrBlock"]}}, None),
        ({"CidrIp": "255.255.255.255/32"}, False),
        ({"SourcePrefixListId": "pl-1"}, None),
        ({"SourceSecurityGroupName": "clients"}, None),
        ({}, None),
    ],
)
def test_addresses_let_in_everybody_nobody_or_somebody(peer: dict[str, Any], expected: bool | None) -> None:
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, **peer}
    assert leads(changed(GROUPS, INGRESS, [rule])) is expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([], False),
        (None, False),
        (ANY, None),
        ([ANY], None),
        ("all", None),
        ([{"Fn::If": ["Sometimes", TO_SERVER, {"Ref": "AWS::NoValue"}]}], None),
        ([{"Ref": "AWS::NoValue"}], False),
    ],
)
def test_a_list_of_rules_that_is_not_known_may_hold_any(rules: Any, expected: bool | None) -> None:
    assert leads(changed(GROUPS, INGRESS, rules)) is expected


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ([TO_SERVER], True),
        ([{**TO_SERVER, "FromPort": 1, "ToPort": 80}], False),
        ([{**TO_SERVER, "DestinationSecurityGroupId": {"Ref": "Other"}}], False),
        ([{"IpProtocol": "-1", "CidrIp": "255.255.255.255/32"}], False),
        ([{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}], True),
        ([{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "DestinationPrefixListId": "pl-1"}], None),
        (ANY, None),
        (None, True),
    ],
)
def test_what_leaves_a_group_is_bound_as_soon_as_a_rule_says_so(rules: Any, expected: bool | None) -> None:
    assert leads(changed(GROUPS, EGRESS, rules)) is expected


def test_rules_of_their_own_are_the_groups() -> None:
    alone = changed(without(GROUPS, INGRESS), "In.Type", "AWS::EC2::SecurityGroupIngress")
    rule = {"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "SourceSecurityGroupId": {"Ref": "Client"}}
    alone = changed(alone, "In.Properties", {**rule, "GroupId": {"Fn::GetAtt": ["Server", "GroupId"]}})
    assert leads(alone) is True
    assert leads(changed(alone, "In.Properties.GroupId", {"Ref": "Other"})) is False
    assert leads(changed(alone, "In.Properties.GroupId", "sg-1")) is False
    assert leads(changed(alone, "In.Properties.GroupId", ANY)) is None
    assert leads(without(alone, "In.Properties.GroupId")) is None
    assert leads(changed(alone, "In.Condition", "Sometimes")) is None
    other = changed(alone, "In.Properties.SourceSecurityGroupId", {"Ref": "Other"})
    assert leads(changed(other, "In.Condition", "Sometimes")) is False
    assert leads(changed(alone, "In.Condition", "Always")) is True
    both = changed(alone, "In.Condition", "Sometimes")
    assert leads(changed(both, "Server.Condition", "Sometimes")) is True


def test_rules_of_their_own_for_what_leaves() -> None:
    closed = changed(GROUPS, EGRESS, [{"IpProtocol": "-1", "CidrIp": "255.255.255.255/32"}])
    alone = changed(closed, "Out.Type", "AWS::EC2::SecurityGroupEgress")
    alone = changed(alone, "Out.Properties", {**TO_SERVER, "GroupId": {"Ref": "Client"}})
    assert leads(closed) is False
    assert leads(alone) is True
    assert leads(changed(alone, "Out.Properties.GroupId", ANY)) is None


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([{"Ref": "Other"}, {"Ref": "Client"}], True),
        ([{"Ref": "Other"}], False),
        ([{"Ref": "Client"}, ANY], None),
        ([{"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}], False),
        (["sg-1"], None),
        (["{{resolve:ssm:/clients/group}}"], None),
        ([{"Fn::GetAtt": ["Lookup", "GroupId"]}], None),
        (ANY, None),
        (None, None),
        ([], None),
        ([{"a": "b"}], None),
        ([7], None),
    ],
)
def test_one_of_the_clients_groups_is_enough(groups: Any, expected: bool | None) -> None:
    assert leads(changed(GROUPS, "Way.Properties.From", groups)) is expected


@pytest.mark.parametrize(
    ("groups", "expected"),
    [
        ([{"Ref": "Other"}, {"Ref": "Server"}], True),
        ([{"Ref": "Other"}], False),
        ([{"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}], None),
        (["sg-1"], None),
        ([{"Ref": "Other"}, "sg-1"], None),
        ([{"Ref": "Vpc"}], None),
        ([{"Fn::GetAtt": ["Other", "VpcId"]}], None),
        (None, None),
    ],
)
def test_one_of_the_servers_groups_is_enough(groups: Any, expected: bool | None) -> None:
    assert leads(changed(GROUPS, "Way.Properties.To", groups)) is expected


def test_a_default_group_gets_in_where_a_rule_names_it() -> None:
    default = {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]}
    named = changed(GROUPS, f"{INGRESS}.0.SourceSecurityGroupId", default)
    # What leaves a default group is not in the template.
    assert leads(changed(named, "Way.Properties.From", [default])) is None


def test_a_group_of_clients_and_servers_lets_itself_in_by_a_rule_only() -> None:
    one = changed(GROUPS, "Way.Properties.From", [{"Ref": "Server"}])
    assert leads(one) is False
    assert leads(changed(one, f"{INGRESS}.0.SourceSecurityGroupId", {"Ref": "Server"})) is True


def test_a_macro_may_add_rules() -> None:
    closed = changed(GROUPS, INGRESS, [])
    assert leads({**closed, "Transform": "Company::Rules"}) is None
    assert leads({**closed, "Transform": "AWS::LanguageExtensions"}) is False
    assert leads({**GROUPS, "Transform": "Company::Rules"}) is None


@pytest.mark.parametrize(
    "reader", [{"Fn::ImportValue": "client"}, {"Fn::GetStackOutput": {"StackName": "Clients", "OutputName": "Client"}}]
)
def test_groups_of_other_stacks_count(reader: dict[str, Any]) -> None:
    clients = template(
        """
        Resources:
          Client: {Type: AWS::EC2::SecurityGroup, Properties: {GroupDescription: c}}
          Way:
            Type: Test::Way
            Properties: {From: [!Ref Client], To: [!ImportValue server]}
        Outputs: {Client: {Value: !GetAtt Client.GroupId, Export: {Name: client}}}
        """
    )
    servers = without(without(changed(GROUPS, f"{INGRESS}.0.SourceSecurityGroupId", reader), "Way"), "Client")
    servers["Outputs"] = {"Server": {"Value": {"Ref": "Server"}, "Export": {"Name": "server"}}}
    assert leads(stack(servers, "Servers"), stack(clients, "Clients")) is True
    other = changed(servers, f"{INGRESS}.0.SourceSecurityGroupId", {"Ref": "Other"})
    assert leads(stack(other, "Servers"), stack(clients, "Clients")) is False


def let_in(body: dict[str, Any], port: float | None) -> list[str]:
    assembly = Assembly([stack(body)])
    (way,) = assembly.of_type("Test::Way")
    server = next(iter(assembly.network.groups(way.at("To")) or ()))
    return sorted(getattr(group, "name", str(group)) for group in assembly.network.let_in(server, port))


@pytest.mark.parametrize("groups", [None, ANY, [ANY], [{"Ref": "Client"}, ANY], "clients"])
def test_groups_that_are_not_known(groups: Any) -> None:
    assembly = Assembly([stack(changed(GROUPS, "Way.Properties.From", groups))])
    (way,) = assembly.of_type("Test::Way")
    assert assembly.network.groups(way.at("From")) is None


def test_who_is_let_in_by_name() -> None:
    assert let_in(GROUPS, 5432) == ["Client"]
    assert let_in(GROUPS, None) == ["Client"]
    assert let_in(GROUPS, 3306) == []
    assert let_in(changed(GROUPS, f"{INGRESS}.0.FromPort", ANY), 5432) == ["Client"]
    assert let_in(changed(GROUPS, f"{INGRESS}.0.SourceSecurityGroupId", "sg-1"), 5432) == ["sg-1"]
    assert let_in(changed(GROUPS, f"{INGRESS}.0.SourceSecurityGroupId", ANY), 5432) == []
    assert let_in(changed(GROUPS, INGRESS, [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}, ANY]), 5432) == []
    assert let_in(changed(GROUPS, "Way.Properties.To", ["sg-1"]), 5432) == []
