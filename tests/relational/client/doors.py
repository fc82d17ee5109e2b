"""What stands between a client and its database, as RDS Proxy would, and fails as it is told to."""

import asyncio
import struct
import threading
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.local.server.databases.postgres_endpoint import PostgresEndpoint, Session

ASKS_FOR_PASSWORD = struct.pack("!I", 3)


class Door:
    """Passes on what clients and server say, on an event loop in a thread of its own."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._clients: dict[asyncio.StreamReader, asyncio.StreamWriter] = {}
        self._silent: set[asyncio.StreamReader] = set()

    def hang_up(self) -> None:
        """Leave all clients, as the real one does with the idle."""

        async def close() -> None:
            for writer in self._clients.values():
                writer.close()
            self._clients.clear()
            await asyncio.sleep(0.1)  # until the goodbyes have gone out

        self._run(close())

    def fall_silent(self) -> None:
        """Forward nothing of those who are here, and hang up when they speak: as a network may after a long sleep."""
        self._silent = set(self._clients)

    def _run(self, task: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(task, self._loop).result(10)

    async def _join(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        server: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    ) -> None:
        self._clients[client[0]] = client[1]
        try:
            await asyncio.gather(self._pass_on(client[0], server[1]), self._pass_on(server[0], client[1]))
        except OSError:
            pass  # one side is gone, and the other is told below
        finally:
            client[1].close()
            server[1].close()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (chunk := await reader.read(65_536)) and reader not in self._silent:
            writer.write(chunk)
            await writer.drain()
        writer.close()


class PostgresDoor(Door):
    """Speaks TLS, and lets everybody in who shows a password, which it notes."""

    def __init__(self, authority: CertificateAuthority, server: Path, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._endpoint = PostgresEndpoint(authority, 5432)
        self._server = server
        self.host = self._endpoint.address
        self.passwords: list[str] = []
        self._run(self._endpoint.open(self._serve))

    def close(self) -> None:
        self.hang_up()
        self._run(self._endpoint.close())

    async def _serve(self, client: Session) -> None:
        await client.send(b"R", ASKS_FOR_PASSWORD)
        _, length = struct.unpack("!cI", await client.reader.readexactly(5))
        self.passwords.append((await client.reader.readexactly(length - 4)).rstrip(b"\0").decode())
        reader, writer = await asyncio.open_unix_connection(self._server)
        writer.write(client.startup)
        await self._join((client.reader, client.writer), (reader, writer))


class PlainDoor(Door):
    """Passes on every byte to a server that speaks TLS itself."""

    host = "127.0.0.1"

    def __init__(self, port: int, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._server_port = port
        self._run(self._open())
        self.port: int = self._listener.sockets[0].getsockname()[1]

    def close(self) -> None:
        self.hang_up()
        self._loop.call_soon_threadsafe(self._listener.close)

    async def _open(self) -> None:
        self._listener = await asyncio.start_server(self._serve, self.host, 0)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await self._join((reader, writer), await asyncio.open_connection(self.host, self._server_port))


@contextmanager
def event_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
