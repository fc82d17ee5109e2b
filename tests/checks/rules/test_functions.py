"""The rules of Lambda functions."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, template, without

MEMORY, TIMEOUT, STORAGE = (f"Resize.Properties.{name}" for name in ("MemorySize", "Timeout", "EphemeralStorage"))
VARIABLES, LAYERS = "Resize.Properties.Environment.Variables", "Resize.Properties.Layers"
UNKNOWN: list[Any] = [{"Ref": "Unknown"}, {"Fn::If": ["Big", 0, 1]}, {"Fn::ImportValue": "size"}, "big", True, [], {}]
ARN = "arn:aws:lambda:eu-west-1:111122223333:layer:fonts:1"


@pytest.mark.parametrize("size", [127, 10_241, 128.5, "64", 0, -1])
def test_memory_out_of_range(size: Any) -> None:
    assert found(changed(right("LAMBDA-1"), MEMORY, size)) == [("LAMBDA-1", "Resize/Properties/MemorySize")]


@pytest.mark.parametrize("size", [128, 10_240, "512", *UNKNOWN])
def test_memory_in_range_or_unknown(size: Any) -> None:
    assert found(changed(right("LAMBDA-1"), MEMORY, size)) == []


def test_memory_by_default() -> None:
    assert found(without(right("LAMBDA-1"), MEMORY)) == []


def test_memory_by_a_parameter_with_a_default() -> None:
    body = changed(right("LAMBDA-1"), MEMORY, {"Ref": "Size"})
    assert found({**body, "Parameters": {"Size": {"Type": "Number", "Default": 64}}}) != []
    assert found({**body, "Parameters": {"Size": {"Type": "Number"}}}) == []


def test_managed_instances_have_more_memory() -> None:
    body = changed(right("LAMBDA-1"), MEMORY, 32_768)
    assert found(changed(body, "Resize.Properties.CapacityProviderConfig", {"Any": "thing"})) == []


@pytest.mark.parametrize("timeout", [0, 901, "1800", 1.5])
def test_timeout_out_of_range(timeout: Any) -> None:
    assert found(changed(right("LAMBDA-2"), TIMEOUT, timeout)) == [("LAMBDA-2", "Resize/Properties/Timeout")]


@pytest.mark.parametrize("timeout", [1, 900, "900", *UNKNOWN])
def test_timeout_in_range_or_unknown(timeout: Any) -> None:
    assert found(changed(right("LAMBDA-2"), TIMEOUT, timeout)) == []


@pytest.mark.parametrize("size", [511, 10_241, "128", 512.5])
def test_storage_out_of_range(size: Any) -> None:
    body = changed(right("LAMBDA-3"), STORAGE, {"Size": size})
    assert found(body) == [("LAMBDA-3", "Resize/Properties/EphemeralStorage/Size")]


@pytest.mark.parametrize("size", [512, 10_240, "512", *UNKNOWN])
def test_storage_in_range_or_unknown(size: Any) -> None:
    assert found(changed(right("LAMBDA-3"), STORAGE, {"Size": size})) == []


@pytest.mark.parametrize("storage", [20_480, {"Ref": "Unknown"}, [], None])
def test_storage_of_another_kind(storage: Any) -> None:
    assert found(changed(right("LAMBDA-3"), STORAGE, storage)) == []


@pytest.mark.parametrize(
    "variables",
    [
        {"NAME": "x" * 4_093},
        {"NAME": "é" * 2_047},
        {"N" * 4_000: "x" * 50, "M" * 47: ""},
        {"NAME": {"Fn::Sub": "${AWS::AccountId}" + "x" * 4_093}},
        {"NAME": {"Fn::Join": ["", ["x" * 4_093, {"Ref": "Resize"}]]}},
        {"NAME": "x" * 4_093, "OTHER": {"Ref": "Unknown"}},
    ],
)
def test_environment_too_large(variables: Any) -> None:
    body = changed(right("LAMBDA-5"), VARIABLES, variables)
    assert found(body) == [("LAMBDA-5", "Resize/Properties/Environment/Variables")]


@pytest.mark.parametrize(
    "variables",
    [
        {"NAME": "x" * 4_092},
        {"NAME": {"Ref": "x" * 5_000}},
        {"NAME": "x" * 4_000, "N" * 500: {"Fn::If": ["Any", "x", {"Ref": "AWS::NoValue"}]}},
        {"NAME": "x" * 4_000, "N" * 500: {"Ref": "AWS::NoValue"}},
        {"NAME": {"Fn::If": ["Any", "x" * 5_000, ""]}},
        {"NAME": 1, "OTHER": ["x" * 5_000]},
        {"Ref": "Unknown"},
        "x" * 5_000,
        [],
    ],
)
def test_environment_small_or_unknown(variables: Any) -> None:
    assert found(changed(right("LAMBDA-5"), VARIABLES, variables)) == []


def test_environment_with_what_is_no_unicode() -> None:
    assert found(changed(right("LAMBDA-5"), VARIABLES, {"NAME": "\ud800"})) == []


def test_layers_by_reference_count() -> None:
    layers = [*[ARN] * 4, {"Ref": "Fonts"}, {"Fn::Sub": "arn:aws:lambda:${AWS::Region}:1:layer:x:${AWS::AccountId}"}]
    body = changed(right("LAMBDA-5"), LAYERS, layers)
    body = changed(body, "Fonts", {"Type": "AWS::Lambda::LayerVersion", "Properties": {"Content": {}}})
    assert found(body) == [("LAMBDA-5", "Resize/Properties/Layers")]


@pytest.mark.parametrize(
    "last", [{"Ref": "Unknown"}, {"Ref": "AWS::NoValue"}, {"Fn::If": ["Any", ARN, {"Ref": "AWS::NoValue"}]}]
)
def test_layers_that_may_not_be_there_do_not_count(last: Any) -> None:
    assert found(changed(right("LAMBDA-5"), LAYERS, [*[ARN] * 5, last])) == []


def test_one_public_subnet_among_others() -> None:
    body = changed(right("LAMBDA-6"), "Resize.Properties.VpcConfig.SubnetIds", [{"Ref": "Inside"}, {"Ref": "Outside"}])
    assert found(body) == [("LAMBDA-6", "Resize/Properties/VpcConfig/SubnetIds")]
    assert "public subnets: Outside" in findings(body)[0].message


@pytest.mark.parametrize(
    "subnets", [["subnet-1"], {"Ref": "Unknown"}, [{"Fn::If": ["Any", {"Ref": "Outside"}, "subnet-1"]}], "no"]
)
def test_subnets_that_are_not_known(subnets: Any) -> None:
    assert found(changed(right("LAMBDA-6"), "Resize.Properties.VpcConfig.SubnetIds", subnets)) == []


def test_a_function_outside_a_vpc() -> None:
    assert found(without(right("LAMBDA-6"), "Resize.Properties.VpcConfig")) == []


@pytest.mark.parametrize(
    ("flag", "is_found"), [(False, True), ("false", True), (True, False), ({"Ref": "Unknown"}, False)]
)
def test_ipv6_leads_out_of_a_public_subnet(flag: Any, is_found: bool) -> None:
    body = changed(right("LAMBDA-6"), "Resize.Properties.VpcConfig.SubnetIds", [{"Ref": "Outside"}])
    body = changed(body, "Resize.Properties.VpcConfig.Ipv6AllowedForDualStack", flag)
    assert bool(found(body)) == is_found


def test_a_public_subnet_of_another_stack() -> None:
    network, function = right("LAMBDA-6"), right("LAMBDA-6")
    network["Outputs"] = {"Subnet": {"Value": {"Ref": "Outside"}, "Export": {"Name": "outside"}}}
    del network["Resources"]["Resize"]
    for imported in (
        {"Fn::ImportValue": "outside"},
        {"Fn::GetStackOutput": {"StackName": "Net", "OutputName": "Subnet"}},
    ):
        alone = {"Resources": {"Resize": function["Resources"]["Resize"]}}
        importing = changed(alone, "Resize.Properties.VpcConfig.SubnetIds", [imported])
        assert found(stack(network, "Net"), importing) == [("LAMBDA-6", "Resize/Properties/VpcConfig/SubnetIds")]


def test_a_function_of_a_transform_is_judged_by_what_it_says() -> None:
    body = template(
        """
        Transform: AWS::Unknown-Macro
        Resources:
          Resize:
            Type: AWS::Lambda::Function
            Properties: {Timeout: 901}
        """
    )
    assert found(body) == [("LAMBDA-2", "Resize/Properties/Timeout")]
