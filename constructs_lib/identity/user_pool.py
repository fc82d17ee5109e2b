"""The user pool of a directory: how people prove who they are, and what becomes of their accounts."""

from dataclasses import dataclass, fields
from typing import cast

from aws_cdk import RemovalPolicy
from aws_cdk import aws_cognito as cognito
from constructs import Construct

from constructs_lib.arguments import require, require_kind
from constructs_lib.checks.acknowledgment import acknowledge

_SOURCE = "constructs_lib.UserDirectory"
_PLANS = "User pool feature plans"


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolSettings:
    """What is said of a new pool; `UserDirectory` says what each is.

    Raises:
        InvalidArgument: a switch that is neither on nor off.
    """

    self_sign_up: bool = False
    mfa: cognito.Mfa = cognito.Mfa.OPTIONAL
    passkeys: bool = False
    threat_protection: cognito.StandardThreatProtectionMode | None = None
    deletion_protection: bool = True
    removal_policy: RemovalPolicy = RemovalPolicy.RETAIN

    def __post_init__(self) -> None:
        """Check the switches."""
        for name in ("self_sign_up", "passkeys", "deletion_protection"):
            require_kind(name, getattr(self, name), bool, _SOURCE)


def require_in_plan(settings: PoolSettings, plan: cognito.FeaturePlan) -> None:
    """Raise `InvalidArgument` for a setting that the feature plan does not have."""
    has_passkeys = plan != cognito.FeaturePlan.LITE
    require(has_passkeys or not settings.passkeys, "feature_plan", "be Essentials or Plus for passkeys", plan, _PLANS)
    is_idle = settings.threat_protection in {None, cognito.StandardThreatProtectionMode.NO_ENFORCEMENT}
    has_protection = plan == cognito.FeaturePlan.PLUS
    require(has_protection or is_idle, "feature_plan", "be Plus for threat protection", plan, _PLANS)


def require_left_out(settings: PoolSettings) -> None:
    """Raise `InvalidArgument` for a setting of a new pool beside a pool that exists: it would change nothing there."""
    for field in fields(settings):
        value = getattr(settings, field.name)
        rule = "be left out: the pool exists already, and this would not change it"
        require(value == field.default, field.name, rule, value, "constructs_lib.identity")


def new_user_pool(scope: Construct, settings: PoolSettings, plan: cognito.FeaturePlan) -> cognito.UserPool:
    """Make the pool, and say beside it what its owner chose not to have."""
    mode = _threat_protection(settings, plan)
    pool = cognito.UserPool(
        scope,
        "Pool",
        sign_in_aliases=cognito.SignInAliases(email=True),
        sign_in_case_sensitive=False,
        sign_in_policy=_with_passkeys() if settings.passkeys else None,
        passkey_user_verification=cognito.PasskeyUserVerification.REQUIRED if settings.passkeys else None,
        self_sign_up_enabled=settings.self_sign_up,
        standard_attributes=cognito.StandardAttributes(email=cognito.StandardAttribute(required=True, mutable=True)),
        keep_original=cognito.KeepOriginalAttrs(email=True),
        account_recovery=cognito.AccountRecovery.EMAIL_ONLY,
        password_policy=cognito.PasswordPolicy(
            min_length=12,
            require_lowercase=True,
            require_uppercase=True,
            require_digits=True,
            require_symbols=True,
        ),
        mfa=settings.mfa,
        mfa_second_factor=cognito.MfaSecondFactor(sms=False, otp=True),
        feature_plan=plan,
        standard_threat_protection_mode=mode,
        deletion_protection=settings.deletion_protection,
        removal_policy=settings.removal_policy,
    )
    if settings.passkeys and settings.mfa != cognito.Mfa.OFF:
        # Otherwise who must have, or has, a second factor could not sign in with a passkey at all.
        resource = cast("cognito.CfnUserPool", pool.node.default_child)
        resource.web_authn_factor_configuration = "MULTI_FACTOR_WITH_USER_VERIFICATION"
    if settings.mfa != cognito.Mfa.REQUIRED:
        acknowledge(
            pool,
            "AwsSolutions-COG2",
            reason="Whether every user must carry a second factor is the owner's choice: mfa=Mfa.REQUIRED.",
        )
    if plan != cognito.FeaturePlan.PLUS:
        acknowledge(
            pool,
            "AwsSolutions-COG8",
            reason="The Plus plan is billed for each active user: the owner's choice, feature_plan=FeaturePlan.PLUS.",
        )
    return pool


def _threat_protection(
    settings: PoolSettings, plan: cognito.FeaturePlan
) -> cognito.StandardThreatProtectionMode | None:
    if plan != cognito.FeaturePlan.PLUS:
        return None
    return settings.threat_protection or cognito.StandardThreatProtectionMode.FULL_FUNCTION


def _with_passkeys() -> cognito.SignInPolicy:
    factors = cognito.AllowedFirstAuthFactors(password=True, passkey=True)
    return cognito.SignInPolicy(allowed_first_auth_factors=factors)
