"""CDK's own custom resources, done here: on AWS they are Node functions that use the SDK which Lambda brings along.

The local Lambda has no such SDK, and what these functions do is a call or two.
"""

from constructs_lib.local.server.emulator import register_resource_type
from constructs_lib.local.server.resource_types.api_type import Client
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties


class RestrictedDefaultGroup:
    """``Custom::VpcRestrictDefaultSG``: a VPC's default security group, emptied of rules."""

    def __init__(self, client: Client) -> None:
        """Change groups by ``client``."""
        self._client = client

    def create(self, declared: Declaration) -> Created:
        """Take the group's rules away."""
        ec2, group = self._client("ec2"), declared.properties["DefaultSecurityGroupId"]
        described = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
        for rule in described["SecurityGroupRules"]:
            revoke = ec2.revoke_security_group_egress if rule["IsEgress"] else ec2.revoke_security_group_ingress
            revoke(GroupId=group, SecurityGroupRuleIds=[rule["SecurityGroupRuleId"]])
        return f"{declared.logical_id}-{group}", {}

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:  # noqa: ARG002 - done anew
        """Take the rules of the group away that is named now."""
        return self.create(declared)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Leave the group as it is: it goes with its VPC."""


class EmptiedBucket:
    """``Custom::S3AutoDeleteObjects``: a bucket that is emptied before it is deleted."""

    def __init__(self, client: Client) -> None:
        """Empty buckets by ``client``."""
        self._client = client

    def create(self, declared: Declaration) -> Created:
        """Wait for the end."""
        return f"{declared.logical_id}-{declared.properties['BucketName']}", {}

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:  # noqa: ARG002 - it only waits
        """Wait for the end."""
        return physical_id, {}

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002 - the bucket is named beside it
        """Delete every version of every object."""
        s3, bucket = self._client("s3"), properties["BucketName"]
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
            for version in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])


def register_custom_types(client: Client) -> None:
    """Do these resources instead of calling their functions."""
    register_resource_type("Custom::VpcRestrictDefaultSG", RestrictedDefaultGroup(client))
    register_resource_type("Custom::S3AutoDeleteObjects", EmptiedBucket(client))
