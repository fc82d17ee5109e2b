"""What a template says of an API, its callers and its logs: a small function for each row of the benchmark's table."""

from collections.abc import Callable
from typing import Any

Template = dict[str, Any]


def facts(template: Template) -> dict[str, str]:
    """Return what each row says of a template."""
    return {row: str(of(template)) for row, of in _ROWS.items()}


def _all(template: Template, kind: str) -> list[dict[str, Any]]:
    """List the properties of the resources of a type."""
    return [each.get("Properties", {}) for each in template["Resources"].values() if each["Type"] == f"AWS::{kind}"]


def _the(template: Template, kind: str) -> dict[str, Any]:
    (properties,) = _all(template, kind)
    return properties


def _any(template: Template, kind: str) -> str:
    return _yes(_all(template, kind))


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _open_methods(template: Template) -> int:
    return sum(method.get("AuthorizationType", "NONE") == "NONE" for method in _all(template, "ApiGateway::Method"))


def _tls(template: Template) -> str:
    return str(_the(template, "ApiGateway::RestApi").get("SecurityPolicy", "API Gateway's default: 1.0 and later"))


def _throttled(template: Template) -> str:
    return _yes(any("ThrottlingRateLimit" in setting for setting in _method_settings(template)))


def _traced(template: Template) -> str:
    functions = (each.get("TracingConfig", {}).get("Mode") for each in _all(template, "Lambda::Function"))
    return _yes(_the(template, "ApiGateway::Stage").get("TracingEnabled") and set(functions) == {"Active"})


def _api_logs(template: Template) -> str:
    return _yes("AccessLogSetting" in _the(template, "ApiGateway::Stage") and _logs_executions(template))


def _endless_logs(template: Template) -> int:
    """Count the log groups that nothing ends; a group that nobody declares is made by its service, for ever."""
    groups = _all(template, "Logs::LogGroup")
    declared = sum("RetentionInDays" not in group for group in groups)
    of_functions = sum("LogGroup" not in each.get("LoggingConfig", {}) for each in _all(template, "Lambda::Function"))
    is_declared = any("API-Gateway-Execution-Logs" in str(group.get("LogGroupName")) for group in groups)
    return declared + of_functions + (_logs_executions(template) and not is_declared)


def _logs_executions(template: Template) -> bool:
    return any(setting.get("LoggingLevel", "OFF") != "OFF" for setting in _method_settings(template))


def _method_settings(template: Template) -> list[dict[str, Any]]:
    settings: list[dict[str, Any]] = _the(template, "ApiGateway::Stage").get("MethodSettings", [])
    return settings


def _open_sign_up(template: Template) -> str:
    invited = _the(template, "Cognito::UserPool").get("AdminCreateUserConfig", {}).get("AllowAdminCreateUserOnly")
    return _yes(not invited)


def _passwords(template: Template) -> str:
    policy = _the(template, "Cognito::UserPool").get("Policies", {}).get("PasswordPolicy")
    return f"{policy['MinimumLength']} characters or more" if policy else "Cognito's default"


def _second_factor(template: Template) -> str:
    return str(_the(template, "Cognito::UserPool").get("MfaConfiguration", "OFF"))


def _threat_protection(template: Template) -> str:
    return str(_the(template, "Cognito::UserPool").get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF"))


def _plan(template: Template) -> str:
    return str(_the(template, "Cognito::UserPool").get("UserPoolTier", "none named"))


def _protected(template: Template) -> str:
    return _yes(_the(template, "Cognito::UserPool").get("DeletionProtection") == "ACTIVE")


def _grants(template: Template) -> str:
    return ", ".join(_the(template, "Cognito::UserPoolClient")["AllowedOAuthFlows"])


def _callbacks(template: Template) -> str:
    return ", ".join(f"`{url}`" for url in _the(template, "Cognito::UserPoolClient")["CallbackURLs"])


def _secret(template: Template) -> str:
    return _yes(_the(template, "Cognito::UserPoolClient").get("GenerateSecret"))


_ROWS: dict[str, Callable[[Template], object]] = {
    "resources": lambda template: len(template["Resources"]),
    "methods": lambda template: len(_all(template, "ApiGateway::Method")),
    "methods without authorizer": _open_methods,
    "requests are validated": lambda template: _any(template, "ApiGateway::RequestValidator"),
    "TLS": _tls,
    "throttled below the account's limit": _throttled,
    "API and function traced": _traced,
    "access log and execution log of the API": _api_logs,
    "`AWS::ApiGateway::Account`, the singleton": lambda template: len(_all(template, "ApiGateway::Account")),
    "log groups without an end": _endless_logs,
    "anyone may sign up": _open_sign_up,
    "passwords": _passwords,
    "second factor (TOTP)": _second_factor,
    "threat protection": _threat_protection,
    "feature plan": _plan,
    "pool protected from deletion": _protected,
    "sign-in pages": lambda template: _any(template, "Cognito::UserPoolDomain"),
    "OAuth grants": _grants,
    "sign-in ends at": _callbacks,
    "client has a secret, which a page cannot keep": _secret,
}
