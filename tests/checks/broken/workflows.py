"""Workflows that wait for people in vain."""

from aws_cdk import Environment, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from tests.checks.broken.function import function


class Workflows(Stack):
    """Breaks SFN-1 to SFN-6."""

    def __init__(self, scope: Construct, id: str, *, env: Environment) -> None:
        super().__init__(scope, id, env=env)
        queue = sqs.Queue(self, "Questions")
        endless = tasks.SqsSendMessage(
            self,
            "Endless",
            queue=queue,
            integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
            message_body=sfn.TaskInput.from_object({"token": sfn.JsonPath.task_token}),
        )
        sfn.StateMachine(self, "Purchase", definition_body=sfn.DefinitionBody.from_chainable(endless))
        # CDK's own tasks refuse to wait for a token that they do not pass on.
        silent = {
            "Type": "Task",
            "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
            "Parameters": {"QueueUrl": queue.queue_url, "MessageBody": "?"},
            "TimeoutSeconds": 86_400,
        }
        hasty = sfn.DefinitionBody.from_chainable(sfn.CustomState(self, "Silent", state_json=silent))
        sfn.StateMachine(self, "Hasty", definition_body=hasty, state_machine_type=sfn.StateMachineType.EXPRESS)
        decide = function(self, "Decide")
        rights = ["states:SendTaskSuccess", "states:SendTaskFailure"]
        decide.add_to_role_policy(iam.PolicyStatement(actions=rights, resources=["*"]))
        api = apigateway.RestApi(self, "Api", cloud_watch_role=False)
        iam_only = apigateway.AuthorizationType.IAM
        api.root.add_method("GET", apigateway.LambdaIntegration(decide), authorization_type=iam_only)
