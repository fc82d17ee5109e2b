"""A resource of a template."""

from typing import TYPE_CHECKING, Any

from constructs_lib.checks.model.place import Place

if TYPE_CHECKING:
    from constructs_lib.checks.model.stack import Stack


class Resource(Place):
    """A resource; as a place, it is its properties: ``function.at("VpcConfig", "SubnetIds")``.

    Attributes:
        stack: the stack that it is in.
        logical_id: its name in the template.
        type: such as ``AWS::Lambda::Function``.
        body: all that the template says of it.
    """

    __slots__ = ("body", "logical_id", "stack", "type")

    def __init__(self, stack: "Stack", logical_id: str, type: str, body: dict[str, Any]) -> None:
        self.stack = stack
        self.logical_id = logical_id
        self.type = type
        self.body = body
        super().__init__(self, body.get("Properties", {}), stack, step="Properties")

    @property
    def construct_path(self) -> str:
        """The path of the construct that made it; empty in a template that no CDK wrote."""
        metadata = self.body.get("Metadata")
        path = metadata.get("aws:cdk:path") if isinstance(metadata, dict) else None
        return path if isinstance(path, str) else self.stack.paths.get(self.logical_id, "")

    @property
    def name(self) -> str:
        """What a message calls it: the construct's path, or its logical id."""
        return self.construct_path.removesuffix("/Default").removesuffix("/Resource") or self.logical_id

    @property
    def beside(self) -> Place:
        """The resource's attributes beside its properties, such as ``DeletionPolicy``."""
        return Place(self, self.body, self.stack)

    @property
    def is_certain(self) -> bool:
        """Whether each deployment has it: a condition may leave it out."""
        condition = self.body.get("Condition")
        return not isinstance(condition, str) or self.stack.condition(condition) is True

    def __repr__(self) -> str:
        """Name the stack and the resource."""
        return f"<{self.type} {self.stack.name}/{self.logical_id}>"

    # Two resources are the same if they are one object: sets and keys of dictionaries.
    __hash__ = object.__hash__
