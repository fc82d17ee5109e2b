"""What a CloudFormation resource type is to the local AWS: how its resources are made, changed and removed."""

from dataclasses import dataclass
from typing import Any, Protocol

Properties = dict[str, Any]
Created = tuple[str, dict[str, str]]
"""A resource's physical id, and its attributes: what ``Fn::GetAtt`` knows of it."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a template says of a resource."""

    logical_id: str
    properties: Properties
    stack_name: str


class ResourceType(Protocol):
    """How CloudFormation makes, changes and removes the resources of a type."""

    def create(self, declared: Declaration) -> Created:
        """Make one."""

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:
        """Change one, or make another instead and remove it."""

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Remove one."""
