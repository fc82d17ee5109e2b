"""An AWS on this machine, started and stopped from Python."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from constructs_lib.arguments import InvalidArgument
from constructs_lib.local.bootstrap import ADMINISTRATOR_ACCESS, bootstrap, bootstrap_template, is_bootstrapped
from constructs_lib.local.certificates import CertificateAuthority
from constructs_lib.local.child_process import end_group, run_group
from constructs_lib.local.clients import ROOT, aws_client
from constructs_lib.local.environment import (
    LOOPBACK,
    Connection,
    command_environment,
    server_environment,
    write_trust_bundle,
)
from constructs_lib.local.errors import LocalAwsError as LocalAwsError
from constructs_lib.local.fault import FOLDER, Fault
from constructs_lib.local.folder import LOG, prepare_folder

_ADMINISTRATOR = "administrator"
_LAST_PORT = 65_535


class LocalAws:
    """A whole AWS on this machine, with IAM enforced, for as long as a ``with`` block lasts.

    ::

        with LocalAws() as aws:
            aws.bootstrap()
            aws.run(["npx", "cdk", "deploy", "--all", "--require-approval", "never"])
            aws.client("dynamodb").list_tables()

    It listens on loopback addresses only, keeps everything in one folder, and ends with the process that started it,
    however that one ends. Any number may run side by side. Databases need Linux, where each has an address of its own.

    Args:
        port: The port to listen on. Default: a free one.
        folder: Where log, certificates and data go, and stay: a new or empty one, or that of an earlier local AWS.
            Default: a temporary folder, removed by `stop`.
        region: The region that commands and clients use unless told otherwise.

    Raises:
        InvalidArgument: When the port or the region cannot be one.
        LocalAwsError: From `start`, when the port is taken, the folder is not for it, or the emulator does not come up.
    """

    account = "000000000000"

    def __init__(self, *, port: int = 0, folder: Path | str | None = None, region: str = "us-east-1") -> None:
        if not 0 <= port <= _LAST_PORT:
            raise InvalidArgument("port", f"be 0 to {_LAST_PORT}", port, "a TCP port; 0 is any free one")
        if not re.fullmatch(r"[a-z]{2}(-[a-z]+)+-\d+", region):
            raise InvalidArgument("region", "be the code of a region", region, "AWS Regions")
        self.region = region
        self.endpoint_url = ""
        self.environment: dict[str, str] = {}
        self.folder = Path(folder).absolute() if folder else None
        self._port = port
        self._temporary = folder is None
        self._server: subprocess.Popen[bytes] | None = None
        self._clients: dict[tuple[str, str], Any] = {}

    @property
    def host_resolver_rules(self) -> str:
        """What has a Chromium find APIs and sign-in pages here under their names on AWS: ``--host-resolver-rules``.

        It must also take this certificate for theirs (``--ignore-certificate-errors``), so let it be a browser that is
        used for nothing else.
        """
        here = self.endpoint_url.removeprefix("https://")
        return f"MAP *.amazonaws.com {here},MAP *.amazoncognito.com {here}"

    @property
    def log_path(self) -> Path:
        """Where the emulator, the databases and the functions write what they have to say."""
        if self.folder is None:
            raise LocalAwsError("the local AWS is not running, and its folder was a temporary one")
        return self.folder / LOG

    def start(self) -> Self:
        """Start it, and return when it answers: after about a second."""
        with self._listen() as listener:
            try:
                self._launch(listener)
                self._become_administrator()
            except LocalAwsError:
                self._end_server(signal.SIGKILL)  # Its folder stays: the log in it says why.
                raise
            except BaseException:
                self.stop()
                raise
        return self

    def stop(self) -> None:
        """Stop it, with every database and function that it started, and remove its folder if it is a temporary one."""
        self._end_server(signal.SIGTERM)
        self._clients.clear()
        if self._temporary and self.folder:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None

    def wait(self) -> None:
        """Wait for an interrupt; raise `LocalAwsError` if the local AWS ends before one."""
        if self._server:
            self._server.wait()
            raise LocalAwsError(f"the local AWS ended by itself; its log says why: {self.log_path}")

    def client(self, service: str, region: str | None = None) -> Any:
        """Give an administrator's boto3 client for a service, in the region of this AWS or in another."""
        key = (service, region or self.region)
        if key not in self._clients:
            self._clients[key] = aws_client(service, self.environment, region)
        return self._clients[key]

    def bootstrap(self, *regions: str) -> None:
        """Do what `cdk bootstrap` does, in the regions named (default: its own); nothing where it was done before."""
        clients = [self.client("cloudformation", region) for region in regions or (self.region,)]
        if missing := [client for client in clients if not is_bootstrapped(client)]:
            template = bootstrap_template(self.environment)
            for client in missing:
                bootstrap(client, template)

    def local_url(self, url: str) -> str:
        """Give the local form of a URL that AWS would serve under a host name of its own.

        That of an API (``https://ID.execute-api.REGION.amazonaws.com/STAGE/PATH``) is a path below the endpoint here,
        and that of a sign-in page (``https://PREFIX.auth.REGION.amazoncognito.com/PATH``) is the endpoint itself.
        """
        place = re.fullmatch(r"https://(\w[\w-]*)\.(execute-api|auth)\.[\w-]+\.\w+\.com(/.*)?", url)
        if place is None:
            raise ValueError(f"url must be that of an API's stage or of a sign-in page on AWS, got {url!r}")
        name, kind, path = place.groups(default="")
        return self.endpoint_url + (f"/_aws/execute-api/{name}{path}" if kind == "execute-api" else path)

    @contextmanager
    def fault(
        self, action: str, *, error: str | None = "ThrottlingException", is_done: bool = False
    ) -> Iterator[Fault]:
        """Let the calls of an action fail until the block ends, those of functions and state machines too.

        ::

            with aws.fault("states:SendTaskSuccess") as fault:
                decide()
                wait_until(lambda: fault.hits > 2)

        Args:
            action: The action as IAM names it, or ``dynamodb:TransactWriteItems`` and its like.
            error: The code that is answered, with the status 500 if it begins with ``Internal`` or
                ``ServiceUnavailable``, else 400. None answers nothing for as long as the block lasts.
            is_done: Do what is asked all the same, and lose the answer.
        """
        if self.folder is None:
            raise LocalAwsError("the local AWS is not running: nothing can go wrong with it")
        file = self.folder / FOLDER / f"{uuid.uuid4()}.json"
        fault = Fault(action=action, error=error, is_done=is_done, file=file)
        fault.begin()
        try:
            yield fault
        finally:
            fault.end()

    def run(
        self,
        command: Sequence[str],
        *,
        cwd: Path | str | None = None,
        capture: bool = False,
        log: Path | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Run a command that sees this AWS and no other; an interrupt ends all that it started.

        Args:
            command: The program and its arguments.
            cwd: Where it runs. Default: here.
            capture: Whether to give back what it printed, both streams as one, instead of showing it.
            log: A file to write that to instead, while it runs.
        """
        return run_group(command, env=self.environment, cwd=cwd, capture=capture, log=log)

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _listen(self) -> socket.socket:
        """Open the port before anything else: nobody can take it meanwhile, and a busy one is known at once."""
        listener = socket.socket()
        try:
            listener.bind((LOOPBACK, self._port))
        except OSError as error:
            listener.close()
            raise LocalAwsError(f"the local AWS cannot listen on {LOOPBACK}:{self._port}: {error.strerror}") from error
        listener.listen()
        return listener

    def _launch(self, listener: socket.socket) -> None:
        folder = self.folder = prepare_folder(self.folder)
        authority = CertificateAuthority(folder / "certificates")
        connection = Connection(self._url(listener), authority.folder / "trusted.pem", self.region, self.account)
        write_trust_bundle(connection.trust_bundle, authority.certificate_path, os.environ)
        self.endpoint_url = connection.endpoint_url
        self.environment = command_environment(os.environ, connection)
        certificate, key = authority.issue(LOOPBACK)
        arguments = [str(folder), str(listener.fileno())] + ["--temporary"] * self._temporary
        with self.log_path.open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "constructs_lib.local.server", *arguments],
                env=server_environment(os.environ, connection, folder=folder, certificate=certificate, key=key),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[listener.fileno()],
                start_new_session=True,
            )
        listener.close()  # From here on only the server has it open: if that dies, a client is refused at once.

    def _url(self, listener: socket.socket) -> str:
        return f"https://{LOOPBACK}:{listener.getsockname()[1]}"

    def _become_administrator(self) -> None:
        """Make a user who may do everything: the account's root is above IAM, and would hide what IAM refuses."""
        iam = aws_client("iam", self.environment | ROOT)
        try:
            iam.create_user(UserName=_ADMINISTRATOR)
            iam.attach_user_policy(UserName=_ADMINISTRATOR, PolicyArn=ADMINISTRATOR_ACCESS)
            key = iam.create_access_key(UserName=_ADMINISTRATOR)["AccessKey"]
        except (BotoCoreError, ClientError) as error:
            raise LocalAwsError(self._why_not_started(error)) from error
        self.environment |= {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def _why_not_started(self, error: Exception) -> str:
        """Say what the server's own last words were, if it died, or what went wrong on the way to it."""
        with suppress(subprocess.TimeoutExpired):
            if self._server:
                self._server.wait(1)
                error = Exception(self.log_path.read_text(errors="replace").strip().rpartition("\n")[2])
        return f"the local AWS did not start: {error} (log: {self.log_path})"

    def _end_server(self, how: signal.Signals) -> None:
        if self._server is None:
            return
        self._server.send_signal(how)
        end_group(self._server)
        if self._server.stdin:
            self._server.stdin.close()
        self._server = None
