"""CloudFormation's types that the kit adds or completes: made, changed and removed, and seen through the API."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from constructs_lib.local import LocalAws
from tests.local.stack import GROUP, ROLE, DeploymentError, Resources, Stack

pytestmark = pytest.mark.local_aws


@pytest.mark.parametrize(
    ("type", "peer", "rules"),
    [
        ("AWS::EC2::SecurityGroupIngress", "SourceSecurityGroupId", "IpPermissions"),
        ("AWS::EC2::SecurityGroupEgress", "DestinationSecurityGroupId", "IpPermissionsEgress"),
    ],
)
def test_security_group_rule(local_aws: LocalAws, stack: Stack, type: str, peer: str, rules: str) -> None:
    def ports(port: str | None) -> list[int]:
        rule = {
            "GroupId": {"Ref": "Group"},
            "IpProtocol": "tcp",
            "FromPort": port,
            "ToPort": port,
            peer: {"Ref": "Other"},
        }
        resources = {"Group": GROUP, "Other": GROUP} | ({"Rule": {"Type": type, "Properties": rule}} if port else {})
        group = stack.deploy(resources, {"Group": {"Fn::GetAtt": ["Group", "GroupId"]}})["Group"]
        described = local_aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"][0]
        return [rule["FromPort"] for rule in described[rules] if "FromPort" in rule and rule["UserIdGroupPairs"]]

    assert ports("5432") == [5432]
    assert ports("5433") == [5433]
    assert ports(None) == []


def test_nat_gateway_with_its_address(local_aws: LocalAws, stack: Stack) -> None:
    vpc = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}}
    subnet = {"Type": "AWS::EC2::Subnet", "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.9.0.0/24"}}
    address = {"Type": "AWS::EC2::EIP", "Properties": {"Domain": "vpc"}}
    gateway = {"SubnetId": {"Ref": "Subnet"}, "AllocationId": {"Fn::GetAtt": ["Address", "AllocationId"]}}
    resources = {"Vpc": vpc, "Subnet": subnet, "Address": address}
    resources["Gateway"] = {"Type": "AWS::EC2::NatGateway", "Properties": gateway}
    told = stack.deploy(resources, {name: {"Ref": name} for name in ("Vpc", "Gateway", "Address")})
    ec2 = local_aws.client("ec2")
    described = ec2.describe_nat_gateways(NatGatewayIds=[told["Gateway"]])["NatGateways"][0]
    assert described["VpcId"] == told["Vpc"]
    assert told["Address"] in [address["PublicIp"] for address in ec2.describe_addresses()["Addresses"]]
    stack.deploy({"Vpc": vpc})
    assert told["Address"] not in [address["PublicIp"] for address in ec2.describe_addresses()["Addresses"]]


def test_recorded_type_keeps_its_identity_in_an_update(stack: Stack) -> None:
    def deploy(encryption: str, tag: str) -> dict[str, str]:
        cluster = {
            "IAMRoleARN": {"Fn::GetAtt": ["Role", "Arn"]},
            "NodeType": "dax.t3.small",
            "ReplicationFactor": 1,
            "ClusterEndpointEncryptionType": encryption,
            "Tags": {"k": tag},
        }
        resources = {"Role": ROLE, "Cache": {"Type": "AWS::DAX::Cluster", "Properties": cluster}}
        attributes = ("Arn", "ClusterDiscoveryEndpoint", "ClusterDiscoveryEndpointURL")
        return stack.deploy(resources, {name: {"Fn::GetAtt": ["Cache", name]} for name in attributes})

    first, second = deploy("NONE", "a"), deploy("TLS", "b")
    assert first["Arn"] == second["Arn"]
    assert first["ClusterDiscoveryEndpointURL"].startswith("dax://")
    assert second["ClusterDiscoveryEndpointURL"].startswith("daxs://")


def test_function_keeps_its_network_queue_and_concurrency(local_aws: LocalAws, stack: Stack) -> None:
    subnet = local_aws.client("ec2").describe_subnets()["Subnets"][0]["SubnetId"]

    def configured(**more: Any) -> Resources:
        function = {
            "Code": {"ZipFile": "def handler(event, context): return 1"},
            "Handler": "index.handler",
            "Runtime": "python3.13",
            "Role": {"Fn::GetAtt": ["Role", "Arn"]},
            **more,
        }
        resources = {"Role": ROLE, "Group": GROUP, "Queue": {"Type": "AWS::SQS::Queue"}}
        resources["Function"] = {"Type": "AWS::Lambda::Function", "Properties": function}
        name = stack.deploy(resources, {"Name": {"Ref": "Function"}})["Name"]
        described: Resources = local_aws.client("lambda").get_function(FunctionName=name)
        return described

    described = configured(
        VpcConfig={"SubnetIds": [subnet], "SecurityGroupIds": [{"Ref": "Group"}]},
        DeadLetterConfig={"TargetArn": {"Fn::GetAtt": ["Queue", "Arn"]}},
        ReservedConcurrentExecutions="2",
    )
    assert described["Configuration"]["VpcConfig"]["SubnetIds"] == [subnet]
    assert ":sqs:" in described["Configuration"]["DeadLetterConfig"]["TargetArn"]
    assert described["Concurrency"]["ReservedConcurrentExecutions"] == 2
    described = configured()
    assert described["Configuration"]["VpcConfig"]["SubnetIds"] == []
    assert "Concurrency" not in described


def test_secret_with_its_policy(local_aws: LocalAws, stack: Stack) -> None:
    statement = {"Effect": "Deny", "Principal": "*", "Action": "secretsmanager:DeleteSecret", "Resource": "*"}
    policy = {"SecretId": {"Ref": "Secret"}, "ResourcePolicy": {"Version": "2012-10-17", "Statement": [statement]}}
    secret = {"Type": "AWS::SecretsManager::Secret"}
    resources = {"Secret": secret, "Policy": {"Type": "AWS::SecretsManager::ResourcePolicy", "Properties": policy}}
    name = stack.deploy(resources, {"Secret": {"Ref": "Secret"}})["Secret"]
    manager = local_aws.client("secretsmanager")
    assert "DeleteSecret" in manager.get_resource_policy(SecretId=name)["ResourcePolicy"]
    stack.deploy({"Secret": secret})
    assert "ResourcePolicy" not in manager.get_resource_policy(SecretId=name)


def test_emptied_bucket_goes_with_its_objects(local_aws: LocalAws, stack: Stack) -> None:
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"VersioningConfiguration": {"Status": "Enabled"}}}
    emptied = {
        "Type": "Custom::S3AutoDeleteObjects",
        "Properties": {"ServiceToken": "", "BucketName": {"Ref": "Bucket"}},
    }
    name = stack.deploy({"Bucket": bucket, "Emptied": emptied}, {"Bucket": {"Ref": "Bucket"}})["Bucket"]
    s3 = local_aws.client("s3")
    for body in (b"one", b"two"):
        s3.put_object(Bucket=name, Key="key", Body=body)
    stack.delete()
    assert name not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]


def test_output_of_a_stack_in_another_region(local_aws: LocalAws, stack: Stack) -> None:
    elsewhere = Stack(local_aws, "elsewhere", "eu-central-1")
    topic = elsewhere.deploy({"Topic": {"Type": "AWS::SNS::Topic"}}, {"Arn": {"Ref": "Topic"}})["Arn"]
    reference = {"Fn::GetStackOutput": {"StackName": "elsewhere", "OutputName": "Arn", "Region": "eu-central-1"}}
    parameter = {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": reference}}
    told = stack.deploy({"Parameter": parameter}, {"Name": {"Ref": "Parameter"}, "Topic": reference})
    assert told["Topic"] == topic
    assert local_aws.client("ssm").get_parameter(Name=told["Name"])["Parameter"]["Value"] == topic
    elsewhere.delete()


def test_failing_resource_rolls_the_stack_back(local_aws: LocalAws, stack: Stack) -> None:
    rule = {"GroupId": "sg-0123456789abcdef0", "IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "CidrIp": "10.0.0.0/8"}
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "made-first"}}
    failing = {"Type": "AWS::EC2::SecurityGroupIngress", "Properties": rule, "DependsOn": "Queue"}
    with pytest.raises(DeploymentError, match="Security group sg-0123456789abcdef0 not found"):
        stack.deploy({"Queue": queue, "Rule": failing})
    assert not local_aws.client("sqs").list_queues(QueueNamePrefix="made-first").get("QueueUrls")


def test_unknown_type_is_refused_by_name(stack: Stack) -> None:
    with pytest.raises(ClientError, match=r"Unrecognized resource types: \[AWS::Kendra::Index\]"):
        stack.deploy({"Index": {"Type": "AWS::Kendra::Index"}})


VPC: Resources = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.7.0.0/16"}}
STAGES = "arn:aws:apigateway:us-east-1::/restapis/a/stages"
MACHINE = json.dumps({"StartAt": "End", "States": {"End": {"Type": "Succeed"}}})
THROTTLES = {"MetricName": "Throttles", "MetricNamespace": "n", "MetricValue": "1"}
PRIVATE_NAME = {"Fn::GetAtt": ["AWSApiGatewayDomainNameV2", "DomainNameArn"]}
OTHERS: dict[str, tuple[Resources, Resources]] = {
    "AWS::ApiGateway::BasePathMappingV2": (
        {"DomainNameArn": PRIVATE_NAME, "RestApiId": "a", "Stage": "one"},
        {"DomainNameArn": PRIVATE_NAME, "RestApiId": "a", "Stage": "two"},
    ),
    "AWS::ApiGateway::DomainNameAccessAssociation": (
        {"DomainNameArn": PRIVATE_NAME, "AccessAssociationSource": "vpce-1"},
        {"DomainNameArn": PRIVATE_NAME, "AccessAssociationSource": "vpce-2"},
    ),
    "AWS::ApiGateway::DomainNameV2": (
        {"DomainName": "api.example.com", "CertificateArn": "a"},
        {"DomainName": "api.example.com", "CertificateArn": "b"},
    ),
    "AWS::ApplicationAutoScaling::ScalableTarget": ({"MinCapacity": 1, "ResourceId": "table/t"}, {"MinCapacity": 2}),
    "AWS::ApplicationAutoScaling::ScalingPolicy": ({"PolicyName": "a"}, {"PolicyName": "b"}),
    "AWS::Backup::BackupSelection": ({"BackupPlanId": "p"}, {"BackupPlanId": "q"}),
    "AWS::Cognito::ManagedLoginBranding": ({"UseCognitoProvidedValues": True}, {"UseCognitoProvidedValues": False}),
    "AWS::DAX::ParameterGroup": ({"Description": "a"}, {"Description": "b"}),
    "AWS::DAX::SubnetGroup": ({"Description": "a"}, {"Description": "b"}),
    "AWS::EC2::FlowLog": (
        {"ResourceId": {"Ref": "Vpc"}, "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "flow"},
        {"ResourceId": {"Ref": "Vpc"}, "ResourceType": "VPC", "TrafficType": "REJECT", "LogGroupName": "flow"},
    ),
    "AWS::Logs::MetricFilter": (
        {"LogGroupName": {"Ref": "Log"}, "FilterPattern": "{$.status = 429}", "MetricTransformations": [THROTTLES]},
        {"LogGroupName": {"Ref": "Log"}, "FilterPattern": "{$.status = 500}", "MetricTransformations": [THROTTLES]},
    ),
    "AWS::RDS::EventSubscription": ({"SnsTopicArn": "t", "Enabled": True}, {"SnsTopicArn": "t", "Enabled": False}),
    "AWS::SecretsManager::RotationSchedule": (
        {"SecretId": {"Ref": "Secret"}, "RotationRules": {"AutomaticallyAfterDays": "30"}},
        {"SecretId": {"Ref": "Secret"}, "RotationRules": {"AutomaticallyAfterDays": "7"}},
    ),
    "AWS::StepFunctions::StateMachineVersion": (
        {"StateMachineArn": {"Ref": "Machine"}},
        {"StateMachineArn": {"Ref": "Machine"}, "Description": "b"},
    ),
    "AWS::WAFv2::LoggingConfiguration": (
        {"ResourceArn": {"Fn::GetAtt": ["Acl", "Arn"]}, "LogDestinationConfigs": ["a"]},
        {"ResourceArn": {"Fn::GetAtt": ["Acl", "Arn"]}, "LogDestinationConfigs": ["b"]},
    ),
    "AWS::WAFv2::WebACLAssociation": (
        {
            "ResourceArn": "arn:aws:apigateway:us-east-1::/restapis/a/stages/one",
            "WebACLArn": {"Fn::GetAtt": ["Acl", "Arn"]},
        },
        {
            "ResourceArn": "arn:aws:apigateway:us-east-1::/restapis/a/stages/two",
            "WebACLArn": {"Fn::GetAtt": ["Acl", "Arn"]},
        },
    ),
}


def test_every_other_type_is_made_changed_and_removed(stack: Stack) -> None:
    acl = {
        "Scope": "REGIONAL",
        "DefaultAction": {"Allow": {}},
        "VisibilityConfig": {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"},
    }
    machine = {"DefinitionString": MACHINE, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}}
    surroundings = {
        "Role": ROLE,
        "Vpc": VPC,
        "Secret": {"Type": "AWS::SecretsManager::Secret"},
        "Machine": {"Type": "AWS::StepFunctions::StateMachine", "Properties": machine},
        "Log": {"Type": "AWS::Logs::LogGroup"},
        "Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": acl},
    }
    for state in (0, 1):
        others = {name.replace(":", ""): {"Type": name, "Properties": OTHERS[name][state]} for name in OTHERS}
        stack.deploy(surroundings | others)
    stack.deploy(surroundings)
