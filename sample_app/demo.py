"""``make demo``: the whole way, from the source to the story, on an AWS on this machine."""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from constructs_lib.local import LocalAws
from constructs_lib.local.cdk_cli import find_cdk_cli
from sample_app.deployment import ROOT, CommandError, Deployment
from sample_app.narrator import Narrator
from sample_app.people import Desk
from sample_app.story import tell

APPROVAL_TIMEOUT = 20  # seconds: long enough to decide twice, short enough to wait for the third


def main() -> int:
    """Run the demo and return the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    parser.add_argument("--keep", action="store_true", help="leave it up until Ctrl-C (make demo KEEP=1)")
    keep = parser.parse_args().keep
    folder = Path(tempfile.mkdtemp(prefix="purchase-desk-"))
    folder.chmod(0o711)  # PostgreSQL, which runs as another user where this is root, must find its own folder in it
    narrator = Narrator()
    try:
        run(folder, narrator, keep=keep)
    except KeyboardInterrupt:
        narrator.failed("stopped by Ctrl-C; nothing is left running")
        return 130
    except Exception as failure:
        with (folder / "failure.log").open("w") as file:
            traceback.print_exc(file=file)
        narrator.failed(f"{failure}\n  everything that was logged: {folder}")
        return 1
    shutil.rmtree(folder)
    return 0


def run(folder: Path, narrator: Narrator, *, keep: bool) -> None:
    """Take each step, and stop at the first that fails."""
    with narrator.step("synthesize the app for AWS, with all its checks"):
        narrator.note(synthesize(folder))
    aws = LocalAws(folder=folder / "aws")
    try:
        with narrator.step("start AWS on this machine, with IAM enforced"):
            aws.start().bootstrap()
            narrator.note(f"{aws.endpoint_url}, log: {aws.log_path}")
        deployment = Deployment(aws, folder)
        with narrator.step("deploy all stacks with the CDK CLI") as watch:
            desk = deployment.deploy(approval_timeout=APPROVAL_TIMEOUT, watch=watch)
        with narrator.step("hire an employee and a manager, who sign in on the managed page"):
            employee, password = deployment.hire(desk, "erin@example.com")
            manager, manager_password = deployment.hire(desk, "max@example.com", manager=True)
            narrator.note(f"{employee.email} and {manager.email} have their tokens")
        with narrator.step("live the story of three requests"):
            ending = tell(desk, employee, manager, narrator.say)
            ending.check()
            narrator.say("the ledger in PostgreSQL holds", "SELECT … FROM ledger", deployment.ledger())
            changes = deployment.archived(ending.approved["request_id"])
            narrator.say("the archive in S3 holds what became of the desks", "GetObject changes/…", changes)
        if keep:
            with narrator.step("stay up until Ctrl-C"), suppress(KeyboardInterrupt):
                leave_up(aws, desk, {employee.email: password, manager.email: manager_password}, narrator)
        with narrator.step("destroy all stacks, and stop AWS") as watch:
            deployment.destroy(watch)
            aws.stop()
    finally:
        aws.stop()


def synthesize(folder: Path) -> str:
    """Synthesize as for a deployment to AWS, with CDK's own validation on, and sum up what the checks said."""
    assembly = folder / "for-aws"
    log = folder / "cdk-synth.log"
    command = [*find_cdk_cli(ROOT).command, "synth", "--quiet", f"--output={assembly}"]
    with log.open("w") as output:
        done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        raise CommandError(f"cdk synth failed with code {done.returncode}; its log is {log}")
    templates = [json.loads(path.read_text()) for path in assembly.glob("*.template.json")]
    report = json.loads((assembly / "validation-report.json").read_text())
    findings: Counter[str] = Counter()
    for plugin in report["pluginReports"]:
        findings.update(each["severity"] for each in plugin["violations"])
        findings["acknowledged"] += len(plugin["suppressedViolations"])
    resources = sum(len(template.get("Resources", {})) for template in templates)
    return f"{len(templates)} stacks, {resources} resources; findings: " + (
        ", ".join(f"{number} {kind}" for kind, number in findings.items()) or "none"
    )


def leave_up(aws: LocalAws, desk: Desk, passwords: dict[str, str], narrator: Narrator) -> NoReturn:
    """Say where everything is, and wait for Ctrl-C."""
    narrator.note(f"the API        {desk.api_url}")
    narrator.note(f"the desk       {desk.desk_url}")
    narrator.note(f"trust          {desk.page.trusted}")
    for email, password in passwords.items():
        narrator.note(f"sign in as     {email}  {password}")
    narrator.note(f"sign in at     {desk.page.url}")
    narrator.note(f"managers' page {desk.page_url}")
    rules = f"--host-resolver-rules={shlex.quote(aws.host_resolver_rules)}"
    narrator.note(f"open it with   chromium --user-data-dir=$(mktemp -d) --ignore-certificate-errors {rules}")
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    sys.exit(main())
