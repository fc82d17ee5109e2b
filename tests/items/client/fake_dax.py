"""A DAX node of one process: it speaks as much of the protocol as Amazon's own client asks for, well or badly.

What it says is encoded, and what it hears decoded, by the client's own encoder and decoder: that real nodes say the
same is not proven by it.
"""

import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Literal

from amazondax.CborDecoder import NoMoreData
from amazondax.CborEncoder import CborEncoder
from amazondax.Constants import DaxMethodIds, Role
from amazondax.DaxCborDecoder import DaxCborDecoder

Mood = Literal[
    "well", "silent", "slow", "trickling", "dying", "halfway", "babbling", "denying", "throttling", "invalid", "unmet"
]

NAMES = {value: name.split("_")[0] for name, value in vars(DaxMethodIds).items() if isinstance(value, int)}
ARGUMENTS = {
    "authorizeConnection": 5,
    "endpoints": 0,
    "defineKeySchema": 1,
    "defineAttributeList": 1,
    "defineAttributeListId": 1,
    "getItem": 3,
    "batchGetItem": 2,
    "query": 3,
    "putItem": 4,
    "updateItem": 3,
    "deleteItem": 3,
    "batchWriteItem": 2,
}
ERRORS = {
    "denying": [4, 37, 38, 42],
    "throttling": [4, 37, 38, 39, 50],
    "invalid": [4, 37, 38, 39, 46],
    "unmet": [4, 37, 38, 39, 43],
}
ATTRIBUTES = 7
"""The id of the attribute list ["answered_by"]; every item has the key ``pk`` and that."""
SLOW_SECONDS = 1.5


class FakeDax(socketserver.ThreadingTCPServer):
    """Answers each read with an item that was ``answered_by`` "dax"; ``asked`` tells the requests for data."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Connection)
        self.mood: Mood = "well"
        self.tls = tls
        self.asked: list[str] = []
        self.connections: list[socket.socket] = []
        threading.Thread(target=self.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])

    @property
    def endpoint(self) -> str:
        return f"daxs://localhost:{self.port}" if self.tls else f"dax://127.0.0.1:{self.port}"

    def drop_connections(self) -> None:
        for connection in self.connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self.connections.clear()

    def stop(self) -> None:
        self.shutdown()
        self.server_close()
        self.drop_connections()

    def handle_error(self, *_: Any) -> None:
        """Clients that go away are nothing to report."""


class Connection(socketserver.BaseRequestHandler):
    server: FakeDax

    def handle(self) -> None:
        stream: socket.socket = self.request
        if self.server.tls:
            stream = self.server.tls.wrap_socket(stream, server_side=True)
        self.server.connections.append(stream)
        hears = DaxCborDecoder(lambda buffer, _: _received(stream, buffer))
        with suppress(NoMoreData, OSError), stream:
            hears.decode_string()  # the magic word
            for _ in range(4):  # layers, session, user agent, types
                hears.decode_object()
            while True:
                assert hears.decode_int() == 1
                name = NAMES[hears.decode_int()]
                arguments = [hears.decode_object() for _ in range(ARGUMENTS[name])]
                if name != "authorizeConnection":  # which is not answered
                    self._answer(stream, name, arguments)

    def _answer(self, stream: socket.socket, name: str, arguments: list[Any]) -> None:
        if name.endswith(("Item", "query")):
            self.server.asked.append(name)
        match "well" if name.startswith("define") else self.server.mood:
            case "well":
                stream.sendall(self._said(name, arguments))
            case "silent":
                time.sleep(SLOW_SECONDS * 4)
            case "slow":
                time.sleep(SLOW_SECONDS)
                stream.sendall(self._said(name, arguments))
            case "trickling":  # never silent for long, and never done
                stream.sendall(b"\x80\xbf")
                for _ in range(200):
                    stream.sendall(b"\x00\x58")
                    time.sleep(0.03)
            case "dying":
                raise OSError
            case "halfway":
                stream.sendall(self._said(name, arguments)[:-2])
                raise OSError
            case "babbling":
                stream.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                raise OSError
            case error:
                stream.sendall(_refused(ERRORS[error]))

    def _said(self, name: str, arguments: list[Any]) -> bytes:
        say: Any = CborEncoder()
        say.append_array_header(0)  # success
        answer: Callable[..., None] = ANSWERS.get(name, _nothing)
        answer(say, self.server, arguments)
        return bytes(say.as_bytes())


def _received(stream: socket.socket, buffer: bytearray) -> int:
    data = stream.recv(4096)
    buffer += data
    return len(data)


def _nothing(say: Any, *_: Any) -> None:
    say.append_null()


def _endpoints(say: Any, node: FakeDax, _: Any) -> None:
    say.append_array_header(1)
    values = (1, "localhost", socket.inet_aton("127.0.0.1"), node.port, int(Role.LEADER), "eu-west-1a", 0)
    say.append_map_header(len(values))
    for field, value in enumerate(values):
        say.append_int(field)
        {int: say.append_int, str: say.append_string, bytes: say.append_binary}[type(value)](value)


def _key_schema(say: Any, *_: Any) -> None:
    say.append_map_header(1)
    say.append_string("pk")
    say.append_string("S")


def _attribute_list(say: Any, *_: Any) -> None:
    say.append_array_header(1)
    say.append_string("answered_by")


def _attribute_list_id(say: Any, *_: Any) -> None:
    say.append_int(ATTRIBUTES)


def _item(say: Any, *_: Any) -> None:
    say.append_map_header(1)
    say.append_int(0)  # DaxResponseParam.Item
    say.append_binary(_values())


def _items(say: Any, *_: Any) -> None:
    say.append_map_header(2)
    say.append_int(7)  # Items
    say.append_array_header(1)
    say.append_array_header(2)
    say.append_binary(b"one")
    say.append_binary(_values())
    say.append_int(8)  # Count
    say.append_int(1)


def _batch(say: Any, _: Any, arguments: list[Any]) -> None:
    say.append_array_header(2)
    say.append_map_header(len(arguments[0]))
    for table in arguments[0]:
        say.append_string(table.decode() if isinstance(table, bytes) else table)
        say.append_array_header(2)
        say.append_binary(b"one")
        say.append_binary(_values())
    say.append_map_header(0)  # no unprocessed keys
    say.append_array_header(0)  # no consumed capacity


def _values() -> bytes:
    values = CborEncoder()
    values.append_int(ATTRIBUTES)
    values.append_string("dax")
    return bytes(values.as_bytes())


def _refused(codes: list[int]) -> bytes:
    say = CborEncoder()
    say.append_array_header(len(codes))
    for code in codes:
        say.append_int(code)
    say.append_string("no")
    say.append_null()
    return bytes(say.as_bytes())


def _batch_written(say: Any, *_: Any) -> None:
    say.append_map_header(0)  # no unprocessed items
    say.append_array_header(0)  # no consumed capacity
    say.append_map_header(0)  # no metrics of collections


ANSWERS: dict[str, Callable[..., None]] = {
    "endpoints": _endpoints,
    "defineKeySchema": _key_schema,
    "defineAttributeList": _attribute_list,
    "defineAttributeListId": _attribute_list_id,
    "getItem": _item,
    "query": _items,
    "batchGetItem": _batch,
    "batchWriteItem": _batch_written,
}
