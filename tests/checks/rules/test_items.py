"""The rules of tables."""

from copy import deepcopy
from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, without

UNKNOWN = {"Fn::ImportValue": "elsewhere"}


def of_global(body: dict[str, Any]) -> dict[str, Any]:
    """Make the table of a template a global one, whose settings are its two replicas'."""
    table = body["Resources"]["Orders"]["Properties"]
    replica = {name: table[name] for name in table if name not in ("BillingMode", "KeySchema", "AttributeDefinitions")}
    body = changed(body, "Orders.Type", "AWS::DynamoDB::GlobalTable")
    replicas = [{"Region": region, **deepcopy(replica)} for region in ("eu-west-1", "us-east-1")]
    return changed(body, "Orders.Properties", {"Replicas": replicas})


# DDB-1: recovery

ENABLED = "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled"
RECOVERY = f"Orders.Properties.{ENABLED}"
UNRECOVERABLE = [("DDB-1", RECOVERY.replace(".", "/"))]


@pytest.mark.parametrize("value", [False, "false", None, {"Ref": "AWS::NoValue"}])
def test_recovery_is_off(value: Any) -> None:
    assert found(changed(right("DDB-1"), RECOVERY, value)) == UNRECOVERABLE


def test_recovery_is_off_by_default() -> None:
    assert found(without(right("DDB-1"), "Orders.Properties.PointInTimeRecoverySpecification")) == UNRECOVERABLE


@pytest.mark.parametrize("value", [True, "true", UNKNOWN, {"Fn::If": ["Production", True, False]}, 1, "x"])
def test_recovery_is_on_or_may_be(value: Any) -> None:
    assert found(changed(right("DDB-1"), RECOVERY, value)) == []


def test_recovery_that_is_not_known_as_a_whole() -> None:
    specification = "Orders.Properties.PointInTimeRecoverySpecification"
    assert found(changed(right("DDB-1"), specification, UNKNOWN)) == []
    assert found(changed(right("DDB-1"), specification, {"Fn::Transform": {"Name": "AWS::Include"}})) == []


def test_recovery_of_each_replica() -> None:
    body = of_global(right("DDB-1"))
    assert found(body) == []
    (finding,) = findings(changed(body, f"Orders.Properties.Replicas.1.{ENABLED}", False))
    assert finding.location == f"/Resources/Orders/Properties/Replicas/1/{ENABLED.replace('.', '/')}"
    assert finding.message == "the replica of Orders in us-east-1 cannot be restored to a point in time"
    assert found(changed(body, "Orders.Properties.Replicas", UNKNOWN)) == []
    assert found(changed(body, "Orders.Properties.Replicas", [UNKNOWN])) == []


# DDB-2: scaling

FIXED = [("DDB-2", "Orders/Properties/ProvisionedThroughput")]
ID = "Reads.Properties.ResourceId"


def test_provisioned_by_default() -> None:
    body = without(right("DDB-2"), "Reads")
    assert found(body) == FIXED
    assert found(without(body, "Orders.Properties.BillingMode")) == FIXED


@pytest.mark.parametrize("mode", ["PAY_PER_REQUEST", UNKNOWN, {"Fn::If": ["Production", "PROVISIONED", "x"]}])
def test_other_capacity(mode: Any) -> None:
    assert found(changed(without(right("DDB-2"), "Reads"), "Orders.Properties.BillingMode", mode)) == []


@pytest.mark.parametrize(
    "id",
    [
        {"Fn::Join": ["", ["table/", {"Ref": "Orders"}]]},
        {"Fn::Sub": ["table/${Name}", {"Name": {"Ref": "Orders"}}]},
        {"Fn::Sub": "table/${Orders}/index/by-day"},
        "table/orders",
        UNKNOWN,
        {"Fn::Sub": "table/${Stage}-orders"},
        7,
    ],
)
def test_a_target_that_names_the_table_or_may(id: Any) -> None:
    named = changed(right("DDB-2"), "Orders.Properties.TableName", "orders")
    assert found(changed(named, ID, id)) == []


@pytest.mark.parametrize("id", ["table/baskets", {"Fn::Sub": "table/${Baskets}"}, None])
def test_a_target_of_another_table(id: Any) -> None:
    body = changed(right("DDB-2"), "Baskets", right("DDB-1")["Resources"]["Orders"])
    assert found(changed(body, ID, id)) == FIXED
    named = changed(body, "Orders.Properties.TableName", "orders")
    assert found(changed(named, ID, id)) == FIXED


def test_a_target_of_another_table_is_not_a_name() -> None:
    body = changed(right("DDB-2"), "Baskets", right("DDB-1")["Resources"]["Orders"])
    body = changed(body, ID, {"Fn::Sub": "table/${Baskets}"})
    assert found(changed(body, "Orders.Properties.TableName", UNKNOWN)) == FIXED


def test_a_name_that_is_not_known_may_be_a_targets() -> None:
    body = changed(right("DDB-2"), ID, "table/orders")
    assert found(body) == FIXED
    assert found(changed(body, "Orders.Properties.TableName", UNKNOWN)) == []
    assert found(without(changed(body, "Orders.Properties.TableName", UNKNOWN), "Reads")) == FIXED


def test_targets_of_other_services_are_not_the_tables() -> None:
    body = changed(right("DDB-2"), ID, UNKNOWN)
    assert found(changed(body, "Reads.Properties.ServiceNamespace", "ecs")) == FIXED
    assert found(changed(body, "Reads.Properties.ServiceNamespace", UNKNOWN)) == []


