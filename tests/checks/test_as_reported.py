"""Values of templates as cdk-nag's findings name them."""

from typing import Any

import pytest

from constructs_lib.checks.as_reported import as_reported


@pytest.mark.parametrize(
    ("value", "reported"),
    [
        ("arn:aws:s3:::orders/*", "arn:aws:s3:::orders/*"),
        ({"Ref": "Bucket"}, "<Bucket>"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "<Bucket.Arn>"),
        (
            {"Fn::Join": ["", ["arn:", {"Ref": "AWS::Partition"}, {"Fn::GetAtt": ["B", "Arn"]}, "/*"]]},
            "arn:<AWS::Partition><B.Arn>/*",
        ),
    ],
)
def test_a_value_is_named_as_in_a_finding(value: Any, reported: str) -> None:
    assert as_reported(value) == reported
