"""The local RDS Proxy: lets a client in exactly when IAM and the security groups would on AWS, on both of its legs."""

import asyncio
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from constructs_lib.local.server import emulator
from constructs_lib.local.server.databases.calling_function import named_function
from constructs_lib.local.server.databases.described_database import DescribedDatabase, describe_target
from constructs_lib.local.server.databases.home import Home
from constructs_lib.local.server.databases.network_path import NetworkInterface, require_path
from constructs_lib.local.server.databases.postgres_endpoint import PORT, RefusedError, Session
from constructs_lib.local.server.databases.postgres_server import PostgresServer
from constructs_lib.local.server.databases.proxy_credentials import secret_password
from constructs_lib.local.server.databases.proxy_login import log_in

_ASKS_FOR_PASSWORD = struct.pack("!I", 3)
_LONGEST_TOKEN = 65_536

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Admission:
    """Where a client is let in to, and how the proxy logs in there."""

    server: PostgresServer
    password: str | None
    read_only: bool


class DatabaseProxy:
    """One endpoint of a proxy. Its clients log in by IAM; so does the proxy itself, or by a secret.

    What it knows of itself, its database and the network it asks the local AWS at each connection, so that a grant or a
    rule that was taken away a moment ago is missing at once.
    """

    def __init__(
        self,
        name: str,
        endpoint: str,
        address: str,
        client: Callable[[str], Any],
        server_of: Callable[[str], PostgresServer | None],
    ) -> None:
        """Stand in for the proxy ``name`` at one of its endpoints; ``server_of`` knows servers by their resource id."""
        self._name = name
        self._endpoint = endpoint
        self._address = address
        self._client = client
        self._server_of = server_of
        self._home = Home.current()

    async def serve(self, session: Session) -> None:
        """Let one client in, or say why not."""
        if session.cancels:  # PostgreSQL itself asks for the key that it gave to the session.
            server = await self._home.ask_aside(self._any_server)
            await session.relay(*await asyncio.open_unix_connection(server.socket_path))
            return
        if (await self._home.ask_aside(self._described))["RequireTLS"]:
            session.require_encrypted()
        await session.send(b"R", _ASKS_FOR_PASSWORD)
        token = await _password(session)
        admission = await self._home.ask_aside(self._admit, session.user, token)
        if admission.read_only:
            session.set("default_transaction_read_only", "on")
        reader, writer = await log_in(session, admission.server, admission.password)
        try:
            await session.pour(reader, writer)
        finally:
            writer.close()

    def _admit(self, user: str, token: str) -> _Admission:
        """Tell where a client may connect to, or refuse the client."""
        rds, ec2, proxy = self._client("rds"), self._client("ec2"), self._described()
        door = rds.describe_db_proxy_endpoints(DBProxyEndpointName=self._endpoint)["DBProxyEndpoints"][0]
        here = NetworkInterface(f"the proxy {self._name}", proxy["VpcSecurityGroupIds"], proxy["VpcSubnetIds"])

        caller = self._verify(token, user)
        if function := self._function(caller.arn):
            require_path(ec2, function, here if door["IsDefault"] else _interface(door), PORT)
        self._require_grant(caller, proxy["DBProxyArn"].rsplit(":", 1)[1], user)

        database = describe_target(rds, self._name)
        read_only = door["TargetRole"] == "READ_ONLY"
        if read_only and not database.readers:
            raise RefusedError(f"{database.interface.name} has no reader for the read-only {self._endpoint}", "08001")
        require_path(ec2, here, database.interface, database.port)
        password = secret_password(self._client, self._home, proxy, user)
        if password is None:
            self._require_iam(database, proxy["RoleArn"], user)
        _log.info("%s lets %s in as %s", here.name, caller.arn, user)
        return _Admission(self._server(database), password, read_only)

    def _described(self) -> dict[str, Any]:
        described: dict[str, Any] = self._client("rds").describe_db_proxies(DBProxyName=self._name)["DBProxies"][0]
        return described

    def _any_server(self) -> PostgresServer:
        return self._server(describe_target(self._client("rds"), self._name))

    def _server(self, database: DescribedDatabase) -> PostgresServer:
        server = self._server_of(database.resource_id)
        if server is None:
            raise RefusedError(f"{database.interface.name} has no PostgreSQL behind it", "08001")
        return server

    def _verify(self, token: str, user: str) -> emulator.Principal:
        account, region = self._home.account, self._home.region
        try:
            return emulator.verify_database_token(
                token, host=self._address, port=PORT, user=user, region=region, account=account
            )
        except emulator.TokenError as error:
            raise RefusedError(f"the password is not a valid IAM token for {user!r} here: {error}", "28P01") from error

    def _function(self, caller: str) -> NetworkInterface | None:
        """Tell where a caller's network interface is, if the caller is a Lambda function: its session bears its name.

        Of a person, or of something that runs elsewhere, nothing is known.
        """
        role, _, name = caller.partition(":assumed-role/")[2].partition("/")
        return named_function(self._client("lambda"), name, role=role) if name else None

    def _require_iam(self, database: DescribedDatabase, role: str, user: str) -> None:
        if not database.takes_iam:
            raise RefusedError(f"{database.interface.name} has IAM authentication switched off")
        self._require_grant(emulator.role(role), database.resource_id, user)

    def _require_grant(self, principal: emulator.Principal, resource_id: str, user: str) -> None:
        region = self._home.region
        resource = f"arn:aws:rds-db:{region}:{self._home.account}:dbuser:{resource_id}/{user}"
        if not emulator.is_allowed(principal, "rds-db:connect", resource, region):
            raise RefusedError(f"{principal.arn} is not authorized to perform rds-db:connect on {resource}")


def _interface(endpoint: dict[str, Any]) -> NetworkInterface:
    """Tell where an endpoint is that was made beside a proxy's own."""
    name = f"the proxy endpoint {endpoint['DBProxyEndpointName']}"
    return NetworkInterface(name, endpoint["VpcSecurityGroupIds"], endpoint["VpcSubnetIds"])


async def _password(session: Session) -> str:
    """Read the client's answer to the question for its password."""
    kind, length = struct.unpack("!cI", await session.reader.readexactly(5))
    if kind != b"p" or not 4 <= length <= _LONGEST_TOKEN:
        raise RefusedError("a password message was expected", "08P01")
    return (await session.reader.readexactly(length - 4)).rstrip(b"\0").decode(errors="replace")
