"""CloudFormation types that the emulator's CloudFormation lacks and its API has: made by calls to that API."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties

Client = Callable[[str], Any]
"""Gives a client of the local AWS for a service, in the region of the stack at work."""


# What is changed in place on AWS, and let go here.
_WORDS = {"Description": None, "Tags": None}


@dataclass(frozen=True, slots=True)
class ApiType:
    """A type made and removed by API calls. A change makes it anew, except that of what only describes it."""

    client: Client
    service: str
    make: Callable[[Any, Properties], Created]
    remove: Callable[[Any, str], object]
    _made: dict[str, Created] = field(default_factory=dict)

    def create(self, declared: Declaration) -> Created:
        """Make it."""
        created = self.make(self.client(self.service), declared.properties)
        self._made[created[0]] = created
        return created

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Make it anew, and remove the old one, unless what was made goes by the same id."""
        if old | _WORDS == declared.properties | _WORDS:
            return self._made[physical_id]
        created = self.create(declared)
        if created[0] != physical_id:
            self.delete(physical_id, old)
        return created

    def delete(self, physical_id: str, properties: Properties) -> None:  # noqa: ARG002 - its id is enough
        """Remove it."""
        if self._made.pop(physical_id, None):
            self.remove(self.client(self.service), physical_id)


def call(client: Any, operation: str, properties: Properties, **more: Any) -> dict[str, Any]:
    """Call an operation with those properties that are its parameters too, in the types that it takes."""
    name = client.meta.method_to_api_mapping[operation]
    shape = client.meta.service_model.operation_model(name).input_shape
    answer: dict[str, Any] = getattr(client, operation)(**_typed(shape, properties | more))
    return answer


def _typed(shape: Shape, value: Any) -> Any:
    """Turn a template's value into what an API takes: a template may say a number or a boolean in words."""
    if isinstance(shape, StructureShape):
        return {name: _typed(member, value[name]) for name, member in shape.members.items() if name in value}
    if isinstance(shape, ListShape):
        return [_typed(shape.member, item) for item in value]
    if shape.type_name == "boolean":
        return str(value).lower() == "true"
    if shape.type_name in ("integer", "long"):
        return int(value)
    return str(value) if shape.type_name == "string" else value
