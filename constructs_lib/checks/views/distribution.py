"""CloudFront distributions: the Lambda functions at their events."""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.values import Reference, Text
from constructs_lib.checks.views.functions import ALIAS, FUNCTION, function_of

_REGION = re.compile(r"arn:[^:]*:lambda:([a-z0-9-]+):")
_VERSION = re.compile(r"arn:[^:]*:lambda:[^:]*:[^:]*:function:[\w-]+(?::([\w-]+))?")
_NAMES = {"": "it", "Arn": "arn::lambda:::function:it"}
"""What stands for a function's own name and ARN."""


class Association(NamedTuple):
    """A Lambda function at an event of a distribution.

    Attributes:
        place: where the distribution says so.
        arn: which function it is: a property of the place, or what that is read from.
    """

    place: Place
    arn: Place

    @property
    def is_at(self) -> str:
        """Where it stands: ``viewer``, ``origin``, or nowhere known."""
        return (self.place.at("EventType").text or "").partition("-")[0]

    @property
    def function(self) -> Resource | None:
        """The function, if it is in the assembly."""
        return function_of(self.arn)

    @property
    def region(self) -> str:
        """The function's region; empty if it is not known."""
        if self.function is not None:
            return self.function.stack.region
        found = _REGION.match(self._written)
        return found[1] if found else ""

    @property
    def unfit_version(self) -> str:
        """What of the function is surely given, if it is no numbered version; else empty."""
        if self.arn.target(ALIAS):
            return "an alias"
        if self._written.endswith(":$LATEST"):
            return "$LATEST"
        found = _VERSION.fullmatch(self._written)
        if self.arn.target(FUNCTION) or (found and found[1] is None):
            return "the unpublished code"
        return "" if not found or found[1].isdecimal() else f"the alias {found[1]}"

    @property
    def _written(self) -> str:
        """The ARN with a NUL for what is not known."""
        parts = self.arn.value.parts if isinstance(self.arn.value, Text) else (self.arn.value,)
        return "".join(part if isinstance(part, str) else _name(part) for part in parts)


def _name(part: object) -> str:
    if isinstance(part, Reference) and part.resource.type == FUNCTION:
        return _NAMES.get(part.attribute, "\0")
    return "\0"


def behaviors(assembly: Assembly) -> Iterator[list[Association]]:
    """Give what each behavior of each distribution is associated with."""
    parameters = {each.at("Name").text: each.at("Value") for each in assembly.of_type("AWS::SSM::Parameter")}
    for distribution in assembly.of_type("AWS::CloudFront::Distribution"):
        config = distribution.at("DistributionConfig")
        for behavior in (config.at("DefaultCacheBehavior"), *config.at("CacheBehaviors").items):
            yield [_association(place, parameters) for place in behavior.at("LambdaFunctionAssociations").items]


def _association(place: Place, parameters: Mapping[str | None, Place]) -> Association:
    """Follow an ARN to the stack in another region that CDK's ``EdgeFunction`` reads it from."""
    arn = place.at("LambdaFunctionARN")
    reader = arn.target("Custom::CrossRegionStringParameterReader")
    name = None if reader is None else reader.at("ParameterName").text
    return Association(place, arn if name is None else parameters.get(name, arn))


def associations(assembly: Assembly) -> Iterator[Association]:
    """Give what all distributions are associated with."""
    for behavior in behaviors(assembly):
        yield from behavior
