"""The CloudFormation types that are made by calls to the emulator's API."""

import json
from typing import Any

from constructs_lib.local.server.emulator import register_resource_type
from constructs_lib.local.server.resource_types.api_type import ApiType, Client, call
from constructs_lib.local.server.resource_types.resource_type import Created, Properties


def register_service_types(client: Client) -> None:
    """Teach CloudFormation these types."""
    types = {
        "EC2::EIP": ("ec2", _allocate_address, _release_address),
        "EC2::FlowLog": ("ec2", _create_flow_log, _delete_flow_log),
        "EC2::NatGateway": ("ec2", _create_nat_gateway, _delete_nat_gateway),
        "EC2::SecurityGroupEgress": ("ec2", _let_out, _no_longer_let_out),
        "EC2::SecurityGroupIngress": ("ec2", _let_in, _no_longer_let_in),
        "SecretsManager::ResourcePolicy": ("secretsmanager", _put_secret_policy, _delete_secret_policy),
        "SecretsManager::RotationSchedule": ("secretsmanager", _schedule_rotation, _cancel_rotation),
        "StepFunctions::StateMachineVersion": ("stepfunctions", _publish_version, _delete_version),
        "WAFv2::WebACLAssociation": ("wafv2", _associate_web_acl, _disassociate_web_acl),
    }
    for name, (service, make, remove) in types.items():
        register_resource_type(f"AWS::{name}", ApiType(client, service, make, remove))


def _allocate_address(ec2: Any, properties: Properties) -> Created:
    address = call(ec2, "allocate_address", properties)
    return address["PublicIp"], {"AllocationId": address["AllocationId"], "PublicIp": address["PublicIp"]}


def _release_address(ec2: Any, name: str) -> None:
    for address in ec2.describe_addresses(PublicIps=[name])["Addresses"]:
        ec2.release_address(AllocationId=address["AllocationId"])


def _create_flow_log(ec2: Any, properties: Properties) -> Created:
    name = call(ec2, "create_flow_logs", properties, ResourceIds=[properties["ResourceId"]])["FlowLogIds"][0]
    return name, {"Id": name}


def _delete_flow_log(ec2: Any, name: str) -> None:
    ec2.delete_flow_logs(FlowLogIds=[name])


def _create_nat_gateway(ec2: Any, properties: Properties) -> Created:
    name = call(ec2, "create_nat_gateway", properties)["NatGateway"]["NatGatewayId"]
    return name, {"NatGatewayId": name}


def _delete_nat_gateway(ec2: Any, name: str) -> None:
    ec2.delete_nat_gateway(NatGatewayId=name)


def _let_in(ec2: Any, properties: Properties) -> Created:
    rule = _permission(properties, "SourceSecurityGroupId")
    return _identified(ec2.authorize_security_group_ingress(GroupId=properties["GroupId"], IpPermissions=[rule]))


def _no_longer_let_in(ec2: Any, name: str) -> None:
    ec2.revoke_security_group_ingress(GroupId=_group_of(ec2, name), SecurityGroupRuleIds=[name])


def _let_out(ec2: Any, properties: Properties) -> Created:
    rule = _permission(properties, "DestinationSecurityGroupId")
    return _identified(ec2.authorize_security_group_egress(GroupId=properties["GroupId"], IpPermissions=[rule]))


def _no_longer_let_out(ec2: Any, name: str) -> None:
    ec2.revoke_security_group_egress(GroupId=_group_of(ec2, name), SecurityGroupRuleIds=[name])


def _permission(properties: Properties, peer: str) -> Properties:
    """Say a rule as the API does."""
    rule: Properties = {"IpProtocol": str(properties["IpProtocol"])}
    rule |= {end: int(properties[end]) for end in ("FromPort", "ToPort") if end in properties}
    if peer in properties:
        rule["UserIdGroupPairs"] = [{"GroupId": properties[peer]}]
    if "CidrIp" in properties:
        rule["IpRanges"] = [{"CidrIp": properties["CidrIp"]}]
    if "CidrIpv6" in properties:
        rule["Ipv6Ranges"] = [{"CidrIpv6": properties["CidrIpv6"]}]
    return rule


def _identified(answer: Properties) -> Created:
    name = answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    return name, {"Id": name}


def _group_of(ec2: Any, rule: str) -> str:
    rules = ec2.describe_security_group_rules(SecurityGroupRuleIds=[rule])["SecurityGroupRules"]
    return str(rules[0]["GroupId"])


def _put_secret_policy(secrets_manager: Any, properties: Properties) -> Created:
    policy = json.dumps(properties["ResourcePolicy"])
    secret = secrets_manager.put_resource_policy(SecretId=properties["SecretId"], ResourcePolicy=policy)["ARN"]
    return secret, {"Id": secret}


def _delete_secret_policy(secrets_manager: Any, name: str) -> None:
    secrets_manager.delete_resource_policy(SecretId=name)


def _schedule_rotation(secrets_manager: Any, properties: Properties) -> Created:
    """Schedule it only: a first rotation at once would call a function that is not ready yet."""
    secret = call(secrets_manager, "rotate_secret", properties, RotateImmediately=False)["ARN"]
    return secret, {"Id": secret}


def _cancel_rotation(secrets_manager: Any, name: str) -> None:
    """Leave it to end with its secret: the emulator cannot cancel it, and rotates nothing by itself."""


def _publish_version(stepfunctions: Any, properties: Properties) -> Created:
    arn = stepfunctions.publish_state_machine_version(stateMachineArn=properties["StateMachineArn"])
    return arn["stateMachineVersionArn"], {"Arn": arn["stateMachineVersionArn"]}


def _delete_version(stepfunctions: Any, name: str) -> None:
    stepfunctions.delete_state_machine_version(stateMachineVersionArn=name)


def _associate_web_acl(waf: Any, properties: Properties) -> Created:
    waf.associate_web_acl(ResourceArn=properties["ResourceArn"], WebACLArn=properties["WebACLArn"])
    return properties["ResourceArn"], {}


def _disassociate_web_acl(waf: Any, name: str) -> None:
    waf.disassociate_web_acl(ResourceArn=name)
