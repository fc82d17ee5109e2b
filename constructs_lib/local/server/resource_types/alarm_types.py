"""``AWS::CloudWatch::Alarm``: the emulator knows alarms of one metric; those of an expression are recorded."""

from constructs_lib.local.server.emulator import BuiltinType, current_account, current_region, register_resource_type
from constructs_lib.local.server.resource_types.recorded_types import RecordedType
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties, ResourceType

_ALARM = "AWS::CloudWatch::Alarm"


class AnyAlarm:
    """An alarm, evaluated by the emulator if it can be."""

    def __init__(self) -> None:
        """Build on the emulator's own."""
        self._evaluated, self._recorded = BuiltinType(_ALARM), RecordedType(_attributes)

    def create(self, declared: Declaration) -> Created:
        """Make it."""
        return self._kind(declared.properties).create(declared)

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change it, or make another where one of the other kind was."""
        kind = self._kind(declared.properties)
        return kind.update(physical_id, old, declared) if kind is self._kind(old) else kind.create(declared)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove it."""
        self._kind(properties).delete(physical_id, properties)

    def _kind(self, properties: Properties) -> ResourceType:
        return self._recorded if properties.get("Metrics") else self._evaluated


def register_alarm_types() -> None:
    """Teach CloudFormation this type."""
    register_resource_type(_ALARM, AnyAlarm())


def _attributes(name: str, _: Properties) -> dict[str, str]:
    return {"Arn": f"arn:aws:cloudwatch:{current_region()}:{current_account()}:alarm:{name}"}
