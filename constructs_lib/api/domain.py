"""The name that an API is reached by, as its user says it."""

import re
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from aws_cdk import Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53

from constructs_lib.api.security_policy import is_enhanced, require_policy
from constructs_lib.arguments import InvalidArgument, is_token, require, require_kind, require_one_of, require_within
from constructs_lib.quotas import ACM_NAME_LENGTH, API_GATEWAY_BASE_PATH_LENGTH

_SOURCE = "Custom domain name for REST APIs in API Gateway"
_MAPPINGS = API_GATEWAY_BASE_PATH_LENGTH.source
_PRIVATE = "Custom domain names for private APIs in API Gateway"
_MUTUAL_TLS = "How to turn on mutual TLS authentication for your REST APIs in API Gateway"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_NAME = re.compile(rf"(?=.{{1,253}}$)(?:\*\.)?{_LABEL}(?:\.{_LABEL})+")
_SEGMENT = r"[a-zA-Z0-9$_.+!*'()-]+"
_ONE_SEGMENT = re.compile(_SEGMENT)
_SEGMENTS = re.compile(rf"{_SEGMENT}(?:/{_SEGMENT})*")


@dataclass(frozen=True, slots=True, eq=False)
class ApiDomain:
    """A domain name for APIs, with its certificate in the region that the endpoint reads it from.

    Give it to `ProtectedApi`, which makes the certificate, the name, its mapping to the API and its DNS records.

    Several APIs may answer under one name, each on a ``base_path`` of its own, in one stack or in several of the same
    account and region: give each the name, with all else said alike (``dataclasses.replace(domain, base_path="v2")``).
    The first makes the name, its certificate and records; the others are mapped to it, and their stacks are deployed
    after it. Take the first away last.

    An ``edge`` name is one for all regions and a ``regional`` one for its region, whatever the account. Where the same
    regional name answers in several regions, its records choose among them: leave the zone out, and keep them yourself.

    Costs: a private name and what leads VPC endpoints to it, as long as they stand; other names nothing.

    Args:
        name: the name, in lower case; the zone's own name or one below it. ``*.example.com`` answers under every name
            one label below, though not for a private API.
        zone: the hosted zone that gets the name's records, an A and an AAAA alias, and if it is public proves the name.
            The records of a private name lead to its VPC endpoint, which is then to be one, and made in the app; there
            is one for each address family that it has. None for a name whose DNS is elsewhere: then give a certificate,
            and point the name at the stack's output.
        certificate: a certificate for the name, in us-east-1 for an edge endpoint and else in the API's region. None
            makes one, validated through the zone. For an edge endpoint outside us-east-1 it is made in a support stack
            there, which the app then has once for each account: bootstrap us-east-1 too. One certificate may serve
            many names: a wildcard's, say.
        endpoint: ``regional`` answers in the API's region; ``edge`` at the nearest CloudFront location; ``private``
            through the VPC endpoints of a private API, and for no other API.
        base_path: the start of the API's URLs under this name; None is the whole name, but for the paths of others. A
            regional name takes several segments (``orders/v1``), and then API Gateway passes all names of headers on
            in lower case; the others take one.
        security_policy: the least that clients may speak, as the CDK or CloudFormation spells it. The default takes
            TLS 1.2 and 1.3, and goes with everything; the enhanced policies (``SecurityPolicy_...``) choose the ciphers
            too.
        endpoint_access_mode: for an enhanced policy, and only for one: ``STRICT`` also checks that a request came by
            this name and endpoint.
        mutual_tls: the truststore: who calls must have a certificate of one of its authorities. It comes with its
            version, because API Gateway reads another one only when told so. For regional names. The address that
            API Gateway itself gives asks for no certificate, so `ProtectedApi` shuts it.
        ownership_certificate: with ``mutual_tls`` and a ``certificate`` that was imported or comes from a private
            authority, a public one of ACM for the name, in the same region: it proves that the name is yours.

    Raises:
        InvalidArgument: a name that is malformed, in upper case, outside its zone or, without a certificate, above 64
            characters (AWS Certificate Manager RequestCertificate); what is no zone or no certificate; neither of them,
            or no certificate with a private zone; a wildcard for a private API; an unknown endpoint; a base path that
            the endpoint does not take; a security policy of another endpoint, TLS 1.0, an enhanced one without access
            mode or with mutual TLS; mutual TLS elsewhere than at a regional endpoint, or of no certain version.
    """

    name: str
    _: KW_ONLY
    zone: route53.IHostedZone | None = None
    certificate: acm.ICertificate | None = None
    endpoint: Literal["regional", "edge", "private"] = "regional"
    base_path: str | None = None
    security_policy: apigateway.SecurityPolicy | str = apigateway.SecurityPolicy.TLS_1_2
    endpoint_access_mode: apigateway.EndpointAccessMode | None = None
    mutual_tls: apigateway.MTLSConfig | None = None
    ownership_certificate: acm.ICertificate | None = None

    def __post_init__(self) -> None:
        """Check what can be checked without knowing the API."""
        require_kind("name", self.name, str, _SOURCE)
        require(_NAME.fullmatch(self.name), "name", "be a domain name in lower case", self.name, _SOURCE)
        require_one_of("endpoint", self.endpoint, ("regional", "edge", "private"), _SOURCE)
        is_one = not (self.is_wildcard and self.endpoint == "private")
        require(is_one, "name", "be a single one for a private API, without a wildcard", self.name, _PRIVATE)
        require_policy(self.security_policy, self.endpoint_access_mode, endpoint=self.endpoint)
        self._require_base_path()
        self._require_proof()
        self._require_mutual_tls()

    @property
    def is_wildcard(self) -> bool:
        """Whether the name stands for every name one label below another."""
        return self.name.startswith("*.")

    @property
    def url(self) -> str:
        """The address of the API under this name; of a wildcard's, the pattern: put a label in place of the star."""
        return f"https://{self.name}/{self.base_path}/" if self.base_path else f"https://{self.name}/"

    def _require_base_path(self) -> None:
        if self.base_path is None:
            return
        if self.endpoint == "regional":
            rule, form = "be segments of a path with single slashes between them", _SEGMENTS
        else:
            rule, form = f"be one segment of a path, without slashes, when endpoint is {self.endpoint}", _ONE_SEGMENT
        require_kind("base_path", self.base_path, str, _MAPPINGS)
        require_within("base_path", len(self.base_path), API_GATEWAY_BASE_PATH_LENGTH)
        require(form.fullmatch(self.base_path), "base_path", rule, self.base_path, _MAPPINGS)

    def _require_proof(self) -> None:
        """Refuse a name that no certificate can be had for."""
        for argument in ("zone", "certificate", "ownership_certificate"):
            given = getattr(self, argument)
            if given is not None and not hasattr(given, "node"):
                raise InvalidArgument(argument, "be a construct, which an id or ARN is imported as", given, _SOURCE)
        if not self.certificate:
            require_within("the length of name without a certificate", len(self.name), ACM_NAME_LENGTH)
        if self.zone:
            zone_name = _name_of(self.zone)
            is_inside = f".{self.name}".endswith(f".{zone_name}") or is_token(zone_name)
            require(is_inside, "name", f"be {zone_name} or end in .{zone_name}", self.name, _SOURCE)
            if not self.certificate and _is_private(self.zone):
                rule = "be given with a private zone, which the public cannot see, so that it proves no name"
                raise InvalidArgument("certificate", rule, None, "DNS validation, AWS Certificate Manager")
        elif not self.certificate:
            rule = "come with a zone, or with a certificate when its DNS is elsewhere"
            raise InvalidArgument("name", rule, self.name, _SOURCE)

    def _require_mutual_tls(self) -> None:
        if self.mutual_tls:
            require_kind("mutual_tls", self.mutual_tls, apigateway.MTLSConfig, _MUTUAL_TLS)
            key = self.mutual_tls.key
            rule = f"be left out when endpoint is {self.endpoint}: only regional names ask clients for certificates"
            require(self.endpoint == "regional", "mutual_tls", rule, key, _MUTUAL_TLS)
            rule = "be left out with an enhanced security policy, which excludes it"
            require(not is_enhanced(self.security_policy), "mutual_tls", rule, key, _MUTUAL_TLS)
            rule = "name the version of its object: API Gateway reads another one only when told so"
            require(self.mutual_tls.version, "mutual_tls", rule, key, _MUTUAL_TLS)
        is_needed = not self.ownership_certificate or (self.mutual_tls and self.certificate)
        rule = "be left out unless mutual_tls and certificate are given"
        require(is_needed, "ownership_certificate", rule, self.name, _MUTUAL_TLS)


def _name_of(zone: route53.IHostedZone) -> str:
    """Return a zone's name, which the records need; an import by id alone has none, and says so with an error."""
    try:
        return zone.zone_name
    except RuntimeError:
        rule = "be imported with its name: HostedZone.from_hosted_zone_attributes(..., zone_name=...)"
        raise InvalidArgument("zone", rule, zone.node.path, _SOURCE) from None


def _is_private(zone: route53.IHostedZone) -> bool:
    """Tell whether a zone is seen from within VPCs only, as far as the app knows: of imported ones nothing is."""
    resource = zone.node.default_child
    return isinstance(resource, route53.CfnHostedZone) and bool(Stack.of(zone).resolve(resource.vpcs))
