"""Records of DNS that lead to APIs."""

from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import WARNING
from constructs_lib.checks.model.values import Reference, Text
from constructs_lib.checks.rule import rule

_NAMES = ("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName")
_RECORD, _RECORDS = "AWS::Route53::RecordSet", "AWS::Route53::RecordSetGroup"
_TELLERS = {"AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack", "AWS::CloudFront::Distribution"}
"""Resources that, besides records, are told where an API is."""


@rule(
    "API-3",
    WARNING,
    "A custom domain name has a record in Route 53",
    source="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-regional-api-custom-domain-create.html",
)
def records(assembly: Assembly) -> Iterator[Problem]:
    """A name that no record leads from is deployed without an error, and reached by nobody.

    Where DNS is kept elsewhere is not for templates to say, so only a name is judged whose zone they know: they make a
    zone above the name or put records into it, or the name's certificate is validated through one. Whoever is told the
    address may make the record: another stack, a custom resource, who reads an output; or CloudFront stands before the
    API. That is no finding, and nor is a record whose name only the deployment knows.
    """
    names = assembly.of_type(*_NAMES)
    records = list(_records(assembly)) if names else []
    if not names or any(_is_unknown(record.at("Name")) for record in records):
        return
    reached = {each.resource for record in records for each in record.references()} | _told(assembly)
    recorded = {_plain(record.at("Name")) for record in records}
    zones = _zones(assembly)
    for name in names:
        plain = _plain(name.at("DomainName"))
        _, *above = plain.split(".")
        parents = {".".join(above[depth:]) for depth in range(len(above))}
        is_recorded = name in reached or plain in recorded or f"*.{'.'.join(above)}" in recorded
        if not is_recorded and (zones & {plain, *parents} or _is_validated(name)):
            yield name.problem(
                f"no record leads from {plain or name.name} to the API",
                fix="Add an A and an AAAA alias record of the name to its hosted zone.",
            )


def _records(assembly: Assembly) -> Iterator[Place]:
    yield from assembly.of_type(_RECORD)
    for group in assembly.of_type(_RECORDS):
        yield from group.at("RecordSets").items


def _is_unknown(name: Place) -> bool:
    return name.text is None and name.target(*_NAMES) is None


def _told(assembly: Assembly) -> set[Resource]:
    """What other resources, or who reads an output, are given the address of."""
    told: list[Reference] = []
    for stack in assembly.stacks:
        for resource in stack.resources.values():
            if resource.type in _TELLERS or resource.type.startswith("Custom::"):
                told.extend(resource.references())
        for output in stack.section("Outputs"):
            _, value = stack.output(output) or (stack, None)
            told.extend(
                [value] if isinstance(value, Reference) else value.references if isinstance(value, Text) else []
            )
    # A bare Ref is the name alone, which leads nowhere yet.
    return {each.resource for each in told if each.attribute}


def _zones(assembly: Assembly) -> set[str]:
    """The names of the hosted zones that templates make, or put records into."""
    made = [zone.at("Name") for zone in assembly.of_type("AWS::Route53::HostedZone")]
    filled = [holder.at("HostedZoneName") for holder in assembly.of_type(_RECORD, _RECORDS)]
    return {_plain(name) for name in (*made, *filled)} - {""}


def _plain(name: Place) -> str:
    return (name.text or "").lower().rstrip(".")


def _is_validated(name: Resource) -> bool:
    """Whether the name's certificate is made here, and validated through a hosted zone."""
    places = [name, *name.at("DomainNameConfigurations").items]
    given = [place.at(kind) for place in places for kind in ("CertificateArn", "RegionalCertificateArn")]
    certificates = [each.target("AWS::CertificateManager::Certificate") for each in given]
    options = [option for each in certificates if each for option in each.at("DomainValidationOptions").items]
    return any(not option.at("HostedZoneId").missing for option in options)
