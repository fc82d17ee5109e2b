"""A call to an AWS service as API Gateway makes it: to an action or a path, signed under a role."""

import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Self
from urllib.parse import urlencode
from xml.etree import ElementTree

import botocore.session
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session
from botocore.model import ServiceModel

_MODELS = {"states": "stepfunctions"}


@dataclass(frozen=True, slots=True)
class ServiceAddress:
    """Where an integration leads: ``arn:aws:apigateway:REGION:SERVICE:action/NAME``, or ``path/PATH`` at its end."""

    region: str
    service: str
    kind: str
    target: str

    @classmethod
    def parse(cls, uri: str) -> Self:
        """Read an integration's address."""
        region, service, place = uri.split(":", 5)[3:]
        kind, _, target = place.partition("/")
        return cls(region, service, kind, target)

    @property
    def path(self) -> str:
        """The path, with what a service that takes forms asks for in the query."""
        if self.kind == "path":
            return f"/{self.target}"
        model = _model(self.service)
        query = urlencode({"Action": self.target, "Version": model.api_version})
        return "/?" + query if "query" in model.metadata.get("protocols", []) else "/"

    @property
    def headers(self) -> dict[str, str]:
        """What a service that takes JSON asks for in its headers. EventBridge is not told the name of its action."""
        prefix = _model(self.service).metadata.get("targetPrefix")
        if self.kind == "path" or not prefix or self.service == "events":
            return {"Content-Type": "application/json"}
        return {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{prefix}.{self.target}"}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a service says."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class ServiceCall:
    """What is said to a service, and where."""

    address: ServiceAddress
    method: str
    text: str
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, credentials: Credentials, endpoint: str, *, trusted: str, timeout: float) -> Reply:
        """Send it to the local AWS under credentials; raise botocore's ``HTTPClientError`` if nobody answers."""
        headers = {name.lower(): value for name, value in (self.address.headers | self.headers).items()}
        data = self.text.encode("utf-8", "replace")
        request = AWSRequest(self.method, endpoint + self.address.path, headers, data)
        SigV4Auth(credentials, _model(self.address.service).signing_name, self.address.region).add_auth(request)
        session: Any = URLLib3Session  # Any: it takes a file to trust, and parts of a second, though its types do not.
        answer = session(verify=trusted, timeout=timeout, proxies={}).send(request.prepare())
        return Reply(answer.status_code, _as_json(answer.text))


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.Session().get_service_model(_MODELS.get(service, service))


def _as_json(text: str) -> str:
    """Write a service's XML as JSON, which it answers on AWS: API Gateway asks for that."""
    if not text.startswith("<"):
        return text
    root = ElementTree.fromstring(text)  # noqa: S314 - the emulator's own
    content = _content(root)
    return json.dumps(content if _name(root) == "ErrorResponse" else {_name(root): content})


def _content(element: ElementTree.Element) -> Any:
    return {_name(child): _content(child) for child in element} or element.text


def _name(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]
