"""How an RDS Proxy logs in to the database behind it, for a client that it has let in."""

import asyncio
import struct

from constructs_lib.local.server.databases.postgres_endpoint import RefusedError, Session
from constructs_lib.local.server.databases.postgres_server import PROXY_ADDRESS, SQL_PORT, PostgresServer

_ASKS_FOR_PASSWORD = struct.pack("!I", 3)
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def log_in(session: Session, server: PostgresServer, password: str | None) -> _Connection:
    """Log in as the client's user, by a password or, without one, by IAM; tell the client how that ended."""
    if password is None:
        reader, writer = await asyncio.open_unix_connection(server.socket_path)
    else:
        reader, writer = await asyncio.open_connection(server.address, SQL_PORT, local_addr=(PROXY_ADDRESS, 0))
    try:
        writer.write(session.startup)
        kind, answer = await _message(reader)
        if password is not None and (kind, answer) == (b"R", _ASKS_FOR_PASSWORD):
            content = password.encode() + b"\0"
            writer.write(b"p" + struct.pack("!I", len(content) + 4) + content)
            kind, answer = await _message(reader)
        _require_admitted(session.user, kind, answer, by_password=password is not None)
        await session.send(kind, answer)
    except BaseException:
        writer.close()
        raise
    return reader, writer


def _require_admitted(user: str, kind: bytes, answer: bytes, *, by_password: bool) -> None:
    """Say in the proxy's words that the database does not let the user in; its other errors are its own."""
    if kind != b"E":
        return
    if b"C28P01\0" in answer:
        raise RefusedError(f"the database refuses the password that the secret holds for {user!r}", "28P01")
    if b"C28000\0" in answer and by_password:
        raise RefusedError(f"the database takes no password of {user!r}: a member of rds_iam logs in by IAM only")
    if b"C28000\0" in answer:
        raise RefusedError(
            f"the database knows no user {user!r} that IAM lets in: CREATE USER {user}; GRANT rds_iam TO {user};"
        )


async def _message(reader: asyncio.StreamReader) -> tuple[bytes, bytes]:
    kind, length = struct.unpack("!cI", await reader.readexactly(5))
    return kind, await reader.readexactly(length - 4)
