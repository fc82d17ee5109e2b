"""A PythonFunction's limit of invocations at once, and the key of its logs."""

from pathlib import Path

import pytest
from aws_cdk import App, Stack
from aws_cdk import aws_kms as kms

from constructs_lib import InvalidArgument, PythonFunction
from constructs_lib.testing import template_of
from tests.statements import only, resources


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "index.py").write_text("def handler(event, context): ...\n")
    return tmp_path


@pytest.mark.parametrize("limit", [0, 10, 100_000])
def test_invocations_at_once_are_limited(source: Path, limit: int) -> None:
    stack = Stack(App(), "Functions")
    PythonFunction(stack, "Submit", source=source, reserved_concurrent_executions=limit)
    assert only(template_of(stack), "AWS::Lambda::Function")["ReservedConcurrentExecutions"] == limit


def test_by_default_they_are_shared_with_all_others(source: Path) -> None:
    stack = Stack(App(), "Functions")
    PythonFunction(stack, "Submit", source=source)
    assert "ReservedConcurrentExecutions" not in only(template_of(stack), "AWS::Lambda::Function")


@pytest.mark.parametrize("limit", [-1, 100_001, 1.5])
def test_a_limit_that_lambda_does_not_have_is_refused(source: Path, limit: int) -> None:
    sentence = "reserved_concurrent_executions must be 0 to 100000 executions"
    with pytest.raises(InvalidArgument, match=sentence):
        PythonFunction(Stack(App(), "Functions"), "Submit", source=source, reserved_concurrent_executions=limit)


def test_a_key_of_this_app_encrypts_the_logs_and_lets_logs_use_it(source: Path) -> None:
    stack = Stack(App(), "Functions")
    key = kms.Key(stack, "Key")
    for name in ("Submit", "Read"):
        PythonFunction(stack, name, source=source, log_encryption_key=key)
    template = template_of(stack)
    (key_name,) = resources(template, "AWS::KMS::Key")
    for group in resources(template, "AWS::Logs::LogGroup").values():
        assert group["KmsKeyId"] == {"Fn::GetAtt": [key_name, "Arn"]}
    _, statement = only(template, "AWS::KMS::Key")["KeyPolicy"]["Statement"]
    assert statement["Principal"]["Service"]["Fn::Join"][1] == ["logs.", {"Ref": "AWS::Region"}, ".amazonaws.com"]
    assert "kms:GenerateDataKey*" in statement["Action"]
    arn = statement["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]["Fn::Join"][1]
    assert arn[-2:] == [{"Ref": "AWS::AccountId"}, ":log-group:*"]


def test_by_default_the_logs_have_a_key_of_aws_s(source: Path) -> None:
    stack = Stack(App(), "Functions")
    PythonFunction(stack, "Submit", source=source)
    assert "KmsKeyId" not in only(template_of(stack), "AWS::Logs::LogGroup")
