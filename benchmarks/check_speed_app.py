"""An app of many ordinary stacks, for checks to judge: an API before functions, tables, queues and workflows."""

from aws_cdk import App, Duration, Environment, Stack
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks

RESOURCES = 35
"""In each stack."""


class Ordinary(Stack):
    """One team's service."""

    def __init__(self, app: App, id: str) -> None:
        super().__init__(app, id, env=Environment(account="123456789012", region="eu-central-1"))
        self._table = dynamodb.TableV2(
            self,
            "Orders",
            partition_key=dynamodb.Attribute(name="pk", type=dynamodb.AttributeType.STRING),
            dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
        )
        read, write = self._function("Read"), self._function("Write")
        self._table.grant_read_data(read)
        self._table.grant_read_write_data(write)
        self._api(read, write)
        self._listen()
        self._workflow(write)

    def _function(self, id: str) -> lambda_.Function:
        return lambda_.Function(
            self,
            id,
            runtime=lambda_.Runtime.NODEJS_22_X,
            handler="index.handler",
            code=lambda_.Code.from_inline("exports.handler = async () => ({})"),
            timeout=Duration.seconds(10),
            environment={"TABLE": self._table.table_name},
        )

    def _api(self, read: lambda_.Function, write: lambda_.Function) -> None:
        users = cognito.UserPool(self, "Users")
        users.add_client("Web", generate_secret=False, disable_o_auth=True)
        guard = apigateway.CognitoUserPoolsAuthorizer(self, "Guard", cognito_user_pools=[users])
        api = apigateway.RestApi(self, "Api", cloud_watch_role=False)
        orders = api.root.add_resource("orders")
        for method, function in {"GET": read, "POST": write}.items():
            orders.add_method(method, apigateway.LambdaIntegration(function), authorizer=guard)

    def _listen(self) -> None:
        dead = sqs.Queue(self, "Dead", enforce_ssl=True)
        jobs = sqs.Queue(
            self,
            "Jobs",
            enforce_ssl=True,
            visibility_timeout=Duration.minutes(2),
            dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=3),
        )
        work = self._function("Work")
        work.add_event_source(sources.SqsEventSource(jobs))
        work.add_to_role_policy(
            iam.PolicyStatement(
                actions=["ses:SendEmail"],
                resources=[self.format_arn(service="ses", resource="identity", resource_name="example.com")],
            )
        )
        changes = self._function("Changes")
        changes.add_event_source(
            sources.DynamoEventSource(
                self._table,
                starting_position=lambda_.StartingPosition.LATEST,
                retry_attempts=3,
                on_failure=sources.SqsDlq(dead),
            )
        )

    def _workflow(self, function: lambda_.Function) -> None:
        chain = tasks.LambdaInvoke(self, "Do", lambda_function=function).next(
            sfn.Wait(self, "Rest", time=sfn.WaitTime.duration(Duration.minutes(1)))
        )
        sfn.StateMachine(self, "Workflow", definition_body=sfn.DefinitionBody.from_chainable(chain))


def ordinary_app(stacks: int, folder: str) -> App:
    """Make the app; nothing is written until it is synthesized."""
    # As the CDK CLI has it: templates name the constructs that made their resources.
    app = App(analytics_reporting=False, outdir=folder, context={"aws:cdk:enable-path-metadata": True})
    for number in range(stacks):
        Ordinary(app, f"Service{number}")
    return app
