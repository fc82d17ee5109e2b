"""PostgreSQL, PgBouncer before it, and an endpoint with TLS that leads to either: for the connection storm."""

import asyncio
import os
import pwd
import shutil
import signal
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.local.server.databases.postgres_endpoint import PostgresEndpoint, Session
from constructs_lib.local.server.databases.postgres_installation import PostgresInstallation

ADMINISTRATOR, USER = "administrator", "app"
PORT = 5432
PATIENCE_SECONDS = 30
ASKS_FOR_PASSWORD = struct.pack("!I", 3)

POOLER = """
[databases]
* = host={server} port={port}
[pgbouncer]
listen_addr =
listen_port = {port}
unix_socket_dir = {folder}
auth_type = trust
auth_file = {folder}/users
pool_mode = transaction
default_pool_size = {pool}
max_client_conn = 2000
"""


@contextmanager
def postgres(folder: Path, max_connections: int) -> Iterator[Path]:
    """Run a server that trusts who comes by its socket, and give the socket's folder; it reserves three connections."""
    installation, data = PostgresInstallation.prepare(folder), folder / "data"
    data.mkdir()
    installation.give(data)
    installation.run("initdb", "-D", str(data), f"--username={ADMINISTRATOR}", "--auth=trust", "--no-sync")
    settings = {
        "listen_addresses": "",
        "port": PORT,
        "unix_socket_directories": data,
        "max_connections": max_connections,
        "log_min_messages": "panic",  # each refusal would be a line
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    process, note = installation.start("postgres", "-D", str(data), *options), data / "postmaster.pid"
    with _running(process, signal.SIGQUIT, lambda: note.exists() and "ready" in note.read_text()):
        yield data


@contextmanager
def pooler(folder: Path, server: Path, size: int) -> Iterator[Path]:
    """Run PgBouncer with so many connections to a server, and give the folder of its socket."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        raise RuntimeError("PgBouncer is not installed; Debian has it: apt-get install pgbouncer")
    own = folder / "pooler"
    own.mkdir()
    (own / "users").write_text(f'"{USER}" ""\n')
    configuration = own / "pgbouncer.ini"
    configuration.write_text(POOLER.format(server=server, port=PORT, folder=own, pool=size))
    user = None
    if os.geteuid() == 0:  # as which it refuses to run
        user = "nobody"
        shutil.chown(own, user, pwd.getpwnam(user).pw_gid)
    process = subprocess.Popen([program, "--quiet", str(configuration)], user=user, stderr=subprocess.DEVNULL)
    with _running(process, signal.SIGINT, socket_in(own).exists):
        yield own


@contextmanager
def endpoint(authority: CertificateAuthority, folder: Path) -> Iterator[str]:
    """Open an endpoint that asks for the token over TLS, as RDS does, and leads to the socket in a folder."""

    async def serve(client: Session) -> None:
        await client.send(b"R", ASKS_FOR_PASSWORD)
        _, length = struct.unpack("!cI", await client.reader.readexactly(5))
        await client.reader.readexactly(length - 4)  # what it is worth is not the question here
        with suppress(asyncio.CancelledError):  # of which asyncio's streams would complain
            await client.relay(*await asyncio.open_unix_connection(socket_in(folder)))

    async def close() -> None:
        await door.close()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    door = PostgresEndpoint(authority, PORT)
    try:
        asyncio.run_coroutine_threadsafe(door.open(serve), loop).result()
        yield door.address
    finally:
        asyncio.run_coroutine_threadsafe(close(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def socket_in(folder: Path) -> Path:
    return folder / f".s.PGSQL.{PORT}"


@contextmanager
def _running(process: "subprocess.Popen[bytes]", end: signal.Signals, is_up: Callable[[], bool]) -> Iterator[None]:
    """Wait until a server takes clients, and stop it in the end."""
    try:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not is_up():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{process.args!r} did not start")
            time.sleep(0.02)
        yield
    finally:
        process.send_signal(end)
        process.wait()
