"""Reading of templates: what a role may do, which port is open. Tests ask for behaviour, not for logical ids."""

from collections.abc import Iterator
from typing import Any

Template = dict[str, Any]


def resources(template: Template, kind: str) -> dict[str, dict[str, Any]]:
    """The properties of a template's resources of one type, by logical id."""
    return {
        name: resource.get("Properties", {})
        for name, resource in template["Resources"].items()
        if resource["Type"] == kind
    }


def only(template: Template, kind: str) -> dict[str, Any]:
    """The properties of the one resource of a type."""
    (properties,) = resources(template, kind).values()
    return properties


def statements(template: Template, role: str) -> Iterator[dict[str, Any]]:
    """All policy statements that are attached to a role, inline ones and those of its policies."""
    for policy in template["Resources"][role]["Properties"].get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]
    for properties in resources(template, "AWS::IAM::Policy").values():
        if {"Ref": role} in properties["Roles"]:
            yield from properties["PolicyDocument"]["Statement"]


def allowed(template: Template, role: str) -> dict[str, list[Any]]:
    """What a role may do: each action with the resources that it is allowed on."""
    actions: dict[str, list[Any]] = {}
    for statement in statements(template, role):
        assert statement["Effect"] == "Allow"
        for action in listed(statement["Action"]):
            actions.setdefault(action, []).extend(listed(statement["Resource"]))
    return actions


def role_of(function: dict[str, Any]) -> str:
    """The logical id of a function's or machine's role."""
    arn = function["Role"] if "Role" in function else function["RoleArn"]
    name: str = arn["Fn::GetAtt"][0]
    return name


def listed(value: Any) -> list[Any]:
    """CloudFormation writes one as itself and several as a list."""
    return value if isinstance(value, list) else [value]
