"""The local RDS Proxy: lets a client in exactly when IAM and the security groups would on AWS, on both of its legs."""

import asyncio
import logging
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from constructs_lib.local.server import emulator
from constructs_lib.local.server.databases.network_path import NetworkInterface, closed_end
from constructs_lib.local.server.databases.postgres_endpoint import PORT, RefusedError, Session

_ASKS_FOR_PASSWORD = struct.pack("!I", 3)
_LONGEST_TOKEN = 65_536

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Database:
    """The database behind a proxy."""

    interface: NetworkInterface
    port: int
    resource_id: str
    takes_iam: bool


class DatabaseProxy:
    """One proxy with end-to-end IAM authentication: no password on either side of it.

    What it knows of itself, its database and the network it asks the local AWS at each connection, so that a grant or a
    rule that was taken away a moment ago is missing at once.
    """

    def __init__(
        self, name: str, address: str, client: Callable[[str], Any], socket_of: Callable[[str], Path | None]
    ) -> None:
        """Stand in for the proxy ``name``; ``socket_of`` gives the PostgreSQL socket for a database's resource id."""
        self._name = name
        self._address = address
        self._client = client
        self._socket_of = socket_of
        self._region = emulator.current_region()
        self._account = emulator.current_account()

    async def serve(self, session: Session) -> None:
        """Let one client in, or say why not."""
        if session.cancels:  # PostgreSQL itself asks for the key that it gave to the session.
            socket = await asyncio.to_thread(self._in_scope, self._any_socket)
            await session.relay(*await asyncio.open_unix_connection(socket))
            return
        await session.send(b"R", _ASKS_FOR_PASSWORD)
        token = await _password(session)
        socket = await asyncio.to_thread(self._in_scope, self._admit, session.user, token)
        reader, writer = await asyncio.open_unix_connection(socket)
        try:
            writer.write(session.startup)
            await _require_user(session, reader)
            await session.pour(reader, writer)
        finally:
            writer.close()

    def _in_scope(self, ask: Callable[..., Path], *arguments: str) -> Path:
        """Ask the local AWS in the proxy's account and region."""
        with emulator.scope(self._account, self._region):
            return ask(*arguments)

    def _admit(self, user: str, token: str) -> Path:
        """Give the socket of the database that a client may connect to, or refuse the client."""
        rds, ec2 = self._client("rds"), self._client("ec2")
        proxy = rds.describe_db_proxies(DBProxyName=self._name)["DBProxies"][0]
        if proxy.get("DefaultAuthScheme") != "IAM_AUTH":
            raise RefusedError(
                "the local proxy knows end-to-end IAM authentication only: set DefaultAuthScheme IAM_AUTH"
            )
        here = NetworkInterface(f"the proxy {self._name}", proxy["VpcSecurityGroupIds"], proxy["VpcSubnetIds"])

        caller = self._verify(token, user)
        function = _function(self._client("lambda"), caller.arn)
        if function:
            _require_path(ec2, function, here, PORT)
        self._require_grant(caller, proxy["DBProxyArn"].rsplit(":", 1)[1], user)

        database = _target(rds, self._name)
        if not database.takes_iam:
            raise RefusedError(f"{database.interface.name} has IAM authentication switched off")
        _require_path(ec2, here, database.interface, database.port)
        self._require_grant(emulator.role(proxy["RoleArn"]), database.resource_id, user)
        _log.info("%s lets %s in as %s", here.name, caller.arn, user)
        return self._socket(database)

    def _any_socket(self) -> Path:
        return self._socket(_target(self._client("rds"), self._name))

    def _socket(self, database: _Database) -> Path:
        socket = self._socket_of(database.resource_id)
        if socket is None:
            raise RefusedError(f"{database.interface.name} has no PostgreSQL behind it", "08001")
        return socket

    def _verify(self, token: str, user: str) -> emulator.Principal:
        try:
            return emulator.verify_database_token(
                token, host=self._address, port=PORT, user=user, region=self._region, account=self._account
            )
        except emulator.TokenError as error:
            raise RefusedError(f"the password is not a valid IAM token for {user!r} here: {error}", "28P01") from error

    def _require_grant(self, principal: emulator.Principal, resource_id: str, user: str) -> None:
        resource = f"arn:aws:rds-db:{self._region}:{self._account}:dbuser:{resource_id}/{user}"
        if not emulator.is_allowed(principal, "rds-db:connect", resource, self._region):
            raise RefusedError(f"{principal.arn} is not authorized to perform rds-db:connect on {resource}")


