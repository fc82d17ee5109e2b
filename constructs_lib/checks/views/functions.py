"""Which function it is that something invokes."""

from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.resource import Resource

FUNCTION, VERSION, ALIAS = "AWS::Lambda::Function", "AWS::Lambda::Version", "AWS::Lambda::Alias"


def function_of(place: Place) -> Resource | None:
    """Give the function that a name, an ARN or an integration's address stands for, if it is in the assembly.

    Versions and aliases stand for their function.
    """
    for reference in place.references():
        resource = reference.resource
        if resource.type == FUNCTION:
            return resource
        if resource.type in (VERSION, ALIAS):
            return resource.at("FunctionName").target(FUNCTION)
    return None
