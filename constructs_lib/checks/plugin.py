"""The checks as CDK knows them: validation plugins that an app carries."""

from collections.abc import Sequence

from aws_cdk import App, Validations
from cdk_nag import AwsSolutionsChecks, NagPack, ServerlessChecks


def add_checks(app: App, *, nag: Sequence[type[NagPack]] = (AwsSolutionsChecks, ServerlessChecks)) -> None:
    """Judge an app each time it is synthesized; an error fails the synth.

    Findings, and what was acknowledged with which reason, are written to ``validation-report.json`` beside the
    templates. CDK's own CloudFormation validation is part of every synth already; set the context value
    ``@aws-cdk/core:validateAgainstDefaultRules`` to true in ``cdk.json`` to make its findings errors too.

    Args:
        app: the app; everything in it is judged.
        nag: the cdk-nag packs to run.
    """
    Validations.of(app).add_plugins(*(pack(app) for pack in nag))
