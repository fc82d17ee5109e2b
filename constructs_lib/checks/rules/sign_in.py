"""Signing in: by which flows, and over what."""

from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule

_PASSWORD_FLOWS = {
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "USER_PASSWORD_AUTH",
    "ADMIN_NO_SRP_AUTH",
}
_SIGN_IN = {"authenticate-cognito", "authenticate-oidc"}
_POOL = "AWS::Cognito::UserPool"
_LISTENER = "AWS::ElasticLoadBalancingV2::Listener"


@rule(
    "COG-5",
    ERROR,
    "An app client hands out codes, not tokens, and never sees a password",
    source="https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-client-apps.html",
)
def flows(assembly: Assembly) -> Iterator[Problem]:
    """The implicit grant puts tokens into the address, where history, logs and other pages' scripts find them.

    Password flows take the password through the app instead of Cognito's sign-in page or SRP. They are a warning, and
    so is the implicit grant where no domain of the pool is in the assembly, that is, no page to ask for it at: CDK's
    default client has it. The grant of a client that has no OAuth flows switched on is no finding, nor is what is known
    at deployment only.
    """
    with_page = {domain.at("UserPoolId").target(_POOL) for domain in assembly.of_type("AWS::Cognito::UserPoolDomain")}
    for client in assembly.of_type("AWS::Cognito::UserPoolClient"):
        pool = client.at("UserPoolId").target(_POOL)
        for flow in client.at("AllowedOAuthFlows").items:
            if flow.text == "implicit" and client.at("AllowedOAuthFlowsUserPoolClient").flag:
                yield flow.problem(
                    f"the client {client.name} may use the implicit grant",
                    fix="Use the code grant, with PKCE.",
                    severity=ERROR if pool in with_page else WARNING,
                )
        for flow in client.at("ExplicitAuthFlows").items:
            if flow.text in _PASSWORD_FLOWS:
                yield flow.problem(
                    f"the client {client.name} may use the password flow {flow.text}",
                    fix="Use the sign-in page, or ALLOW_USER_SRP_AUTH.",
                    severity=WARNING,
                )


@rule(
    "COG-6",
    ERROR,
    "A load balancer signs users in over TLS only",
    source="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-authenticate-users.html",
)
def listener(assembly: Assembly) -> Iterator[Problem]:
    """Only an HTTPS listener can sign users in: the load balancer refuses the action on another one.

    Judged are a listener's default actions and its rules'. A protocol that is known at deployment only, and a listener
    of another assembly, are no findings.
    """
    actions = [(each, each.at("DefaultActions")) for each in assembly.of_type(_LISTENER)]
    for each in assembly.of_type("AWS::ElasticLoadBalancingV2::ListenerRule"):
        of = each.at("ListenerArn").target(_LISTENER)
        if of is not None:
            actions.append((of, each.at("Actions")))
    for of, listed in actions:
        if of.at("Protocol").text != "HTTP":
            continue
        for action in listed.items:
            if action.at("Type").text in _SIGN_IN:
                yield action.problem(
                    f"the listener {of.name} signs users in over HTTP",
                    fix="Sign them in on an HTTPS listener, and redirect to it from this one.",
                )
