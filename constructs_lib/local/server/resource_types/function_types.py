"""CloudFormation's function type, with the settings that the emulator's CloudFormation lets go and its API has."""

from contextlib import suppress

from constructs_lib.local.server.emulator import BuiltinType, register_resource_type
from constructs_lib.local.server.resource_types.api_type import Client, call
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties

# What the emulator's CloudFormation lets go, and its value where a template has none.
_SETTINGS: Properties = {
    "DeadLetterConfig": {"TargetArn": ""},
    "VpcConfig": {"SubnetIds": [], "SecurityGroupIds": []},
}
_CONCURRENCY = "ReservedConcurrentExecutions"


class Function:
    """``AWS::Lambda::Function``: in its network, with its dead-letter queue and its reserved concurrency."""

    def __init__(self, client: Client) -> None:
        """Build on what the emulator does with the type."""
        self._builtin = BuiltinType("AWS::Lambda::Function")
        self._client = client

    def create(self, declared: Declaration) -> Created:
        """Make it."""
        created = self._builtin.create(declared)
        self._complete(created[0], {}, declared.properties)
        return created

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change it."""
        changed = self._builtin.update(physical_id, old, declared)
        self._complete(changed[0], old, declared.properties)
        return changed

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002 - its name is enough
        """Remove it, with the processes that wait for its next call."""
        client = self._client("lambda")
        with suppress(client.exceptions.ResourceNotFoundException):
            client.delete_function(FunctionName=physical_id)

    def _complete(self, name: str, old: Properties, new: Properties) -> None:
        """Set what was let go: what the template says now, and what it no longer says."""
        client = self._client("lambda")
        if settings := {key: new.get(key, default) for key, default in _SETTINGS.items() if key in old | new}:
            call(client, "update_function_configuration", settings, FunctionName=name)
        if _CONCURRENCY in new:
            call(client, "put_function_concurrency", new, FunctionName=name)
        elif _CONCURRENCY in old:
            client.delete_function_concurrency(FunctionName=name)


def register_function_types(client: Client) -> None:
    """Complete CloudFormation's own type."""
    register_resource_type("AWS::Lambda::Function", Function(client))
