"""Who works here: employees, and among them the managers."""

from aws_cdk import CfnOutput, Environment, Stack
from constructs import Construct

from constructs_lib import UserDirectory
from sample_app.groups import MANAGERS


class IdentityStack(Stack):
    """The user directory and its sign-in page."""

    def __init__(self, scope: Construct, id: str, *, env: Environment | None = None) -> None:
        super().__init__(scope, id, env=env, description="Purchase desk: who works here")
        self.users = UserDirectory(self, "Users", groups=[MANAGERS])
        web = self.users.add_web_client("Web", callback_urls=["http://localhost:8000/signed-in"])
        CfnOutput(self, "UserPoolId", value=self.users.pool.user_pool_id)
        CfnOutput(self, "WebClientId", value=web.user_pool_client_id)
