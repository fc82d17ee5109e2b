"""The purchase-request desk, in the stacks that a team would have: what changes together stands together."""

from aws_cdk import App

from constructs_lib.checks import add_checks
from sample_app.api import ApiStack
from sample_app.approval import ApprovalStack
from sample_app.archive import ArchiveStack
from sample_app.data import DataStack
from sample_app.identity import IdentityStack
from sample_app.operations import OperationsStack
from sample_app.settings import Settings


def purchase_desk(app: App | None = None) -> App:
    """Make the app; `Settings` says what its context may hold."""
    # CDK's analytics would write this machine's Python into each template.
    app = app or App(analytics_reporting=False)
    settings = Settings.of(app)
    alarms = OperationsStack(app, "DeskOperations", email=settings.alarm_email, env=settings.env).alarms
    identity = IdentityStack(app, "DeskIdentity", env=settings.env)
    data = DataStack(app, "DeskData", keep=settings.keep_data, alarm_topic=alarms, env=settings.env)
    ArchiveStack(app, "DeskArchive", changes=data.changes.stream, alarm_topic=alarms, env=settings.env)
    approval = ApprovalStack(
        app,
        "DeskApproval",
        users=identity.users,
        vpc=data.vpc,
        requests=data.requests,
        ledger=data.ledger,
        timeout=settings.approval_timeout,
        alarm_topic=alarms,
        env=settings.env,
    )
    ApiStack(
        app,
        "DeskApi",
        users=identity.users,
        vpc=data.vpc,
        requests=data.requests,
        cache=data.cache,
        workflow=approval.workflow,
        alarm_topic=alarms,
        domain=settings.domain,
        logs=settings.api_logs,
        firewall=settings.firewall,
        env=settings.env,
    )
    add_checks(app)
    return app
