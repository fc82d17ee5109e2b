"""Where clients find a local database: PostgreSQL's port on an address of its own, with TLS as on RDS."""

import asyncio
import logging
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.local.server.databases.loopback import listen_alone

PORT = 5432
"""RDS Proxy always listens here, and clients are told so as a literal: hence an address for each endpoint."""

_WANTS_TLS, _WANTS_KERBEROS = 80877103, 80877104
_CANCEL = struct.pack("!I", 80877102)
_LONGEST_STARTUP = 10_000
_CHUNK = 65_536

_log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A client is not let in; the sentence tells it why, as PostgreSQL would."""

    def __init__(self, reason: str, code: str = "28000") -> None:
        """Give the reason and PostgreSQL's code for it (default: the authorization is invalid)."""
        super().__init__(reason)
        self.code = code

    @property
    def fields(self) -> bytes:
        """What PostgreSQL's error message holds: severity, code and sentence."""
        fields = {b"S": "FATAL", b"V": "FATAL", b"C": self.code, b"M": str(self)}
        return b"".join(key + value.encode() + b"\0" for key, value in fields.items()) + b"\0"


@dataclass(slots=True)
class Session:
    """A client that has said who it is and which database it wants."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    startup: bytes
    """Its startup message, to be said again to the database."""
    encrypted: bool

    @property
    def cancels(self) -> bool:
        """Whether it only comes to cancel a statement of another session."""
        return self.startup[4:8] == _CANCEL

    @property
    def user(self) -> str:
        """The database user that it wants to be."""
        fields = self.startup[8:].split(b"\0")
        return dict(zip(fields[::2], fields[1::2], strict=False)).get(b"user", b"").decode()

    @property
    def ends(self) -> tuple[tuple[str, int], tuple[str, int]]:
        """The addresses that it comes from and came to."""
        return self.writer.get_extra_info("peername"), self.writer.get_extra_info("sockname")

    def require_encrypted(self) -> None:
        """Refuse it if it speaks without TLS; clients cancel without."""
        if not self.encrypted and not self.cancels:
            raise RefusedError("this endpoint requires TLS, such as sslmode=verify-full gives")

    def set(self, parameter: str, value: str) -> None:
        """Set a parameter of its session, whatever it wished itself: the last word counts."""
        content = self.startup[4:-1] + f"{parameter}\0{value}\0\0".encode()
        self.startup = struct.pack("!I", len(content) + 4) + content

    async def send(self, kind: bytes, payload: bytes) -> None:
        """Send the client a message."""
        self.writer.write(kind + struct.pack("!I", len(payload) + 4) + payload)
        await self.writer.drain()

    async def relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hand the client on to the database from its first message on."""
        writer.write(self.startup)
        await self.pour(reader, writer)

    async def pour(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes between the client and the database until either is done."""
        await asyncio.gather(_pour(self.reader, writer), _pour(reader, self.writer))


Serve = Callable[[Session], Awaitable[None]]


class PostgresEndpoint:
    """Takes clients on an address of its own, speaks TLS with those that wish it, and hands them on."""

    def __init__(self, authority: CertificateAuthority, port: int) -> None:
        """Take an address."""
        self._listener = listen_alone(port)
        self.address: str = self._listener.getsockname()[0]
        self.port = port
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(*authority.issue(self.address))
        self._server: asyncio.Server | None = None

    async def open(self, serve: Serve) -> None:
        """Begin to take clients, and hand them on to ``serve``."""

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._accept(reader, writer, serve)

        self._server = await asyncio.start_server(accept, sock=self._listener)

    async def close(self) -> None:
        """Take no more clients, and give the address up."""
        if self._server:
            self._server.close()
        self._listener.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, serve: Serve) -> None:
        with suppress(OSError, EOFError, ssl.SSLError):
            session = await self._greet(reader, writer)
            try:
                await serve(session)
            except RefusedError as refusal:
                _log.warning("%s:%s refused %s: %s", self.address, self.port, session.user, refusal)
                await session.send(b"E", refusal.fields)
        writer.close()

    async def _greet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Session:
        """Answer a client's wishes for encryption until it says who it is."""
        encrypted = False
        while True:
            header = await reader.readexactly(8)
            length, code = struct.unpack("!II", header)
            if not 8 <= length <= _LONGEST_STARTUP:
                raise EOFError("not a PostgreSQL client")
            body = await reader.readexactly(length - 8)
            if code == _WANTS_TLS and not encrypted:
                writer.write(b"S")
                await writer.start_tls(self._tls)
                encrypted = True
            elif code == _WANTS_KERBEROS:
                writer.write(b"N")
            else:
                return Session(reader, writer, header + body, encrypted)


async def _pour(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while chunk := await reader.read(_CHUNK):
            writer.write(chunk)
            await writer.drain()
    except (OSError, ssl.SSLError):
        pass  # One side is gone; the other is told below.
    finally:
        writer.close()
