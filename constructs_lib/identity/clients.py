"""The clients of a user pool: apps in which people sign in, and machines that act on their own."""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from constructs_lib.identity.token_lifetimes import TokenLifetimes


def web_client(
    scope: Construct,
    id: str,
    *,
    pool: cognito.IUserPool,
    callback_urls: Sequence[str],
    logout_urls: Sequence[str],
    scopes: Sequence[str],
    self_service: bool,
    passkeys: bool,
    lifetimes: TokenLifetimes,
) -> cognito.UserPoolClient:
    """Make a client that can keep no secret: the authorization code grant, and nothing else."""
    return cognito.UserPoolClient(
        scope,
        id,
        user_pool=pool,
        generate_secret=False,
        # Naming one flow, even as absent, leaves the refresh of tokens as the only flow besides OAuth. The sign-in page
        # offers the choice of a passkey to clients that may choose.
        auth_flows=cognito.AuthFlow(user_srp=False, user=passkeys),
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(authorization_code_grant=True),
            scopes=_of_people(scopes, self_service),
            callback_urls=list(callback_urls),
            logout_urls=list(logout_urls) or None,
        ),
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        access_token_validity=lifetimes.access,
        id_token_validity=lifetimes.identity,
        refresh_token_validity=lifetimes.refresh,
    )


def machine_client(
    scope: Construct, id: str, *, pool: cognito.IUserPool, scopes: Sequence[str], access_token_validity: Duration
) -> cognito.UserPoolClient:
    """Make a client that has a secret of Cognito's: the client credentials grant, and nothing else."""
    return cognito.UserPoolClient(
        scope,
        id,
        user_pool=pool,
        generate_secret=True,
        auth_flows=cognito.AuthFlow(user_srp=False),
        o_auth=cognito.OAuthSettings(
            flows=cognito.OAuthFlows(client_credentials=True),
            scopes=[cognito.OAuthScope.custom(name) for name in scopes],
        ),
        supported_identity_providers=[cognito.UserPoolClientIdentityProvider.COGNITO],
        prevent_user_existence_errors=True,
        enable_token_revocation=True,
        access_token_validity=access_token_validity,
    )


def managed_login_style(client: cognito.UserPoolClient, pool: cognito.IUserPool) -> None:
    """Give a client's sign-in page the usual looks; without a style it only says that it is unavailable."""
    cognito.CfnManagedLoginBranding(
        client,
        "Branding",
        user_pool_id=pool.user_pool_id,
        client_id=client.user_pool_client_id,
        use_cognito_provided_values=True,
    )


def _of_people(scopes: Sequence[str], self_service: bool) -> list[cognito.OAuthScope]:
    """Name what a client's tokens tell about the person, whether they let the person change it, and what they open."""
    known = [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE]
    own = [cognito.OAuthScope.custom(name) for name in scopes]
    return [*known, *([cognito.OAuthScope.COGNITO_ADMIN] if self_service else []), *own]
