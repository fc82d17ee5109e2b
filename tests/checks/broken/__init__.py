"""An app in which each rule is broken, by hand, with CDK's own constructs."""

from pathlib import Path

from aws_cdk import App, Environment

from tests.checks.broken.api import Apis
from tests.checks.broken.edge import Edge
from tests.checks.broken.functions import Functions
from tests.checks.broken.identity import Identity
from tests.checks.broken.items import Items
from tests.checks.broken.relational import Relational
from tests.checks.broken.workflows import Workflows


def broken_app(folder: Path) -> App:
    """Make the app, to be synthesized into a folder."""
    app = App(outdir=str(folder / "out"), analytics_reporting=False)
    here = Environment(account="111122223333", region="eu-west-1")
    Functions(app, "Functions", package=folder / "package", env=here)
    for stack in (Relational, Items, Apis, Workflows, Identity, Edge):
        stack(app, stack.__name__, env=here)
    return app
