"""What a wrong argument is told, and that a token never is."""

import pytest
from aws_cdk import Aws, Token

from constructs_lib import InvalidArgument
from constructs_lib.arguments import is_token, require, require_one_of, require_within
from constructs_lib.quotas import API_GATEWAY_INTEGRATION_TIMEOUT, LAMBDA_MEMORY


def test_the_sentence_names_argument_rule_value_and_source() -> None:
    with pytest.raises(InvalidArgument) as refused:
        require_within("memory_mib", 64, LAMBDA_MEMORY)
    assert str(refused.value) == "memory_mib must be 128 to 10240 MiB, got 64 (Lambda quotas)"
    assert isinstance(refused.value, ValueError)
    assert (refused.value.name, refused.value.value, refused.value.source) == ("memory_mib", 64, "Lambda quotas")


@pytest.mark.parametrize("value", [128, 10_240])
def test_both_ends_of_a_quota_are_allowed(value: int) -> None:
    require_within("memory_mib", value, LAMBDA_MEMORY)


@pytest.mark.parametrize("value", [127, 10_241, 128.5, True, None, "256"])
def test_what_is_no_whole_number_within_it_is_not(value: float) -> None:
    with pytest.raises(InvalidArgument):
        require_within("memory_mib", value, LAMBDA_MEMORY)


def test_a_quota_may_count_parts() -> None:
    require_within("timeout", 0.5, API_GATEWAY_INTEGRATION_TIMEOUT)


def test_tokens_pass_every_check() -> None:
    number = Token.as_number({"Ref": "Memory"})
    require_within("memory_mib", number, LAMBDA_MEMORY)
    require_one_of("region", Aws.REGION, ["eu-west-1"], "AWS Regions")
    require(condition=False, name="names", rule="hold", value=[Aws.REGION], source="the test")


def test_one_of_names_what_is_allowed() -> None:
    with pytest.raises(InvalidArgument, match=r"endpoint must be one of 'edge', 'regional', got 'near' \(API types\)"):
        require_one_of("endpoint", "near", ["edge", "regional"], "API types")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Aws.ACCOUNT_ID, True),
        (f"arn:{Aws.PARTITION}:s3:::x", True),
        ([Aws.REGION, "a"], True),
        ((), False),
        (("a", object()), False),
        ("plain", False),
        (None, False),
        ({"a": 1}, False),
    ],
    ids=["token", "token-in-text", "token-in-list", "empty", "object", "text", "nothing", "mapping"],
)
def test_tokens_are_known_in_every_disguise(value: object, expected: bool) -> None:
    assert is_token(value) is expected
