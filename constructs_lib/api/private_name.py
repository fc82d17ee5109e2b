"""A name for private APIs in API Gateway, and the way to it from VPC endpoints."""

from collections.abc import Sequence

from aws_cdk import Names
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.security_policy import name_of


def private_name(
    scope: Construct,
    *,
    domain: ApiDomain,
    certificate: acm.ICertificate,
    vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint],
) -> apigateway.CfnDomainNameV2:
    """Make a name that answers who comes through some VPC endpoints, and nobody else.

    Args:
        scope: the construct that the name belongs to.
        domain: what the user said of it.
        certificate: the certificate, within reach of the stack.
        vpc_endpoints: the ways to it.
    """
    mode = domain.endpoint_access_mode
    return apigateway.CfnDomainNameV2(
        scope,
        "Name",
        domain_name=domain.name,
        certificate_arn=certificate.certificate_arn,
        endpoint_configuration=apigateway.CfnDomainNameV2.EndpointConfigurationProperty(types=["PRIVATE"]),
        security_policy=name_of(domain.security_policy),
        endpoint_access_mode=mode and mode.value,
        policy=_only_through(vpc_endpoints),
    )


def association(
    scope: Construct, name: apigateway.CfnDomainNameV2, vpc_endpoint: ec2.IInterfaceVpcEndpoint
) -> apigateway.CfnDomainNameAccessAssociation:
    """Have a VPC endpoint lead to a name."""
    return apigateway.CfnDomainNameAccessAssociation(
        scope,
        f"AccessFrom{Names.node_unique_id(vpc_endpoint.node)}",
        access_association_source=vpc_endpoint.vpc_endpoint_id,
        access_association_source_type="VPCE",
        domain_name_arn=name.attr_domain_name_arn,
    )


def _only_through(vpc_endpoints: Sequence[ec2.IInterfaceVpcEndpoint]) -> iam.PolicyDocument:
    """Shut every other way; who may call a method, the API says for itself."""
    ids = [endpoint.vpc_endpoint_id for endpoint in vpc_endpoints]
    anyone, action, everywhere = iam.AnyPrincipal(), "execute-api:Invoke", "execute-api:/*"
    return iam.PolicyDocument(
        statements=[
            iam.PolicyStatement(principals=[anyone], actions=[action], resources=[everywhere]),
            iam.PolicyStatement(
                effect=iam.Effect.DENY,
                principals=[anyone],
                actions=[action],
                resources=[everywhere],
                conditions={"StringNotEquals": {"aws:SourceVpce": ids}},
            ),
        ]
    )
