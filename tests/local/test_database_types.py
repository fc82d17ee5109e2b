"""CloudFormation's databases and proxies are real ones, in any region, for as long as their stack is there."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from constructs_lib.local import LocalAws
from tests.local.stack import ROLE, DeploymentError, Resources, Stack

pytestmark = pytest.mark.local_aws

CLUSTER: Resources = {
    "Engine": "aurora-postgresql",
    "EnableIAMDatabaseAuthentication": True,
    "MasterUsername": "chief",
    "MasterUserPassword": "a-password",
}


def test_database_ends_with_its_cluster(local_aws: LocalAws, stack: Stack, listens: Callable[[str, int], bool]) -> None:
    resources = {"Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": CLUSTER}}
    told = stack.deploy(resources, {"Host": {"Fn::GetAtt": ["Cluster", "Endpoint.Address"]}})
    assert listens(told["Host"], 5432)
    stack.delete()
    assert not listens(told["Host"], 5432)


def test_database_that_does_not_start_fails_its_stack_and_leaves_no_record(local_aws: LocalAws, stack: Stack) -> None:
    refused = CLUSTER | {"DBClusterIdentifier": "refused", "MasterUsername": "rdsadmin"}
    with pytest.raises(DeploymentError, match='role "rdsadmin" already exists'):
        stack.deploy({"Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": refused}})
    clusters = local_aws.client("rds").describe_db_clusters()["DBClusters"]
    assert "refused" not in [cluster["DBClusterIdentifier"] for cluster in clusters]


def test_two_stacks_start_databases_at_the_same_time(local_aws: LocalAws) -> None:
    resources = {"Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": CLUSTER}}
    outputs = {"Host": {"Fn::GetAtt": ["Cluster", "Endpoint.Address"]}}
    stacks = [Stack(local_aws, f"parallel-{number}") for number in range(2)]
    with ThreadPoolExecutor() as pool:
        hosts = list(pool.map(lambda stack: stack.deploy(resources, outputs)["Host"], stacks))
    assert len(set(hosts)) == 2
    for stack in stacks:
        stack.delete()


def test_database_instance_of_its_own(local_aws: LocalAws, stack: Stack) -> None:
    def deploy(password: str) -> str:
        instance = {
            "Engine": "postgres",
            "DBInstanceClass": "db.t4g.micro",
            "AllocatedStorage": "20",
            "DBName": "own",
            "MasterUsername": "chief",
            "MasterUserPassword": password,
        }
        resources = {"Instance": {"Type": "AWS::RDS::DBInstance", "Properties": instance}}
        host = stack.deploy(resources, {"Host": {"Fn::GetAtt": ["Instance", "Endpoint.Address"]}})["Host"]
        with psycopg.connect(host=host, user="chief", password=password, dbname="own", sslmode="require") as connection:
            connection.execute("CREATE TABLE IF NOT EXISTS kept (id int)")
        return host

    assert deploy("first-password") == deploy("second-password")


def test_proxy_in_another_region_than_the_first(local_aws: LocalAws) -> None:
    region = "eu-west-2"
    stack = Stack(local_aws, "proxied", region)
    subnets = {
        f"Subnet{zone}": {
            "Type": "AWS::EC2::Subnet",
            "Properties": {
                "VpcId": {"Ref": "Vpc"},
                "CidrBlock": f"10.8.{number}.0/24",
                "AvailabilityZone": f"{region}{zone}",
            },
        }
        for number, zone in enumerate("ab")
    }
    names = [{"Ref": name} for name in subnets]
    anybody = [{"IpProtocol": "-1", "CidrIp": "0.0.0.0/0"}]
    open_group = {"GroupDescription": "open", "VpcId": {"Ref": "Vpc"}, "SecurityGroupIngress": anybody}
    group = [{"Fn::GetAtt": ["Group", "GroupId"]}]
    cluster = CLUSTER | {"DBSubnetGroupName": {"Ref": "Subnets"}, "VpcSecurityGroupIds": group}
    grant = {"Effect": "Allow", "Action": "rds-db:connect", "Resource": "*"}
    policy = {"PolicyName": "Connect", "PolicyDocument": {"Version": "2012-10-17", "Statement": [grant]}}
    role = ROLE | {"Properties": ROLE["Properties"] | {"Policies": [policy]}}
    proxy = {
        "DBProxyName": "far-away",
        "EngineFamily": "POSTGRESQL",
        "DefaultAuthScheme": "IAM_AUTH",
        "RequireTLS": True,
        "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
        "VpcSubnetIds": names,
        "VpcSecurityGroupIds": group,
    }
    targets = {
        "DBProxyName": {"Ref": "Proxy"},
        "TargetGroupName": "default",
        "DBClusterIdentifiers": [{"Ref": "Cluster"}],
    }
    resources = {
        **subnets,
        "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.8.0.0/16"}},
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": open_group},
        "Subnets": {
            "Type": "AWS::RDS::DBSubnetGroup",
            "Properties": {"DBSubnetGroupDescription": "two", "SubnetIds": names},
        },
        "Cluster": {"Type": "AWS::RDS::DBCluster", "Properties": cluster},
        "Role": role,
        "Proxy": {"Type": "AWS::RDS::DBProxy", "Properties": proxy},
        "Targets": {"Type": "AWS::RDS::DBProxyTargetGroup", "Properties": targets},
    }
    host = stack.deploy(resources, {"Host": {"Fn::GetAtt": ["Proxy", "Endpoint"]}})["Host"]
    token = local_aws.client("rds", region).generate_db_auth_token(DBHostname=host, Port=5432, DBUsername="nobody")
    with pytest.raises(psycopg.OperationalError, match="the database knows no user 'nobody'"):
        psycopg.connect(host=host, user="nobody", password=token, dbname="postgres", sslmode="require")
    proxy["RequireTLS"] = False
    stack.deploy(resources)
    with pytest.raises(psycopg.OperationalError, match="the database knows no user 'nobody'"):
        psycopg.connect(host=host, user="nobody", password=token, dbname="postgres", sslmode="disable")
    stack.delete()
