"""A REST API of a few methods in a stack of a few resources, called over HTTPS."""

import json
from dataclasses import dataclass
from typing import Any

import requests

from constructs_lib.local import LocalAws
from tests.local.stack import Resources, Stack

_API = {"RestApiId": {"Ref": "Api"}}
ROOT = {"Fn::GetAtt": ["Api", "RootResourceId"]}
MOCK = {
    "Type": "MOCK",
    "RequestTemplates": {"application/json": '{"statusCode": 200}'},
    "IntegrationResponses": [{"StatusCode": "200"}],
}


def of_api(type: str, **properties: Any) -> Resources:
    """A resource that belongs to the API."""
    return {"Type": f"AWS::ApiGateway::{type}", "Properties": _API | properties}


def path(part: str, parent: Any = ROOT) -> Resources:
    """A part of a path, below the root or another."""
    return of_api("Resource", PathPart=part, ParentId=parent)


def method(resource: Any = ROOT, verb: str = "POST", integration: Resources = MOCK, **properties: Any) -> Resources:
    """A method that anyone may call, unless the properties say otherwise."""
    asked = {"AuthorizationType": "NONE"} | properties
    return of_api("Method", ResourceId=resource, HttpMethod=verb, Integration=integration, **asked)


def rest_api(resources: Resources, **properties: Any) -> Resources:
    """The API with its stage; deployed when all of its resources are there."""
    api = {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "Api"} | properties}
    deployment = of_api("Deployment") | {"DependsOn": list(resources)}
    stage = of_api("Stage", DeploymentId={"Ref": "Deployment"}, StageName="prod")
    return {"Api": api, "Deployment": deployment, "Stage": stage} | resources


@dataclass(frozen=True)
class DeployedApi:
    """An API that is up."""

    aws: LocalAws
    outputs: dict[str, str]
    region: str

    @classmethod
    def deploy(cls, aws: LocalAws, stack: Stack, resources: Resources, **outputs: Any) -> "DeployedApi":
        """Create or update a stack that has an API."""
        told = stack.deploy(resources, {"Api": {"Ref": "Api"}} | outputs)
        return cls(aws, told, stack.cloudformation.meta.region_name)

    @property
    def id(self) -> str:
        """The API's id."""
        return self.outputs["Api"]

    def url(self, path: str) -> str:
        """Where a path of its stage is."""
        return self.aws.local_url(f"https://{self.id}.execute-api.{self.region}.amazonaws.com/prod{path}")

    def call(self, path: str = "/", verb: str = "POST", **asked: Any) -> requests.Response:
        """Ask it something."""
        return requests.request(verb, self.url(path), verify=self.aws.environment["AWS_CA_BUNDLE"], **asked)

    def send(self, body: Any, path: str = "/", **asked: Any) -> requests.Response:
        """Post JSON text, or a value written as such."""
        text = body if isinstance(body, str) else json.dumps(body)
        return self.call(path, data=text.encode(), headers={"Content-Type": "application/json"}, **asked)
