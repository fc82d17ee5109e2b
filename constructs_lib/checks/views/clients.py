"""Lambda functions as clients of what stands in a VPC."""

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.views.functions import ALIAS, FUNCTION, VERSION

if TYPE_CHECKING:
    from constructs_lib.checks.model.assembly import Assembly
    from constructs_lib.checks.model.place import Place
    from constructs_lib.checks.views.network import Group

_CUSTOM = ("Custom::", "AWS::CloudFormation::CustomResource")


class Clients:
    """The functions of an assembly, by who they are to others."""

    def __init__(self, assembly: "Assembly") -> None:
        self._assembly = assembly

    @cached_property
    def by_role(self) -> dict[Resource | None, list[Resource]]:
        """The functions that have each role; they share its rights, and one of them may be whom a right is for."""
        found: dict[Resource | None, list[Resource]] = defaultdict(list)
        for function in self._assembly.of_type(FUNCTION):
            found[self._assembly.rights.role_of(function.at("Role"))].append(function)
        return found

    @cached_property
    def by_group(self) -> "dict[Group, list[Resource]]":
        """The functions that are in each security group."""
        found: dict[Group, list[Resource]] = defaultdict(list)
        for function in self._assembly.of_type(FUNCTION):
            for group in self._assembly.network.groups(own_groups(function)) or ():
                found[group].append(function)
        return found

    @cached_property
    def of_deployment(self) -> set[Resource]:
        """The functions that serve CloudFormation or rotate a secret, and those that they name in turn."""
        callers = [
            resource
            for stack in self._assembly.stacks
            for resource in stack.resources.values()
            if resource.type.startswith(_CUSTOM)
        ]
        pending = [*callers, *self._assembly.of_type("AWS::SecretsManager::RotationSchedule")]
        found: set[Resource] = set()
        while pending:
            for reference in pending.pop().references():
                function = _function(reference.resource)
                if function is not None and function.type == FUNCTION and function not in found:
                    found.add(function)
                    pending.append(function)
        return found


def own_groups(function: Resource) -> "Place":
    """Give the list of a function's security groups."""
    return function.at("VpcConfig", "SecurityGroupIds")


def is_outside(function: Resource) -> bool:
    """Whether a function is surely in no VPC."""
    subnets = function.at("VpcConfig", "SubnetIds")
    return subnets.missing or subnets.value == []


def _function(resource: Resource) -> Resource | None:
    """Give what a resource is a version of, or itself."""
    return resource.at("FunctionName").target(FUNCTION) if resource.type in (VERSION, ALIAS) else resource
