"""A network as templates have it, and a function in it that knocks at a database's door."""

from typing import Any

from tests.local.stack import Resources

SUBNETS = [{"Ref": "Subneta"}, {"Ref": "Subnetb"}]

# Lambda's Python has no driver; the first messages of PostgreSQL's protocol tell who is let in.
_KNOCK = """
import boto3, socket, ssl, struct

def message(stream):
    kind, length = struct.unpack("!cI", stream.read(5))
    return kind, stream.read(length - 4)

def handler(event, context):
    host, user = event["host"], event["user"]
    plain = socket.create_connection((host, 5432))
    plain.sendall(struct.pack("!II", 8, 80877103))
    assert plain.recv(1) == b"S"
    secure = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
    stream = secure.makefile("rwb")
    content = struct.pack("!I", 196608) + f"user\\0{user}\\0database\\0app\\0\\0".encode()
    stream.write(struct.pack("!I", len(content) + 4) + content)
    stream.flush()
    kind, answer = message(stream)
    if kind == b"R" and event.get("token"):
        token = boto3.client("rds").generate_db_auth_token(DBHostname=host, Port=5432, DBUsername=user)
        stream.write(b"p" + struct.pack("!I", len(token) + 5) + token.encode() + b"\\0")
        stream.flush()
        kind, answer = message(stream)
    return "let in" if kind == b"R" else answer.decode()
"""


def isolated_network(block: str, *groups: str) -> Resources:
    """A VPC with a database subnet group ``Subnets`` of two subnets, and security groups that let nothing through."""
    vpc = {"VpcId": {"Ref": "Vpc"}}
    subnets = {
        f"Subnet{zone}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": vpc
            | {"CidrBlock": f"{block}.{number}.0/24", "AvailabilityZone": {"Fn::Sub": f"${{AWS::Region}}{zone}"}},
        }
        for number, zone in enumerate("ab")
    }
    closed = [{"IpProtocol": "icmp", "FromPort": 252, "ToPort": 86, "CidrIp": "255.255.255.255/32"}]
    return {
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": f"{block}.0.0/16"}},
        **subnets,
        "Subnets": {
            "Type": "AWS::RDS::DBSubnetGroup",
            "Properties": {"DBSubnetGroupDescription": "two", "SubnetIds": [{"Ref": name} for name in subnets]},
        },
        **{
            f"{group}Group": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": vpc | {"GroupDescription": group, "SecurityGroupEgress": closed},
            }
            for group in groups
        },
    }


def nat_gateway(block: str, *subnets: str) -> Resources:
    """A NAT gateway in a subnet of its own, and the route of the network's subnets to it."""
    gateway = {"SubnetId": {"Ref": "Outside"}, "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}}
    vpc = {"VpcId": {"Ref": "Vpc"}}
    table = {"RouteTableId": {"Ref": "Table"}}
    route = table | {"DestinationCidrBlock": "0.0.0.0/0", "NatGatewayId": {"Ref": "Gateway"}}
    associations = {
        f"{name}Table": {
            "Type": "AWS::EC2::SubnetRouteTableAssociation",
            "Properties": table | {"SubnetId": {"Ref": name}},
        }
        for name in subnets
    }
    return {
        "Outside": {"Type": "AWS::EC2::Subnet", "Properties": vpc | {"CidrBlock": block}},
        "Address": {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}},
        "Gateway": {"Type": "AWS::EC2::NatGateway", "Properties": gateway},
        "Table": {"Type": "AWS::EC2::RouteTable", "Properties": vpc},
        "Route": {"Type": "AWS::EC2::Route", "Properties": route},
        **associations,
    }


def lambda_endpoint(group: str) -> Resources:
    """The interface endpoint of Lambda, with a group."""
    properties = {
        "VpcEndpointType": "Interface",
        "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.lambda"},
        "VpcId": {"Ref": "Vpc"},
        "SubnetIds": SUBNETS,
        "SecurityGroupIds": [group_id(group)],
        "PrivateDnsEnabled": True,
    }
    return {"Type": "AWS::EC2::VPCEndpoint", "Properties": properties}


def rule(direction: str, group: str, peer: str, port: int) -> Resources:
    """A rule (``Ingress`` or ``Egress``) of one of the network's groups about another."""
    side = "SourceSecurityGroupId" if direction == "Ingress" else "DestinationSecurityGroupId"
    properties = {
        "GroupId": group_id(group),
        "IpProtocol": "tcp",
        "FromPort": port,
        "ToPort": port,
        side: {"Fn::GetAtt": [f"{peer}Group", "GroupId"]},
    }
    return {"Type": f"AWS::EC2::SecurityGroup{direction}", "Properties": properties}


def knocking_function(role: str, group: str = "") -> Resources:
    """A function that knocks; with a group, in the network."""
    place: Resources = {}
    if group:
        place["VpcConfig"] = {"SubnetIds": SUBNETS, "SecurityGroupIds": [group_id(group)]}
    properties = {
        "Code": {"ZipFile": _KNOCK},
        "Handler": "index.handler",
        "Runtime": "python3.13",
        "Timeout": 30,
        "Role": {"Fn::GetAtt": [role, "Arn"]},
        **place,
    }
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def group_id(group: str) -> Any:
    """The id of one of the network's groups."""
    return {"Fn::GetAtt": [f"{group}Group", "GroupId"]}