def test_a_scaling_plan_names_the_table() -> None:
    plan = {"ScalingInstructions": [{"ResourceId": {"Fn::Sub": "table/${Orders}"}, "ServiceNamespace": "dynamodb"}]}
    body = changed(right("DDB-2"), "Reads", {"Type": "AWS::AutoScalingPlans::ScalingPlan", "Properties": plan})
    assert found(body) == []
    assert found(changed(body, "Reads.Properties.ScalingInstructions", [])) == FIXED


def test_a_target_of_another_stack() -> None:
    table = without(right("DDB-2"), "Reads")
    table["Outputs"] = {"Name": {"Value": {"Ref": "Orders"}, "Export": {"Name": "orders"}}}
    target = {"Resources": {"Reads": right("DDB-2")["Resources"]["Reads"]}}
    target = changed(target, ID, {"Fn::Join": ["/", ["table", {"Fn::ImportValue": "orders"}]]})
    assert found(stack(table, "Table"), stack(target, "Scaling")) == []


def test_a_global_table_always_scales() -> None:
    body = changed(of_global(right("DDB-1")), "Orders.Properties.BillingMode", "PROVISIONED")
    assert found(body) == []


# DDB-5: exports

OFF = changed(right("DDB-5"), RECOVERY, False)
NOT_EXPORTABLE = [("DDB-5", RECOVERY.replace(".", "/"))]
ALLOWED = "ExportRole.Properties.Policies.0.PolicyDocument.Statement.0"


@pytest.mark.parametrize(
    "action", ["dynamodb:exportTableToPointInTime", [UNKNOWN, "dynamodb:ExportTableToPointInTime"]]
)
def test_a_role_may_export_the_table(action: Any) -> None:
    assert found(changed(OFF, f"{ALLOWED}.Action", action)) == NOT_EXPORTABLE
    (finding,) = findings(changed(OFF, f"{ALLOWED}.Action", action))
    assert finding.message == "ExportRole is to export the table Orders, which cannot be restored to a point in time"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("Action", "dynamodb:*"),
        ("Action", "*"),
        ("Action", "dynamodb:DescribeExport"),
        ("Action", UNKNOWN),
        ("Effect", "Deny"),
        ("Resource", "*"),
        ("Resource", {"Fn::GetAtt": ["ExportRole", "Arn"]}),
    ],
)
def test_a_right_that_names_no_export_or_no_table(path: str, value: Any) -> None:
    assert found(changed(OFF, f"{ALLOWED}.{path}", value)) == UNRECOVERABLE


@pytest.mark.parametrize("value", [True, UNKNOWN])
def test_an_export_of_a_table_with_recovery(value: Any) -> None:
    assert found(changed(OFF, RECOVERY, value)) == []


SCHEDULE = {
    "Type": "AWS::Scheduler::Schedule",
    "Properties": {
        "Target": {
            "Arn": {"Fn::Sub": "arn:${AWS::Partition}:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"},
            "Input": {"Fn::Sub": '{"TableArn": "${Orders.Arn}", "S3Bucket": "exports"}'},
        }
    },
}
SCHEDULED = changed(changed(right("DDB-1"), RECOVERY, False), "Nightly", SCHEDULE)


def test_a_schedule_exports_the_table() -> None:
    assert found(SCHEDULED) == NOT_EXPORTABLE
    literal = "arn:aws:scheduler:::aws-sdk:dynamodb:exportTableToPointInTime"
    assert found(changed(SCHEDULED, "Nightly.Properties.Target.Arn", literal)) == NOT_EXPORTABLE


@pytest.mark.parametrize("arn", ["arn:aws:scheduler:::aws-sdk:dynamodb:describeTable", UNKNOWN, None, 7])
def test_a_schedule_does_something_else(arn: Any) -> None:
    assert found(changed(SCHEDULED, "Nightly.Properties.Target.Arn", arn)) == UNRECOVERABLE


@pytest.mark.parametrize("given", ["{}", UNKNOWN, None])
def test_a_schedule_exports_another_table(given: Any) -> None:
    assert found(changed(SCHEDULED, "Nightly.Properties.Target.Input", given)) == UNRECOVERABLE


# DDB-10: deletion

PROTECTION = "Orders.Properties.DeletionProtectionEnabled"
UNPROTECTED = [("DDB-10", PROTECTION.replace(".", "/"))]


@pytest.mark.parametrize("value", [False, "false", None])
def test_nothing_protects_the_table(value: Any) -> None:
    body = changed(right("DDB-10"), PROTECTION, value)
    assert found(body) == UNPROTECTED
    assert found(changed(body, "Orders.DeletionPolicy", "Delete")) == UNPROTECTED
    assert found(changed(body, "Orders.UpdateReplacePolicy", "Retain")) == UNPROTECTED


@pytest.mark.parametrize("policy", ["Retain", "RetainExceptOnCreate", "Snapshot", {"Ref": "Policy"}])
def test_a_policy_keeps_the_table_or_may(policy: Any) -> None:
    body = changed(right("DDB-10"), PROTECTION, False)
    assert found(changed(body, "Orders.DeletionPolicy", policy)) == []


@pytest.mark.parametrize("value", [True, "true", UNKNOWN])
def test_protection_is_on_or_may_be(value: Any) -> None:
    assert found(changed(right("DDB-10"), PROTECTION, value)) == []


def test_protection_of_each_replica() -> None:
    body = of_global(right("DDB-10"))
    assert found(body) == []
    body = changed(body, "Orders.Properties.Replicas.0.DeletionProtectionEnabled", False)
    assert found(body) == [("DDB-10", "Orders/Properties/Replicas/0/DeletionProtectionEnabled")]
    (finding,) = findings(body)
    assert finding.message == "nothing protects the replica of Orders in eu-west-1 from deletion"
    assert found(changed(body, "Orders.DeletionPolicy", "Retain")) == []
