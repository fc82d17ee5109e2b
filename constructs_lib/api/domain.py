"""The name that an API is reached by, as its user says it."""

import re
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53

from constructs_lib.arguments import InvalidArgument, is_token, require, require_one_of

_SOURCE = "Custom domain name for REST APIs in API Gateway"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$){_LABEL}(?:\.{_LABEL})+")
_BASE_PATH = re.compile(r"[a-zA-Z0-9$_.+!*'()-]{1,300}")


@dataclass(frozen=True, slots=True, eq=False)
class ApiDomain:
    """A domain name for one API, with its certificate in the region that the endpoint reads it from.

    Give it to `ProtectedApi`, which makes the certificate, the name, its mapping to the API and its DNS records.

    Args:
        name: the name, in lower case; the zone's own name or one below it.
        zone: the public hosted zone that proves the name and gets its records, an A and an AAAA alias. None for a name
            whose DNS is elsewhere: then give a certificate, and point the name at the stack's output.
        certificate: a certificate for the name, in us-east-1 for an edge endpoint and in the API's region for a
            regional one. None makes one, validated through the zone. For an edge endpoint outside us-east-1 it is made
            in a support stack there, which the app then has once for each account: bootstrap us-east-1 too.
        endpoint: ``regional`` answers in the API's region; ``edge`` at the nearest CloudFront location.
        base_path: the first segment of the URLs under this name; None maps the whole name to the API.

    Raises:
        InvalidArgument: a name that is malformed, in upper case or outside its zone; neither zone nor certificate; an
            unknown endpoint; a base path that is not one segment.
    """

    name: str
    _: KW_ONLY
    zone: route53.IHostedZone | None = None
    certificate: acm.ICertificate | None = None
    endpoint: Literal["regional", "edge"] = "regional"
    base_path: str | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without knowing the API."""
        require(_NAME.fullmatch(self.name), "name", "be a domain name in lower case", self.name, _SOURCE)
        require_one_of("endpoint", self.endpoint, ("regional", "edge"), _SOURCE)
        if self.base_path is not None:
            is_segment = _BASE_PATH.fullmatch(self.base_path)
            require(is_segment, "base_path", "be one segment of a path, without slashes", self.base_path, _SOURCE)
        if self.zone:
            zone_name = self.zone.zone_name
            is_inside = f".{self.name}".endswith(f".{zone_name}") or is_token(zone_name)
            require(is_inside, "name", f"be {zone_name} or end in .{zone_name}", self.name, _SOURCE)
        elif not self.certificate:
            rule = "come with a zone, or with a certificate when its DNS is elsewhere"
            raise InvalidArgument("name", rule, self.name, _SOURCE)

    @property
    def url(self) -> str:
        """The address of the API under this name."""
        return f"https://{self.name}/{self.base_path}/" if self.base_path else f"https://{self.name}/"
