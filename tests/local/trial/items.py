"""The trial app's table, its API and its workflows."""

import aws_cdk as cdk
from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

from tests.local.trial.function import function


class Items(cdk.Stack):
    """A table, functions that may and may not write to it, an API for signed-in users, and a workflow."""

    def __init__(self, scope: Construct, id: str) -> None:
        super().__init__(scope, id)
        key = dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING)
        self.table = dynamodb.TableV2(
            self,
            "Table",
            partition_key=key,
            dynamo_stream=dynamodb.StreamViewType.NEW_IMAGE,
            billing=dynamodb.Billing.provisioned(
                read_capacity=dynamodb.Capacity.autoscaled(max_capacity=10),
                write_capacity=dynamodb.Capacity.autoscaled(max_capacity=10),
            ),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        self.copies = dynamodb.Table(self, "Copies", partition_key=key, removal_policy=cdk.RemovalPolicy.DESTROY)
        scaling = self.copies.auto_scale_read_capacity(min_capacity=1, max_capacity=5)
        scaling.scale_on_utilization(target_utilization_percent=70)
        self.output("Table", self.table.table_name)
        self.output("Copies", self.copies.table_name)
        self.writers()
        self.copier()
        self.api()
        self.workflow()

    def writers(self) -> None:
        """Make a function with a grant to write, one without, and one that tells what it sees."""
        environment = {"TABLE": self.table.table_name}
        self.writer = function(self, "Writer", "write", environment=environment)
        self.table.grant(self.writer, "dynamodb:PutItem")
        denied = function(self, "Denied", "write", environment=environment)
        looker = function(self, "Looker", "look_around")
        self.output("WriterFunction", self.writer.function_name)
        self.output("DeniedFunction", denied.function_name)
        self.output("LookerFunction", looker.function_name)

    def copier(self) -> None:
        """Copy the table's changes."""
        copier = function(self, "Copier", "copy", environment={"TABLE": self.copies.table_name})
        self.copies.grant_write_data(copier)
        source = event_sources.DynamoEventSource(self.table, starting_position=lambda_.StartingPosition.TRIM_HORIZON)
        copier.add_event_source(source)
        self.output("CopierRole", copier.role.role_name if copier.role else "")

    def api(self) -> None:
        """Let signed-in users write."""
        pool = cognito.UserPool(self, "Users", removal_policy=cdk.RemovalPolicy.DESTROY)
        client = pool.add_client(
            "Client",
            auth_flows=cognito.AuthFlow(user_password=True),
            o_auth=cognito.OAuthSettings(
                callback_urls=["https://app.example.com/signed-in"],
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=[cognito.OAuthScope.OPENID],
            ),
        )
        domain = pool.add_domain("Domain", cognito_domain=cognito.CognitoDomainOptions(domain_prefix="trial-app"))
        authorizer = apigateway.CognitoUserPoolsAuthorizer(self, "Authorizer", cognito_user_pools=[pool])
        api = apigateway.RestApi(self, "Api", cloud_watch_role=False)
        items = api.root.add_resource("items")
        items.add_method("POST", apigateway.LambdaIntegration(self.writer), authorizer=authorizer)
        self.output("PoolId", pool.user_pool_id)
        self.output("ClientId", client.user_pool_client_id)
        self.output("SignInUrl", domain.base_url())
        self.output("ApiUrl", api.url)

    def workflow(self) -> None:
        """Wait for a decision that is written to the table, in a workflow that another one waits for."""
        for name in ("Granted", "Ungranted"):
            wait = tasks.CallAwsService(
                self,
                f"{name}Wait",
                service="dynamodb",
                action="putItem",
                iam_action="dynamodb:PutItem" if name == "Granted" else "dynamodb:DescribeTable",
                iam_resources=[self.table.table_arn],
                integration_pattern=sfn.IntegrationPattern.WAIT_FOR_TASK_TOKEN,
                task_timeout=sfn.Timeout.duration(cdk.Duration.seconds(30)),
                parameters={
                    "TableName": self.table.table_name,
                    "Item": {
                        "id": {"S": sfn.JsonPath.string_at("$.id")},
                        "token": {"S": sfn.JsonPath.task_token},
                    },
                },
            )
            inner = sfn.StateMachine(self, f"{name}Inner", definition_body=sfn.DefinitionBody.from_chainable(wait))
            start = tasks.StepFunctionsStartExecution(
                self,
                f"{name}Start",
                state_machine=inner,
                integration_pattern=sfn.IntegrationPattern.RUN_JOB,
                input=sfn.TaskInput.from_json_path_at("$"),
            )
            outer = sfn.StateMachine(self, f"{name}Outer", definition_body=sfn.DefinitionBody.from_chainable(start))
            self.output(f"{name}MachineArn", outer.state_machine_arn)

    def output(self, id: str, value: str) -> None:
        """Tell the tests."""
        cdk.CfnOutput(self, f"{id}Output", value=value).override_logical_id(id)
