"""DynamoDB as far as one item goes: over HTTP, as boto3 asks it."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ITEM = {"pk": {"S": "one"}, "answered_by": {"S": "table"}}


class FakeTable(ThreadingHTTPServer):
    """Answers each read with an item that was ``answered_by`` "table"; ``asked`` tells the operations."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Operation)
        self.asked: list[str] = []
        self.error: str | None = None
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def stop(self) -> None:
        self.shutdown()
        self.server_close()


class Operation(BaseHTTPRequestHandler):
    server: FakeTable
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # headers and body at once, or the kernel waits between the two

    def do_POST(self) -> None:
        operation = self.headers["X-Amz-Target"].partition(".")[2]
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.asked.append(operation)
        if self.server.error:
            self._send(400, {"__type": f"com.amazonaws.dynamodb.v20120810#{self.server.error}", "message": "no"})
        else:
            self._send(200, _answer(operation, request))

    def _send(self, status: int, answer: dict[str, Any]) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Tests have enough to say."""


def _answer(operation: str, request: dict[str, Any]) -> dict[str, Any]:
    match operation:
        case "GetItem":
            return {"Item": ITEM}
        case "Query" | "Scan":
            return {"Items": [ITEM], "Count": 1, "ScannedCount": 1}
        case "BatchGetItem":
            return {"Responses": {table: [ITEM] for table in request["RequestItems"]}, "UnprocessedKeys": {}}
        case "BatchWriteItem":
            return {"UnprocessedItems": {}}
        case _:
            return {}
