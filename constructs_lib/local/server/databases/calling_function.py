"""Which Lambda function is a client, and where it is in the network."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from socket import inet_aton
from struct import unpack
from typing import Any

from botocore.exceptions import ClientError

from constructs_lib.local.server.databases.network_path import NetworkInterface
from constructs_lib.local.server.databases.postgres_endpoint import RefusedError

_NAME = b"AWS_LAMBDA_FUNCTION_NAME="
_LOCAL, _REMOTE, _INODE = 1, 2, 9  # Columns of Linux's table of connections.


def named_function(lambda_client: Any, name: str, *, role: str | None = None) -> NetworkInterface | None:
    """Tell where a function's network interface is; nothing, if there is no such function, or none with that role.

    Raises:
        RefusedError: When the function is in no VPC: nothing of what listens in one is reached from outside.
    """
    try:
        function = lambda_client.get_function_configuration(FunctionName=name)
    except ClientError:
        return None
    if role and not function["Role"].endswith(f"/{role}"):
        return None
    network = function.get("VpcConfig", {})
    if not network.get("SubnetIds"):
        raise RefusedError(f"the function {name} is in no VPC, and this is never reached from outside its VPC", "08001")
    return NetworkInterface(f"the function {name}", network["SecurityGroupIds"], network["SubnetIds"])


def connected_function(client: tuple[str, int], server: tuple[str, int]) -> str | None:
    """Name the function in whose process a connection begins: it runs on this machine, in this process's group."""
    inode = _inode(_written(client), _written(server))
    for process in _group() if inode else ():
        with suppress(OSError):  # Processes end.
            if any(str(file.readlink()) == f"socket:[{inode}]" for file in (process / "fd").iterdir()):
                variables = (process / "environ").read_bytes().split(b"\0")
                return next((value[len(_NAME) :].decode() for value in variables if value.startswith(_NAME)), None)
    return None


def _inode(client: str, server: str) -> str | None:
    with suppress(OSError):  # Only Linux has this.
        for line in Path("/proc/net/tcp").read_text().splitlines():
            columns = line.split()
            if (columns[_LOCAL], columns[_REMOTE]) == (client, server):
                return columns[_INODE]
    return None


def _written(address: tuple[str, int]) -> str:
    """Write an address as the table of connections does."""
    host, port = address
    return f"{unpack('=I', inet_aton(host))[0]:08X}:{port:04X}"


def _group() -> Iterator[Path]:
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if os.getpgid(int(process.name)) == os.getpgrp():
                yield process
