"""What goes wrong with the local AWS, each in one sentence that says what and why, and what to do."""


class LocalAwsError(RuntimeError):
    """The local AWS could not do what was asked."""


class MissingExtraError(ModuleNotFoundError, LocalAwsError):
    """Packages of the extra ``local`` are not installed."""


class CdkCliError(LocalAwsError):
    """There is no CDK CLI, or one that cannot read what the installed aws-cdk-lib writes."""
