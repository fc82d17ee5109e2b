"""The password of a database user, where the proxy logs in by one."""

from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs

_LENGTH = 40


def user_password(scope: Construct, user: str, *, encryption_key: kms.IKey | None) -> secretsmanager.Secret:
    """Have Secrets Manager make a password that RDS Proxy and the database alone get to know."""
    secret = secretsmanager.Secret(
        scope,
        f"{user}Password",
        description="Lets RDS Proxy log in to the database; functions log in to the proxy by IAM",
        generate_secret_string=secretsmanager.SecretStringGenerator(
            secret_string_template=f'{{"username": "{user}"}}',
            generate_string_key="password",
            password_length=_LENGTH,
            exclude_punctuation=True,
        ),
        encryption_key=encryption_key,
    )
    acknowledge(
        secret,
        "AwsSolutions-SMG4",
        *in_compliance_packs("SecretsManagerRotationEnabled"),
        reason="Forty random characters that RDS Proxy and the database alone keep; only the proxy logs in with them.",
    )
    return secret
