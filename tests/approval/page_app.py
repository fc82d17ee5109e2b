"""A desk that serves its page, its people in another stack, and a workflow that asks it."""

from pathlib import Path

from aws_cdk import App, CfnOutput, Duration, Environment, RemovalPolicy, Stack
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib import ApprovalDesk, UserDirectory


def synthesize(folder: Path, region: str) -> str:
    """Write the app's assembly, and say where."""
    app = App(outdir=str(folder / "cdk.out"))
    env = Environment(account="000000000000", region=region)
    people, lobby = Stack(app, "People", env=env), Stack(app, "Lobby", env=env)
    users = UserDirectory(
        people, "Users", groups=["managers"], deletion_protection=False, removal_policy=RemovalPolicy.DESTROY
    )
    desk = ApprovalDesk(lobby, "Desk", users=users, approvers="managers")
    asked = desk.step("Ask", summary=sfn.JsonPath.string_at("$.summary"), timeout=Duration.minutes(5))
    workflow = sfn.StateMachine(lobby, "Workflow", definition_body=sfn.DefinitionBody.from_chainable(asked))
    outputs = {
        "PageUrl": desk.page_url or "",
        "UserPoolId": users.pool.user_pool_id,
        "WorkflowArn": workflow.state_machine_arn,
    }
    for name, value in outputs.items():
        CfnOutput(lobby, name, value=value)
    return app.synth().directory
