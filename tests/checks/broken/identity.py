"""Credentials for everybody, for all items."""

from aws_cdk import Environment, Stack
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_elasticloadbalancingv2 as elbv2
from aws_cdk import aws_iam as iam
from constructs import Construct

COGNITO = "cognito-identity.amazonaws.com"


class Identity(Stack):
    """Breaks COG-1 to COG-6."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        users = cognito.UserPool(self, "Users")
        client = users.add_client(
            "Web",
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(implicit_code_grant=True), callback_urls=["https://www.example.com/"]
            ),
        )
        pool = cognito.CfnIdentityPool(self, "Members", allow_unauthenticated_identities=True, allow_classic_flow=True)
        table = dynamodb.TableV2(
            self,
            "Notes",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            deletion_protection=True,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
        )
        guest = iam.Role(self, "Guest", assumed_by=self._principal(pool.ref, "unauthenticated"))
        member = iam.Role(self, "Member", assumed_by=iam.WebIdentityPrincipal(COGNITO))
        table.grant_read_data(guest)
        table.grant_read_write_data(member)
        cognito.CfnIdentityPoolRoleAttachment(
            self,
            "Roles",
            identity_pool_id=pool.ref,
            roles={"authenticated": member.role_arn, "unauthenticated": guest.role_arn},
        )
        self._listener(users, client)

    def _principal(self, pool: str, amr: str) -> iam.WebIdentityPrincipal:
        conditions = {
            "StringEquals": {f"{COGNITO}:aud": pool},
            "ForAnyValue:StringLike": {f"{COGNITO}:amr": amr},
        }
        return iam.WebIdentityPrincipal(COGNITO, conditions)

    def _listener(self, users: cognito.UserPool, client: cognito.UserPoolClient) -> None:
        config = elbv2.CfnListener.AuthenticateCognitoConfigProperty(
            user_pool_arn=users.user_pool_arn, user_pool_client_id=client.user_pool_client_id, user_pool_domain="desk"
        )
        elbv2.CfnListener(
            self,
            "Listener",
            load_balancer_arn="arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/desk/50dc6c495c0c9188",
            port=80,
            protocol="HTTP",
            default_actions=[
                elbv2.CfnListener.ActionProperty(
                    type="authenticate-cognito", authenticate_cognito_config=config, order=1
                )
            ],
        )
