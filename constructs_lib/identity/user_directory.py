"""The people who may use a system, and the pages and clients through which they sign in."""

from collections.abc import Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from constructs_lib.checks.acknowledgment import acknowledge
from constructs_lib.identity.redirect_urls import require_redirect_urls
from constructs_lib.identity.sign_in_domain import own_domain_prefix, require_domain_prefix
from constructs_lib.identity.token_lifetimes import token_lifetimes
from constructs_lib.identity.user_groups import require_group_names


class UserDirectory(Construct):
    """People who sign in with email and password on pages that AWS hosts, and the groups they belong to.

    Only administrators add people unless ``self_sign_up`` is on. Passwords have 12 characters of all four kinds, a lost
    one comes back by email alone, and a changed address counts only once it is verified. Cognito itself sends at most
    50 emails a day.

    Costs: each monthly active user above the free tier of the feature plan.

    Attributes:
        pool: the user pool; give it to anything that takes a ``cognito.IUserPool``.
        domain: where people sign in; ``domain.base_url()`` is its address.
        groups: the groups by name, in the order of precedence they were given in.
        clients: the clients by construct id.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        groups: Sequence[str] = (),
        sign_in_domain_prefix: str | None = None,
        self_sign_up: bool = False,
        mfa: cognito.Mfa = cognito.Mfa.OPTIONAL,
        feature_plan: cognito.FeaturePlan = cognito.FeaturePlan.ESSENTIALS,
        deletion_protection: bool = True,
        removal_policy: RemovalPolicy = RemovalPolicy.RETAIN,
    ) -> None:
        """Make the pool, its groups and its sign-in pages.

        Args:
            scope: the construct that the directory belongs to.
            id: the construct id.
            groups: names of 1 to 128 visible characters (CreateGroup). A user's tokens list the user's groups in the
                claim ``cognito:groups``; the earlier a group is named here, the higher its precedence.
            sign_in_domain_prefix: the sign-in pages' address, ``PREFIX.auth.REGION.amazoncognito.com``: 1 to 63
                lower-case letters, digits and hyphens, unique in the region among all accounts. None derives one of its
                own from the stack's name, the construct's path and the account.
            self_sign_up: whether anyone may create an account.
            mfa: whether a second factor, a time-based one-time password from an authenticator app, is off, each user's
                choice, or required. The sign-in pages enrol users only where it is required; where it is optional,
                users enrol through a client with ``self_service``.
            feature_plan: ``LITE`` has the classic sign-in pages, ``ESSENTIALS`` the newer ones, ``PLUS`` also threat
                protection, which blocks risky sign-ins and leaked passwords. Each costs more than the one before.
            deletion_protection: whether Cognito refuses to delete the pool until this is switched off.
            removal_policy: what becomes of the pool, and every account in it, when it leaves the stack.

        Raises:
            InvalidArgument: a group's name that Cognito refuses or that comes twice, or a prefix it refuses.
        """
        require_group_names(groups)
        if sign_in_domain_prefix is not None:
            require_domain_prefix("sign_in_domain_prefix", sign_in_domain_prefix)
        super().__init__(scope, id)
        self.pool = self._pool(self_sign_up, mfa, feature_plan, deletion_protection, removal_policy)
        self._has_classic_pages = feature_plan == cognito.FeaturePlan.LITE
        self.domain = cognito.UserPoolDomain(
            self,
            "Domain",
            user_pool=self.pool,
            cognito_domain=cognito.CognitoDomainOptions(
                domain_prefix=sign_in_domain_prefix or own_domain_prefix(self),
            ),
            managed_login_version=cognito.ManagedLoginVersion.CLASSIC_HOSTED_UI
            if self._has_classic_pages
            else cognito.ManagedLoginVersion.NEWER_MANAGED_LOGIN,
        )
        pool_id = self.pool.user_pool_id
        self.groups = {
            name: cognito.CfnUserPoolGroup(
                self, f"Group{name}", user_pool_id=pool_id, group_name=name, precedence=precedence
            )
            for precedence, name in enumerate(groups)
        }
        self.clients: dict[str, cognito.UserPoolClient] = {}

    def add_web_client(
        self,
        id: str,
        *,
        callback_urls: Sequence[str],
        logout_urls: Sequence[str] = (),
        self_service: bool = False,
        access_token_validity: Duration | None = None,
        id_token_validity: Duration | None = None,
        refresh_token_validity: Duration | None = None,
    ) -> cognito.UserPoolClient:
        """Let a web or mobile app sign people in: the authorization code grant for a client that can keep no secret.

        The app sends a PKCE challenge with each sign-in: Cognito then gives the tokens only to who holds its verifier.
        There is no implicit grant, and no password passes through the app.

        Args:
            id: the construct id, and the client's key in ``clients``.
            callback_urls: where people come back after sign-in, 1 to 100 (Quotas in Amazon Cognito): https, an app's
                own scheme, or http to localhost or 127.0.0.1 for tests.
            logout_urls: where people may come back after sign-out, under the same rules.
            self_service: whether the access token also lets the app change the signed-in person's own profile, password
                and second factor (the scope ``aws.cognito.signin.user.admin``).
            access_token_validity: 5 minutes to 1 day; None is one hour.
            id_token_validity: 5 minutes to 1 day; None is one hour.
            refresh_token_validity: 60 minutes to 10 years, no less than the others; None is 12 hours, a working day.

        Returns:
            The client; an app needs its ``user_pool_client_id`` and ``domain.base_url()``.

        Raises:
            InvalidArgument: a URL that Cognito refuses, or a lifetime out of range (Quotas in Amazon Cognito).
        """
        lifetimes = token_lifetimes(access_token_validity, id_token_validity, refresh_token_validity)
        require_redirect_urls("callback_urls", callback_urls)
        if logout_urls:
            require_redirect_urls("logout_urls", logout_urls)
        client = cognito.UserPoolClient(
            self,
            id,
            user_pool=self.pool,
            generate_secret=False,
            # Naming one flow, even as absent, leaves the refresh of tokens as the only flow besides OAuth.
            auth_flows=cognito.AuthFlow(user_srp=False),
            o_auth=cognito.OAuthSettings(
                flows=cognito.OAuthFlows(authorization_code_grant=True),
                scopes=_scopes(self_service),
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
        if not self._has_classic_pages:
            # Without a style of its own a client's sign-in page only says that it is unavailable.
            cognito.CfnManagedLoginBranding(
                client,
                "Branding",
                user_pool_id=self.pool.user_pool_id,
                client_id=client.user_pool_client_id,
                use_cognito_provided_values=True,
            )
        self.clients[id] = client
        return client

    def _pool(
        self,
        self_sign_up: bool,
        mfa: cognito.Mfa,
        feature_plan: cognito.FeaturePlan,
        deletion_protection: bool,
        removal_policy: RemovalPolicy,
    ) -> cognito.UserPool:
        has_threat_protection = feature_plan == cognito.FeaturePlan.PLUS
        pool = cognito.UserPool(
            self,
            "Pool",
            sign_in_aliases=cognito.SignInAliases(email=True),
            sign_in_case_sensitive=False,
            self_sign_up_enabled=self_sign_up,
            standard_attributes=cognito.StandardAttributes(
                email=cognito.StandardAttribute(required=True, mutable=True)
            ),
            keep_original=cognito.KeepOriginalAttrs(email=True),
            account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
            password_policy=cognito.PasswordPolicy(
                min_length=12,
                require_lowercase=True,
                require_uppercase=True,
                require_digits=True,
                require_symbols=True,
            ),
            mfa=mfa,
            mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
            feature_plan=feature_plan,
            standard_threat_protection_mode=cognito.StandardThreatProtectionMode.FULL_FUNCTION
            if has_threat_protection
            else None,
            deletion_protection=deletion_protection,
            removal_policy=removal_policy,
        )
        if mfa != cognito.Mfa.REQUIRED:
            acknowledge(
                pool,
                "AwsSolutions-COG2",
                reason="Whether every user must carry a second factor is the owner's choice: mfa=Mfa.REQUIRED.",
            )
        if not has_threat_protection:
            acknowledge(
                pool,
                "AwsSolutions-COG8",
                reason="The Plus plan is billed for each active user: the owner's choice, "
                "feature_plan=FeaturePlan.PLUS.",
            )
        return pool


def _scopes(self_service: bool) -> list[cognito.OAuthScope]:
    """Name what a client's tokens tell about the person, and whether they let the person change it."""
    scopes = [cognito.OAuthScope.OPENID, cognito.OAuthScope.EMAIL, cognito.OAuthScope.PROFILE]
    return [*scopes, cognito.OAuthScope.COGNITO_ADMIN] if self_service else scopes
