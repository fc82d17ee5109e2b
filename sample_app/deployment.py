"""The desk on the local AWS: deployed with the real CDK CLI, and its people hired."""

import gzip
import json
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import find_cdk_cli
from sample_app.groups import MANAGERS
from sample_app.people import Desk, Person
from sample_app.sign_in import SignInPage

ROOT = Path(__file__).parents[1]
CALLBACK_URL = "http://localhost:8000/signed-in"


class CommandError(RuntimeError):
    """A command of the CDK CLI's failed; the sentence says which, and where its log is."""


class Deployment:
    """The desk as it stands on one local AWS."""

    def __init__(self, aws: LocalAws, folder: Path) -> None:
        """Prepare to deploy to ``aws``; logs and the synthesized app go into ``folder``."""
        self.aws = aws
        self.folder = folder
        self._assembly = folder / "cdk.out"
        self._outputs: dict[str, dict[str, str]] = {}
        self._cli = find_cdk_cli(ROOT).command
        # CDK's own validation is most of a synth's time; `make synth` and the demo's first step have it on.
        aws.environment["CDK_VALIDATION"] = "false"

    def deploy(self, *, approval_timeout: int, watch: Callable[[Path], None] = lambda _: None) -> Desk:
        """Deploy all stacks and return where the desk answers.

        Args:
            approval_timeout: how many seconds managers have to decide.
            watch: is called with the log's path before the command starts.

        Raises:
            CommandError: the CLI reported a failure.
        """
        outputs = self.folder / "outputs.json"
        self._cdk(
            "deploy",
            "--all",
            "--require-approval=never",
            "--method=direct",
            "--concurrency=4",
            "--progress=events",
            f"--output={self._assembly}",
            f"--outputs-file={outputs}",
            f"--context=approvalTimeoutSeconds={approval_timeout}",
            "--context=keepData=no",
            watch=watch,
        )
        self._outputs = json.loads(outputs.read_text(encoding="utf-8"))
        return self._desk()

    def destroy(self, watch: Callable[[Path], None] = lambda _: None) -> None:
        """Destroy all stacks; the users and the approvals stay, until the local AWS itself ends.

        Raises:
            CommandError: the CLI reported a failure.
        """
        self._cdk("destroy", "--all", "--force", "--progress=events", f"--app={self._assembly}", watch=watch)

    def hire(self, desk: Desk, email: str, *, manager: bool = False) -> tuple[Person, str]:
        """Give somebody an account, and sign them in; the password is returned with them."""
        password = f"Aa1!{secrets.token_urlsafe(16)}"
        cognito = self.aws.client("cognito-idp")
        pool = {"UserPoolId": desk.user_pool_id}
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        cognito.admin_create_user(**pool, Username=email, UserAttributes=attributes, MessageAction="SUPPRESS")
        cognito.admin_set_user_password(**pool, Username=email, Password=password, Permanent=True)
        if manager:
            cognito.admin_add_user_to_group(**pool, Username=email, GroupName=MANAGERS)
        return desk.sign_in(email, password), password

    def ledger(self, sql: str = "SELECT summary, amount::text, approved_by FROM ledger") -> list[list[Any]]:
        """Ask the ledger's database itself, as its administrator, over the Data API; by default what was written."""
        (cluster,) = self.aws.client("rds").describe_db_clusters()["DBClusters"]
        answer = self.aws.client("rds-data").execute_statement(
            resourceArn=cluster["DBClusterArn"],
            secretArn=cluster["MasterUserSecret"]["SecretArn"],
            database="ledger",
            sql=sql,
        )
        return [[next(iter(field.values())) for field in row] for row in answer["records"]]

    def archived(self, request_id: str) -> list[str]:
        """Read in the archive what a request's status was after each of its changes, the oldest first.

        The local AWS writes a file for each change at once; on AWS, they are gathered for five minutes.
        """
        bucket = self._outputs["DeskArchive"]["ArchiveBucket"]
        s3 = self.aws.client("s3")
        files = [each["Key"] for each in s3.list_objects_v2(Bucket=bucket, Prefix="changes/").get("Contents", [])]
        texts = [gzip.decompress(s3.get_object(Bucket=bucket, Key=file)["Body"].read()) for file in files]
        changes = [json.loads(line)["dynamodb"] for text in texts for line in text.splitlines()]
        changes = [change for change in changes if change["Keys"]["request_id"]["S"] == request_id]
        changes.sort(key=lambda change: change["ApproximateCreationDateTime"])
        return [change["NewImage"]["status"]["S"] for change in changes]

    def _desk(self) -> Desk:
        outputs = self._outputs
        identity = outputs["DeskIdentity"]
        return Desk(
            api_url=self.aws.local_url(outputs["DeskApi"]["ApiUrl"]),
            desk_url=self.aws.local_url(outputs["DeskApproval"]["DeskUrl"]),
            page=SignInPage(
                address=self.aws.endpoint_url,
                client_id=identity["WebClientId"],
                callback_url=CALLBACK_URL,
                trusted=self.aws.environment["AWS_CA_BUNDLE"],
            ),
            user_pool_id=identity["UserPoolId"],
            page_url=outputs["DeskApproval"]["PageUrl"],
        )

    def _cdk(self, action: str, *arguments: str, watch: Callable[[Path], None]) -> None:
        log = self.folder / f"cdk-{action}.log"
        log.touch()
        watch(log)
        done = self.aws.run([*self._cli, action, *arguments], cwd=ROOT, log=log)
        if done.returncode:
            raise CommandError(f"cdk {action} failed with code {done.returncode}; its log is {log}")