def _target(rds: Any, proxy: str) -> _Database:
    """Find the database behind a proxy."""
    targets = rds.describe_db_proxy_targets(DBProxyName=proxy)["Targets"]
    if not targets:
        raise RefusedError(
            f"the proxy {proxy} has no target: no AWS::RDS::DBProxyTargetGroup names a database", "08001"
        )
    name = targets[0]["RdsResourceId"]
    if targets[0]["Type"] == "TRACKED_CLUSTER":
        record = rds.describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0]
        group, port, resource_id = record["DBSubnetGroup"], record["Port"], record["DbClusterResourceId"]
    else:
        record = rds.describe_db_instances(DBInstanceIdentifier=name)["DBInstances"][0]
        group, port = record["DBSubnetGroup"]["DBSubnetGroupName"], record["Endpoint"]["Port"]
        resource_id = record["DbiResourceId"]
    subnets = rds.describe_db_subnet_groups(DBSubnetGroupName=group)["DBSubnetGroups"][0]["Subnets"]
    interface = NetworkInterface(
        f"the database {name}",
        [entry["VpcSecurityGroupId"] for entry in record["VpcSecurityGroups"]],
        [subnet["SubnetIdentifier"] for subnet in subnets],
    )
    return _Database(interface, port, resource_id, record["IAMDatabaseAuthenticationEnabled"])


def _function(lambda_client: Any, caller: str) -> NetworkInterface | None:
    """Tell where a caller's network interface is, if the caller is a Lambda function: its session bears its name."""
    role, _, name = caller.partition(":assumed-role/")[2].partition("/")
    try:
        function = lambda_client.get_function_configuration(FunctionName=name or "-")
    except ClientError:
        return None  # A person, or something that runs elsewhere: nothing is known of its network.
    if not function["Role"].endswith(f"/{role}"):
        return None
    network = function.get("VpcConfig", {})
    if not network.get("SubnetIds"):
        raise RefusedError(
            f"the function {name} is in no VPC, and a proxy is never reached from outside its VPC", "08001"
        )
    return NetworkInterface(f"the function {name}", network["SecurityGroupIds"], network["SubnetIds"])


def _require_path(ec2: Any, source: NetworkInterface, destination: NetworkInterface, port: int) -> None:
    if reason := closed_end(ec2, source, destination, port):
        raise RefusedError(f"{reason} (on AWS this connection would time out)", "08001")


async def _password(session: Session) -> str:
    """Read the client's answer to the question for its password."""
    kind, length = struct.unpack("!cI", await session.reader.readexactly(5))
    if kind != b"p" or not 4 <= length <= _LONGEST_TOKEN:
        raise RefusedError("a password message was expected", "08P01")
    return (await session.reader.readexactly(length - 4)).rstrip(b"\0").decode(errors="replace")


async def _require_user(session: Session, reader: asyncio.StreamReader) -> None:
    """Hand on the database's first answer, unless it is that it does not know the user as one that IAM lets in."""
    kind, length = struct.unpack("!cI", await reader.readexactly(5))
    answer = await reader.readexactly(length - 4)
    if kind == b"E" and b"C28000\0" in answer:
        raise RefusedError(
            f"the database knows no user {session.user!r} that IAM lets in: "
            f"CREATE USER {session.user}; GRANT rds_iam TO {session.user};"
        )
    await session.send(kind, answer)
