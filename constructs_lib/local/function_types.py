"""CloudFormation's function type, with the settings that the emulator's CloudFormation lets go and its API has."""

from constructs_lib.local.api_type import Client, call
from constructs_lib.local.emulator import BuiltinType, register_resource_type
from constructs_lib.local.resource_type import Created, Declaration, Properties

_NOWHERE: Properties = {"SubnetIds": [], "SecurityGroupIds": []}


class Function:
    """``AWS::Lambda::Function``: in its network, with its dead-letter queue and its reserved concurrency."""

    def __init__(self, client: Client) -> None:
        """Build on what the emulator does with the type."""
        self._builtin = BuiltinType("AWS::Lambda::Function")
        self._client = client

    def create(self, declared: Declaration) -> Created:
        """Make it."""
        return self._complete(self._builtin.create(declared), declared.properties)

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change it."""
        return self._complete(self._builtin.update(physical_id, old, declared), declared.properties)

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002 - its name is enough
        """Remove it, with the processes that wait for its next call."""
        client = self._client("lambda")
        client.delete_function(FunctionName=physical_id)

    def _complete(self, created: Created, properties: Properties) -> Created:
        client, name = self._client("lambda"), created[0]
        settings = {
            "VpcConfig": properties.get("VpcConfig", _NOWHERE),
            "DeadLetterConfig": properties.get("DeadLetterConfig", {"TargetArn": ""}),
        }
        call(client, "update_function_configuration", settings, FunctionName=name)
        reserved = properties.get("ReservedConcurrentExecutions")
        if reserved is None:
            client.delete_function_concurrency(FunctionName=name)
        else:
            client.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=int(reserved))
        return created


def register_function_types(client: Client) -> None:
    """Complete CloudFormation's own type."""
    register_resource_type("AWS::Lambda::Function", Function(client))
