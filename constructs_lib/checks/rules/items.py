"""DynamoDB tables: what they can be restored from, what deletes them, and how much they take."""

from collections.abc import Iterator
from typing import NamedTuple

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.tables import TABLE, copies, name_of, without_recovery

_GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
_EXPORT = "dynamodb:ExportTableToPointInTime"


@rule(
    "DDB-1",
    ERROR,
    "A table can be restored to a point in time",
    source=f"{_GUIDE}/Point-in-time-recovery.html",
)
def recovery(assembly: Assembly) -> Iterator[Problem]:
    """What a wrong deployment or a wrong loop has overwritten is gone at once, and a backup of last night is old.

    Recovery is off unless it is switched on, for each replica of a global table. A setting that is known at deployment
    only is no finding. A table that is to be exported is DDB-5's.
    """
    for copy, setting, exporter in _without_recovery(assembly):
        if exporter is None:
            yield setting.problem(
                f"{name_of(copy)} cannot be restored to a point in time", fix="Set PointInTimeRecoveryEnabled to true."
            )


@rule(
    "DDB-2",
    WARNING,
    "Provisioned capacity has auto scaling",
    source=f"{_GUIDE}/AutoScaling.html",
)
def scaling(assembly: Assembly) -> Iterator[Problem]:
    """A table with a fixed capacity throttles what is more, and is paid for when there is less.

    A table without ``BillingMode`` is provisioned. It scales if a scalable target or a scaling plan names it; where the
    assembly has targets that may be any table's, there is no finding. The writes of a global table always scale.
    """
    scaled = _Scaled.of(assembly)
    for table in assembly.of_type(TABLE):
        mode = table.at("BillingMode")
        if (mode.missing or mode.text == "PROVISIONED") and not scaled.may_hold(table):
            yield table.at("ProvisionedThroughput").problem(
                f"the table {table.name} has a fixed capacity",
                fix="Set BillingMode to PAY_PER_REQUEST, or add scalable targets for its reads and writes.",
            )


class _Scaled(NamedTuple):
    """The tables that scale."""

    tables: set[Resource]
    ids: set[str]
    is_open: bool
    """Whether there may be others."""

    @classmethod
    def of(cls, assembly: Assembly) -> "_Scaled":
        places = [
            target.at("ResourceId")
            for target in assembly.of_type("AWS::ApplicationAutoScaling::ScalableTarget")
            if target.at("ServiceNamespace").text in (None, "dynamodb")
        ]
        for plan in assembly.of_type("AWS::AutoScalingPlans::ScalingPlan"):
            places += [each.at("ResourceId") for each in plan.at("ScalingInstructions").items]
        tables = {each.resource for place in places for each in place.references()}
        ids = {place.text for place in places if place.text is not None}
        is_open = any(place.text is None and not any(place.references()) for place in places if not place.missing)
        return cls(tables, ids, is_open)

    def may_hold(self, table: Resource) -> bool:
        name = table.at("TableName")
        is_named = f"table/{name.text}" in self.ids or (bool(self.ids) and not name.missing and name.text is None)
        return self.is_open or is_named or table in self.tables


@rule(
    "DDB-5",
    ERROR,
    "A table that is to be exported can be restored to a point in time",
    source=f"{_GUIDE}/S3DataExport.HowItWorks.html",
)
def exports(assembly: Assembly) -> Iterator[Problem]:
    """DynamoDB exports from the continuous backups; without them each export fails, on its schedule, night by night.

    A table is to be exported if a role may export it by name, or a schedule does. Settings that are known at deployment
    only are no finding.
    """
    for copy, setting, exporter in _without_recovery(assembly):
        if exporter is not None:
            yield setting.problem(
                f"{exporter.name} is to export {name_of(copy)}, which cannot be restored to a point in time",
                fix="Set PointInTimeRecoveryEnabled to true.",
            )


def _without_recovery(assembly: Assembly) -> list[tuple[Place, Place, Resource | None]]:
    """Give the copies that cannot be restored, the setting that says so, and who is to export the table."""
    found = list(without_recovery(assembly))
    exported = _exported(assembly) if found else {}
    return [(copy, setting, exported.get(copy.resource)) for copy, setting in found]


def _exported(assembly: Assembly) -> dict[Resource, Resource]:
    """Give what is to be exported, and who does it."""
    places: list[tuple[Resource, Place]] = [
        (role, statement.resources)
        for role, statements in assembly.rights.roles_that_may(_EXPORT).items()
        for statement in statements
        if any((action.text or "").lower() == _EXPORT.lower() for action in statement.actions)
    ]
    for schedule in assembly.of_type("AWS::Scheduler::Schedule"):
        target = schedule.at("Target")
        if target.at("Arn").known_text.lower().endswith(f":{_EXPORT}".lower()):
            places.append((schedule, target.at("Input")))
    return {each.resource: who for who, place in places for each in place.references()}


@rule(
    "DDB-10",
    WARNING,
    "A table is protected from deletion, or kept",
    source=f"{_GUIDE}/WorkingWithTables.Basics.html",
)
def deletion(assembly: Assembly) -> Iterator[Problem]:
    """A changed id, or a stack deleted by mistake, takes the table and its continuous backups with it.

    Deletion protection refuses any deletion; ``DeletionPolicy: Retain`` the stack's. One of them will do. A setting
    that is known at deployment only is no finding.
    """
    for copy in copies(assembly):
        setting, policy = copy.at("DeletionProtectionEnabled"), copy.resource.beside.at("DeletionPolicy")
        is_unprotected = setting.missing or setting.flag is False
        if is_unprotected and (policy.missing or policy.text == "Delete"):
            yield setting.problem(
                f"nothing protects {name_of(copy)} from deletion",
                fix="Set DeletionProtectionEnabled to true, or DeletionPolicy to Retain.",
            )
