"""APIs: who may call them, and what an account has once."""

from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.model.stack import Stack
from constructs_lib.checks.model.values import UNKNOWN
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.operations import HTTP, REST, Operation

_GUIDE = "https://docs.aws.amazon.com/apigateway/latest/developerguide"
_TEMPLATES = "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference"


@rule(
    "API-4",
    ERROR,
    "A method asks callers for authorization",
    source=f"{_GUIDE}/apigateway-control-access-to-api.html",
)
def authorization(assembly: Assembly) -> Iterator[Problem]:
    """A method without an authorizer answers whoever finds its address, and addresses are found.

    Methods of REST APIs, routes of HTTP APIs, the ``$connect`` route of WebSocket APIs, where alone they can ask, and
    operations of an OpenAPI body are judged; ``OPTIONS`` is not, since browsers send it without credentials. An API key
    identifies a caller and proves nothing. Silent are a private API, one with a resource policy, one that only a name
    with mutual TLS leads to, and what is not known: an authorization or verb of a parameter, an API of another app.
    """
    has_mutual_tls = any(
        not name.at("MutualTlsAuthentication").missing
        for name in assembly.of_type("AWS::ApiGateway::DomainName", "AWS::ApiGatewayV2::DomainName")
    )
    for operation in assembly.operations:
        api = operation.api
        if not operation.is_open or api is None or not _may_ask(operation, api):
            continue
        if _is_guarded(api) or (has_mutual_tls and _is_shut(api)):
            continue
        has_key = operation.place.at("ApiKeyRequired").flag
        but = ": an API key identifies, and proves nothing" if has_key else ": whoever knows its address may call it"
        place = operation.place if operation.authorization.missing else operation.authorization
        yield place.problem(
            f"{operation.name} asks for no authorization{but}",
            fix="Give it an authorizer: IAM, Cognito, a JWT issuer or a function of yours.",
        )


def _may_ask(operation: Operation, api: Resource) -> bool:
    """Whether it is for this operation to ask callers who they are."""
    if api.type == HTTP and operation.place.resource is not api:
        protocol = api.at("ProtocolType").text
        if protocol != "HTTP":
            return protocol == "WEBSOCKET" and operation.verb == "$connect"
    return True


def _is_guarded(api: Resource) -> bool:
    """Whether a resource policy or a private network guards an API, or may."""
    return not _has_no_policy(api) or _is_private(api) is not False


def _is_shut(api: Resource) -> bool:
    """Whether the address that API Gateway itself gives is shut, or may be."""
    shut = api.at("DisableExecuteApiEndpoint")
    return not shut.missing and shut.flag is not False


def _has_no_policy(api: Resource) -> bool:
    """Whether an API surely has no resource policy."""
    if not api.at("BodyS3Location").missing:
        return False
    return api.at("Policy").missing and api.at("Body", "x-amazon-apigateway-policy").missing


def _is_private(api: Resource) -> bool | None:
    types = api.at("EndpointConfiguration", "Types")
    parameter = api.at("Parameters", "endpointConfigurationTypes")
    kinds = [*(each.text for each in types.items), None if parameter.value is UNKNOWN else parameter.text or ""]
    if "PRIVATE" in kinds:
        return True
    return None if None in kinds or types.value is UNKNOWN else False


@rule(
    "API-5",
    ERROR,
    "A Cognito authorizer names the user pools that it trusts, by their ARNs",
    source=f"{_GUIDE}/apigateway-enable-cognito-user-pool.html",
)
def user_pools(assembly: Assembly) -> Iterator[Problem]:
    """An authorizer without a pool has nobody to trust, and API Gateway refuses it in the middle of a deployment.

    A pool of another region or account is as good, so it is no finding, and neither is a list or an item that only the
    deployment knows.
    """
    for authorizer in assembly.of_type("AWS::ApiGateway::Authorizer"):
        if authorizer.at("Type").text != "COGNITO_USER_POOLS":
            continue
        pools = authorizer.at("ProviderARNs")
        if pools.missing or (isinstance(pools.value, list) and not pools.items):
            place = authorizer if pools.missing else pools
            yield place.problem(
                f"the Cognito authorizer {authorizer.name} names no user pool",
                fix="Give the ARN of the user pool in ProviderARNs.",
            )
        for pool in pools.items:
            named = pool.reference
            if named and named.resource.type == "AWS::Cognito::UserPool" and named.attribute != "Arn":
                yield pool.problem(
                    f"the authorizer {authorizer.name} names the user pool {named.resource.name} not by its ARN",
                    fix="Name it by Fn::GetAtt of its Arn.",
                )


@rule(
    "API-7",
    WARNING,
    "An account has one AWS::ApiGateway::Account in a region",
    source=f"{_TEMPLATES}/aws-resource-apigateway-account.html",
)
def accounts(assembly: Assembly) -> Iterator[Problem]:
    """It is the one setting of an account in a region, which each such resource overwrites: the last deployed wins.

    Whichever stack is deleted then leaves the others' APIs without logs. Two are in one place if they are in one stack,
    or in stacks whose account and region are known; one that a condition may leave out is not counted.
    """
    first: dict[object, Resource] = {}
    for account in assembly.of_type("AWS::ApiGateway::Account"):
        if not account.beside.at("Condition").missing:
            continue
        other = first.setdefault(_home(account.stack), account)
        if other is not account:
            yield account.problem(
                f"{account.name} and {other.name} of the stack {other.stack.name} set the same: the last deployed wins",
                fix="Keep one for each account and region; in the CDK, set cloud_watch_role to False on each RestApi.",
            )


def _home(stack: Stack) -> object:
    """The account and region of a stack, or what stands for them: the stack that it is deployed with."""
    while stack.parent:
        stack = stack.parent.stack
    return (stack.account, stack.region) if stack.account and stack.region else stack


@rule(
    "API-8",
    ERROR,
    "A private API has a resource policy",
    source=f"{_GUIDE}/apigateway-resource-policies-create-attach.html",
)
def private_policies(assembly: Assembly) -> Iterator[Problem]:
    """A private API cannot be deployed without one, for until a policy lets an endpoint in, nobody may call it.

    A policy in the API's OpenAPI body counts; what is not known, such as a body in S3, is no finding. Whether a VPC
    endpoint leads to the API is not judged: any in the account's VPCs may, and none need be in these templates.
    """
    for api in assembly.of_type(REST):
        if _is_private(api) and _has_no_policy(api) and api.at("CloneFrom").missing:
            yield api.problem(
                f"the private API {api.name} has no resource policy, so it cannot be deployed",
                fix="Give it a Policy that allows execute-api:Invoke from your VPC endpoint (aws:SourceVpce).",
            )
