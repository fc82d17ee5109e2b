"""CloudFormation, as a custom resource knows it: it sends events and waits for one answer to each."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from constructs_lib.relational.runtime.database_users.index import handler

CONTEXT: Any = SimpleNamespace(
    function_name="users",
    memory_limit_in_mb=256,
    invoked_function_arn="arn:aws:lambda:eu-central-1:123456789012:function:users",
    aws_request_id="request",
    log_stream_name="2030/01/01/[$LATEST]abc",
)

Properties = dict[str, str]


class CloudFormation(HTTPServer):
    """Runs the handler on events of one resource, whose id it remembers; and the address that answers are sent to."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Receiver)
        self.answers: list[dict[str, Any]] = []
        self.content_types: list[str | None] = []
        self.physical_id: str | None = None

    def create(self, properties: Properties) -> dict[str, Any]:
        """Create the resource. Its id counts even if this fails, since it is deleted then."""
        answer = self.send({"RequestType": "Create", "ResourceProperties": properties})
        self.physical_id = answer["PhysicalResourceId"]
        return answer

    def update(self, properties: Properties, *, old: Properties) -> dict[str, Any]:
        """Update the resource; where it has another id after that, the one with the old id is deleted."""
        event = {"RequestType": "Update", "ResourceProperties": properties, "OldResourceProperties": old}
        answer = self.send(event | {"PhysicalResourceId": self.physical_id})
        if answer["PhysicalResourceId"] != self.physical_id:
            self.delete(old)
            self.physical_id = answer["PhysicalResourceId"]
        return answer

    def delete(self, properties: Properties) -> dict[str, Any]:
        event = {"RequestType": "Delete", "ResourceProperties": properties, "PhysicalResourceId": self.physical_id}
        return self.send(event)

    def send(self, event: dict[str, Any]) -> dict[str, Any]:
        """Have an event handled and return its only answer."""
        known = len(self.answers)
        address = {
            "ResponseURL": f"http://127.0.0.1:{self.server_port}/answer?signature=x",
            "StackId": "stack",
            "RequestId": "request",
            "LogicalResourceId": "User",
        }
        handler(event | address, CONTEXT)
        (answer,) = self.answers[known:]
        return answer


class Receiver(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.answers.append(json.loads(body))
        self.server.content_types.append(self.headers["Content-Type"])
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def cloudformation(monkeypatch: pytest.MonkeyPatch) -> Iterator[CloudFormation]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with CloudFormation() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()
