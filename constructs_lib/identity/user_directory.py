"""The people who may use a system, and the pages and clients through which they sign in."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from constructs_lib.arguments import require, require_kind, require_within
from constructs_lib.identity.clients import machine_client, managed_login_style, web_client
from constructs_lib.identity.identities import Identities
from constructs_lib.identity.redirect_urls import require_redirect_urls
from constructs_lib.identity.scopes import Scopes, require_known_scopes, require_scopes, resource_server
from constructs_lib.identity.sign_in_domain import own_domain_prefix, require_domain_prefix, require_sign_in_url
from constructs_lib.identity.token_lifetimes import require_lifetime, token_lifetimes
from constructs_lib.identity.user_groups import require_group_names
from constructs_lib.identity.user_pool import PoolSettings, new_user_pool, require_in_plan, require_left_out
from constructs_lib.quotas import COGNITO_CLIENT_SCOPES


class UserDirectory(Construct):
    """People who sign in with email and password on pages that AWS hosts, and the groups they belong to.

    Only administrators add people unless ``self_sign_up`` is on. Passwords have 12 characters of all four kinds, a lost
    one comes back by email alone, and a changed address counts only once it is verified. Cognito itself sends at most
    50 emails a day.

    Costs: each monthly active user above the free tier of the feature plan; each machine client and each token that it
    asks for.

    Attributes:
        pool: the user pool; give it to anything that takes a ``cognito.IUserPool``.
        groups: the groups by name, in the order of precedence they were given in.
        resource_servers: the APIs that have scopes of their own, by name.
        scopes: all scopes of theirs, written as tokens and routes have them: ``requests/read``.
        sign_in_url: the address of the sign-in pages, ``https://PREFIX.auth.REGION.amazoncognito.com``; None where the
            pool came with pages of its own, and nobody said where they are.
        clients: the clients by construct id, but those that were given a scope of their own.
        identities: what `add_identities` made, or None.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        groups: Sequence[str] = (),
        sign_in_domain_prefix: str | None = None,
        self_sign_up: bool = False,
        scopes: Scopes | None = None,
        mfa: cognito.Mfa = cognito.Mfa.OPTIONAL,
        passkeys: bool = False,
        feature_plan: cognito.FeaturePlan = cognito.FeaturePlan.ESSENTIALS,
        threat_protection: cognito.StandardThreatProtectionMode | None = None,
        pool: cognito.IUserPool | None = None,
        sign_in_url: str | None = None,
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
            scopes: what clients may be allowed to do in an API, by the API's name, with a word on what each is for:
                ``{"requests": {"read": "Read requests"}}``. At most 25 APIs with 100 scopes each (Quotas in Amazon
                Cognito).
            mfa: whether a second factor, a time-based one-time password from an authenticator app, is off, each user's
                choice, or required. The sign-in pages enrol users only where it is required; where it is optional,
                users enrol through a client with ``self_service``.
            passkeys: whether people may sign in with a passkey instead of a password; the device asks for its owner's
                face, finger or code, so a passkey counts as two factors. The sign-in pages offer it. Not in ``LITE``.
            feature_plan: ``LITE`` has the classic sign-in pages, ``ESSENTIALS`` the newer ones, ``PLUS`` also threat
                protection, which blocks risky sign-ins and leaked passwords. Each costs more than the one before.
            threat_protection: whether ``PLUS`` blocks (``FULL_FUNCTION``) or only notes (``AUDIT_ONLY``) what it takes
                for a threat. None is to block where the plan can.
            pool: a user pool that exists; what is said of a new one is then refused, but ``feature_plan`` must be its
                own. Its sign-in pages stay as they are unless ``sign_in_domain_prefix`` gives it new ones.
            sign_in_url: where the pages of such a pool are, for what leads people there: https, without a slash at its
                end, as in ``https://sign-in.example.com``.
            deletion_protection: whether Cognito refuses to delete the pool until this is switched off.
            removal_policy: what becomes of the pool, and every account in it, when it leaves the stack.

        Raises:
            InvalidArgument: a group's name that Cognito refuses or that comes twice, groups in no order, a prefix or a
                scope it refuses, passkeys in ``LITE``, threat protection in another plan than ``PLUS`` (User pool
                feature plans), a switch that is none, a setting of a new pool beside ``pool``, or an address of pages
                that the directory makes, or that is none.
        """
        settings = PoolSettings(
            self_sign_up=self_sign_up,
            mfa=mfa,
            passkeys=passkeys,
            threat_protection=threat_protection,
            deletion_protection=deletion_protection,
            removal_policy=removal_policy,
        )
        require_group_names(groups)
        require_scopes(scopes or {})
        require_in_plan(settings, feature_plan)
        if pool is not None:
            require_left_out(settings)
        if sign_in_domain_prefix is not None:
            require_domain_prefix("sign_in_domain_prefix", sign_in_domain_prefix)
        has_pages = pool is not None and sign_in_domain_prefix is None
        if sign_in_url is not None:
            require_sign_in_url("sign_in_url", sign_in_url, has_pages=has_pages)
        super().__init__(scope, id)
        self.pool = pool or new_user_pool(self, settings, feature_plan)
        self._passkeys = passkeys
        self._has_classic_pages = feature_plan == cognito.FeaturePlan.LITE
        self._domain = None if has_pages else self._sign_in_pages(sign_in_domain_prefix or own_domain_prefix(self))
        self.sign_in_url = self._domain.base_url() if self._domain else sign_in_url
        pool_id = self.pool.user_pool_id
        self.groups = {
            name: cognito.CfnUserPoolGroup(
                self, f"Group{name}", user_pool_id=pool_id, group_name=name, precedence=precedence
            )
            for precedence, name in enumerate(groups)
        }
        self.resource_servers = {api: resource_server(self, self.pool, api, own) for api, own in (scopes or {}).items()}
        self.scopes = [f"{api}/{name}" for api, own in (scopes or {}).items() for name in own]
        self.clients: dict[str, cognito.UserPoolClient] = {}
        self._web_clients: list[cognito.UserPoolClient] = []
        self.identities: Identities | None = None

    @property
    def domain(self) -> cognito.UserPoolDomain:
        """What was made for people to sign in; ``sign_in_url`` is its address.

        Raises:
            AttributeError: the pool came with sign-in pages of its own, which the directory does not know.
        """
        if self._domain is None:
            raise AttributeError(f"{self.node.path} has the sign-in pages of its pool: the directory made none")
        return self._domain

    def add_web_client(
        self,
        id: str,
        *,
        callback_urls: Sequence[str],
        logout_urls: Sequence[str] = (),
        scopes: Sequence[str] = (),
        self_service: bool = False,
        access_token_validity: Duration | None = None,
        id_token_validity: Duration | None = None,
        refresh_token_validity: Duration | None = None,
        scope: Construct | None = None,
    ) -> cognito.UserPoolClient:
        """Let a web or mobile app sign people in: the authorization code grant for a client that can keep no secret.

        The app sends a PKCE challenge with each sign-in: Cognito then gives the tokens only to who holds its verifier.
        There is no implicit grant, and no password passes through the app. (With ``passkeys`` the client may use the
        API of choice-based sign-in, by which an app that wants to could pass a password on.)

        Args:
            id: the construct id, and the client's key in ``clients``.
            callback_urls: where people come back after sign-in, 1 to 100 (Quotas in Amazon Cognito): https, an app's
                own scheme, or http to localhost or 127.0.0.1 for tests.
            logout_urls: where people may come back after sign-out, under the same rules.
            scopes: those of the directory's that people's access tokens may have, such as ``["requests/read"]``; a
                sign-in asks for them by name.
            self_service: whether the access token also lets the app change the signed-in person's own profile, password
                and second factor (the scope ``aws.cognito.signin.user.admin``).
            access_token_validity: 5 minutes to 1 day; None is one hour.
            id_token_validity: 5 minutes to 1 day; None is one hour.
            refresh_token_validity: 60 minutes to 10 years, no less than the others; None is 12 hours, a working day.
            scope: the construct that the client belongs to, where a URL is of a stack that is deployed after the
                directory's: in the directory, the client would have the two stacks wait for each other. For the same
                reason who signs in through it gets no credentials of `add_identities`. None is the directory.

        Returns:
            The client; an app needs its ``user_pool_client_id`` and the directory's ``sign_in_url``.

        Raises:
            InvalidArgument: a URL that Cognito refuses or that has a wildcard, a scope that the directory has not, a
                lifetime out of range (Quotas in Amazon Cognito) or not of whole minutes, or a switch that is none.
        """
        lifetimes = token_lifetimes(access_token_validity, id_token_validity, refresh_token_validity)
        require_redirect_urls("callback_urls", callback_urls)
        if logout_urls:
            require_redirect_urls("logout_urls", logout_urls)
        require_known_scopes(scopes, self.scopes)
        if scope is not None:
            require(isinstance(scope, Construct), "scope", "be a construct", scope, "constructs_lib.UserDirectory")
        require_kind("self_service", self_service, bool, "constructs_lib.UserDirectory")
        client = web_client(
            scope or self,
            id,
            pool=self.pool,
            callback_urls=callback_urls,
            logout_urls=logout_urls,
            scopes=scopes,
            self_service=self_service,
            passkeys=self._passkeys,
            lifetimes=lifetimes,
        )
        if not self._has_classic_pages:
            managed_login_style(client, self.pool)
        self._after_its_scopes(client, scopes)
        if scope is None:
            self.clients[id] = client
            self._web_clients.append(client)
            if self.identities is not None:
                self.identities.accept(client)
        return client

    def add_machine_client(
        self, id: str, *, scopes: Sequence[str], access_token_validity: Duration | None = None
    ) -> cognito.UserPoolClient:
        """Let a machine call APIs on its own: the client credentials grant, with no person behind it.

        Cognito makes the client's secret and keeps it: it is in no template, no log and no output. The machine's owner
        reads it once (DescribeUserPoolClient) and puts it where the machine keeps secrets.

        Args:
            id: the construct id, and the client's key in ``clients``.
            scopes: those of the directory's that the machine's tokens have, 1 to 50 (Quotas in Amazon Cognito).
            access_token_validity: 5 minutes to 1 day; None is one hour. Each token is billed.

        Raises:
            InvalidArgument: no scope, one that the directory has not, or a lifetime out of range or not of whole
                minutes.
        """
        validity = access_token_validity or Duration.hours(1)
        require_lifetime("access_token_validity", validity)
        require_known_scopes(scopes, self.scopes)
        require_within("the number of scopes", len(scopes), COGNITO_CLIENT_SCOPES)
        client = machine_client(self, id, pool=self.pool, scopes=scopes, access_token_validity=validity)
        self._after_its_scopes(client, scopes)
        self.clients[id] = client
        return client

    def add_identities(self, *, principal_tags: Mapping[str, str] | None = None) -> Identities:
        """Give the people who sign in temporary AWS credentials, to call AWS services in their own name.

        Args:
            principal_tags: more tags of the credentials, each with the claim of the ID token that it repeats, such as
                ``{"department": "custom:department"}``; policies compare them as ``${aws:PrincipalTag/department}``.
                At most 50 with the tag ``sub``, which is always there (Pass session tags in AWS STS). Who can change a
                claim can change what it opens: map none that people may set themselves.

        Returns:
            The identities, which may do nothing until something is granted to them; every web client counts, also a
            later one.

        Raises:
            InvalidArgument: a tag that STS refuses, or one without a claim.
            RuntimeError: a second time, as a directory's people have one identity each.
        """
        if self.identities is not None:
            raise RuntimeError(f"{self.node.path} has its identities already: use its attribute identities")
        self.identities = Identities(
            self, "Identities", user_pool=self.pool, groups=self.groups, principal_tags=principal_tags
        )
        for client in self._web_clients:
            self.identities.accept(client)
        return self.identities

    def _sign_in_pages(self, prefix: str) -> cognito.UserPoolDomain:
        version = cognito.ManagedLoginVersion
        return cognito.UserPoolDomain(
            self,
            "Domain",
            user_pool=self.pool,
            cognito_domain=cognito.CognitoDomainOptions(domain_prefix=prefix),
            managed_login_version=version.CLASSIC_HOSTED_UI if self._has_classic_pages else version.NEWER_MANAGED_LOGIN,
        )

    def _after_its_scopes(self, client: cognito.UserPoolClient, scopes: Sequence[str]) -> None:
        """Have a client wait for its scopes: Cognito refuses one whose scopes are not there yet."""
        for api in dict.fromkeys(name.rpartition("/")[0] for name in scopes):
            client.node.add_dependency(self.resource_servers[api])
