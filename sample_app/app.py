"""The purchase-request desk, in the stacks that a team would have: what changes together stands together."""

from aws_cdk import App, Duration, Environment

from constructs_lib.checks import add_checks
from sample_app.api import ApiStack
from sample_app.approval import ApprovalStack
from sample_app.data import DataStack
from sample_app.domain import api_domain
from sample_app.identity import IdentityStack


def purchase_desk() -> App:
    """Make the app, as the context in ``cdk.json`` or of ``cdk deploy -c`` says.

    - ``approvalTimeoutSeconds``: how long managers have to decide; three days unless given.
    - ``keepData``: ``no`` deletes the requests and the ledger with their stack; they are kept unless given.
    - ``domain``: the API's own name, see `sample_app.domain`; the API keeps the name that AWS gives it unless given.
    """
    app = App()
    domain = app.node.try_get_context("domain") or {}
    env = Environment(account=domain["account"], region=domain["region"]) if domain else None
    timeout = Duration.seconds(int(app.node.try_get_context("approvalTimeoutSeconds") or 3 * 24 * 3600))

    identity = IdentityStack(app, "DeskIdentity", env=env)
    data = DataStack(app, "DeskData", keep=app.node.try_get_context("keepData") != "no", env=env)
    approval = ApprovalStack(
        app,
        "DeskApproval",
        users=identity.users,
        vpc=data.vpc,
        requests=data.requests,
        ledger=data.ledger,
        timeout=timeout,
        env=env,
    )
    ApiStack(
        app,
        "DeskApi",
        users=identity.users,
        vpc=data.vpc,
        requests=data.requests,
        cache=data.cache,
        workflow=approval.workflow,
        domain=api_domain(app, domain) if domain else None,
        env=env,
    )
    add_checks(app)
    return app
