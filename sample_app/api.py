"""What employees call: post a request, and look what became of it."""

from pathlib import Path

from aws_cdk import CfnOutput, Environment, Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_route53 as route53
from aws_cdk import aws_sns as sns
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from constructs_lib import (
    ApiDomain,
    ApiGatewayLogging,
    DaxCluster,
    Firewall,
    ItemTable,
    ProtectedApi,
    PythonFunction,
    UserDirectory,
)
from sample_app.groups import MANAGERS
from sample_app.settings import OwnDomain

HANDLERS = Path(__file__).parent / "handlers"


class ApiStack(Stack):
    """The API and the functions behind it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        users: UserDirectory,
        vpc: ec2.IVpc,
        requests: ItemTable,
        cache: DaxCluster,
        workflow: sfn.IStateMachine,
        alarm_topic: sns.ITopic,
        domain: OwnDomain | None,
        logs: bool,
        firewall: bool,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="Purchase desk: what employees call")
        submit = PythonFunction(
            self, "Submit", source=HANDLERS / "submit", environment={"WORKFLOW_ARN": workflow.state_machine_arn}
        )
        requests.grant(submit, "dynamodb:PutItem")
        workflow.grant_start_execution(submit)

        read = PythonFunction(
            self,
            "Read",
            source=HANDLERS / "read",
            vpc=vpc,
            environment={"MANAGERS": MANAGERS},
            modules=["constructs_lib.items.client"],
            build_from_source=["amazon-dax-client"],
        )
        requests.grant(read, "dynamodb:GetItem")
        cache.grant_read(read)

        self.api = ProtectedApi(
            self,
            "Api",
            users=users,
            domain=self._domain(domain) if domain else None,
            web_acl=Firewall(self, "Firewall") if firewall else None,
            logging=ApiGatewayLogging(self, "Logging") if logs else None,
            alarm_topic=alarm_topic,
        )
        self.api.route("POST /requests", submit)
        self.api.route("GET /requests/{request_id}", read)
        CfnOutput(self, "ApiUrl", value=self.api.url)

    def _domain(self, domain: OwnDomain) -> ApiDomain:
        zone = route53.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=domain.zone_id, zone_name=domain.zone
        )
        return ApiDomain(domain.name, zone=zone, endpoint=domain.endpoint)
