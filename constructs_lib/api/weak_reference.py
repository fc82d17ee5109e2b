"""Zones, certificates and names of other stacks, by references that bind no two stacks to each other.

CDK's own references hold the other stack fast: what they name can be neither removed nor replaced while the referring
stack stands, and across regions they bring two custom resources. A weak one is `Fn::GetStackOutput`. It is read when
the referring stack is created or updated, so who refers must change with what it refers to: see `fingerprint`.
"""

import json
from hashlib import sha256

from aws_cdk import CfnResource, ReferenceStrength, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct, IConstruct

from constructs_lib.arguments import is_token


def is_elsewhere(scope: Construct, construct: IConstruct) -> bool:
    """Tell whether a construct is in another stack than ``scope``."""
    return Stack.of(construct) is not Stack.of(scope)


def zone_within_reach(scope: Construct, id: str, zone: route53.IHostedZone) -> route53.IHostedZone:
    """Return a zone as the stack of ``scope`` may use it."""
    zone_id = zone.hosted_zone_id
    if not is_token(zone_id) or not is_elsewhere(scope, zone):
        return zone
    return route53.HostedZone.from_hosted_zone_attributes(
        scope,
        id,
        hosted_zone_id=Stack.consume_reference(zone_id, ReferenceStrength.WEAK),
        zone_name=zone.zone_name,
    )


def certificate_within_reach(scope: Construct, id: str, certificate: acm.ICertificate) -> acm.ICertificate:
    """Return a certificate as the stack of ``scope`` may use it."""
    arn = certificate.certificate_arn
    if not is_token(arn) or not is_elsewhere(scope, certificate):
        return certificate
    return acm.Certificate.from_certificate_arn(scope, id, Stack.consume_reference(arn, ReferenceStrength.WEAK))


def name_within_reach(
    scope: Construct, id: str, domain_name: apigateway.DomainName, name: str
) -> apigateway.IDomainName:
    """Return a name in API Gateway as the stack of ``scope`` may use it: elsewhere by what it is called."""
    if not is_elsewhere(scope, domain_name):
        return domain_name
    return apigateway.DomainName.from_domain_name_attributes(
        scope,
        id,
        domain_name=name,
        domain_name_alias_target=domain_name.domain_name_alias_domain_name,
        domain_name_alias_hosted_zone_id=domain_name.domain_name_alias_hosted_zone_id,
    )


def arn_within_reach(scope: Construct, arn: str, owner: IConstruct) -> str:
    """Return the ARN of a construct's resource as the stack of ``scope`` may use it."""
    return Stack.consume_reference(arn, ReferenceStrength.WEAK) if is_elsewhere(scope, owner) else arn


def fingerprint(construct: IConstruct) -> str:
    """Sum up the properties of a construct's resource: whatever replaces the resource also changes the sum."""
    resource = construct.node.default_child
    properties = Stack.of(construct).resolve(resource._cfn_properties) if isinstance(resource, CfnResource) else None
    return sha256(json.dumps(properties, sort_keys=True).encode()).hexdigest()[:16]
