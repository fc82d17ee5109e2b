"""APIs that everybody may call, under names that do not resolve."""

from aws_cdk import Environment, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_route53 as route53
from constructs import Construct

ELSEWHERE = "arn:aws:acm:ap-south-1:111122223333:certificate/0d7b"


class Apis(Stack):
    """Breaks API-1 to API-8."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        api = apigateway.RestApi(self, "Orders", cloud_watch_role=True)
        api.root.add_method("GET", apigateway.MockIntegration())
        apigateway.RestApi(self, "Invoices", cloud_watch_role=True).root.add_method(
            "GET", apigateway.MockIntegration(), authorization_type=apigateway.AuthorizationType.IAM
        )
        apigateway.CfnAuthorizer(
            self, "SignedIn", rest_api_id=api.rest_api_id, name="signed-in", type="COGNITO_USER_POOLS"
        )
        apigateway.RestApi(
            self,
            "Private",
            cloud_watch_role=False,
            endpoint_configuration=apigateway.EndpointConfiguration(types=[apigateway.EndpointType.PRIVATE]),
        ).root.add_method("GET", apigateway.MockIntegration(), authorization_type=apigateway.AuthorizationType.IAM)
        route53.PublicHostedZone(self, "Zone", zone_name="example.com")
        certificate = acm.Certificate.from_certificate_arn(self, "Certificate", ELSEWHERE)
        for endpoint in (apigateway.EndpointType.EDGE, apigateway.EndpointType.REGIONAL):
            apigateway.DomainName(
                self,
                endpoint.name.title(),
                domain_name=f"{endpoint.name.lower()}.example.com",
                certificate=certificate,
                endpoint_type=endpoint,
                security_policy=apigateway.SecurityPolicy.TLS_1_0,
            )
