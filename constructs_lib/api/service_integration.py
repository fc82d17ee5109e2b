"""What API Gateway needs to call an AWS service itself: words, a role of the route's own, and statuses."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_iam as iam
from constructs import Construct

from constructs_lib.api import mapping
from constructs_lib.api.aws_action import AwsAction
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs

_ORIGIN_HEADER = "method.response.header.Access-Control-Allow-Origin"
_HEADERS = {
    "sqs": {"Content-Type": "application/x-www-form-urlencoded"},
    # EventBridge alone does not take the name of the action from its address.
    "events": {"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AWSEvents.PutEvents"},
}


def service_integration(
    scope: Construct, id: str, action: AwsAction, *, caller: str, origin: str | None
) -> apigateway.Integration:
    """Make the integration, and the role that it calls the service under.

    Args:
        scope: the construct that the role belongs to.
        id: the role's construct id.
        action: what is called.
        caller: where the template finds who called; empty if nobody asked.
        origin: whose pages may read the answers.
    """
    headers = {
        f"integration.request.header.{name}": f"'{value}'" for name, value in _HEADERS.get(action.service, {}).items()
    }
    is_queue = action.service == "sqs"
    return apigateway.AwsIntegration(
        service=action.service,
        region=action.region,
        path=f"{action.account}/{action.name}" if is_queue else None,
        action=None if is_queue else action.action,
        options=apigateway.IntegrationOptions(
            credentials_role=_role(scope, id, action),
            # Anything but JSON is refused with 415, instead of being passed on past the template.
            passthrough_behavior=apigateway.PassthroughBehavior.NEVER,
            request_templates={"application/json": _request(action, caller)},
            request_parameters=headers,
            integration_responses=_responses(action, origin),
        ),
    )


def method_responses(action: AwsAction, origin: str | None) -> list[apigateway.MethodResponse]:
    """Declare the statuses that the integration may answer with."""
    return [
        apigateway.MethodResponse(status_code=status, response_parameters={_ORIGIN_HEADER: True} if origin else None)
        for status in (success_status(action), "400", "429", "502")
    ]


def success_status(action: AwsAction) -> str:
    """Tell the status of an action that was done: 202 for what goes on behind it."""
    return "200" if action.item_key else "202"


def _role(scope: Construct, id: str, action: AwsAction) -> iam.Role:
    role = iam.Role(scope, id, assumed_by=iam.ServicePrincipal("apigateway.amazonaws.com"))
    iam.Grant.add_to_principal(grantee=role, actions=[action.permission], resource_arns=[action.resource_arn])
    if action.key:
        # A queue's messages are encrypted with data keys, which SQS reads again for the next message.
        # A table's item is decrypted on behalf of who reads it.
        actions = ["kms:Decrypt"] if action.item_key else ["kms:Decrypt", "kms:GenerateDataKey"]
        action.key.grant(role, *actions)
    acknowledge(
        role,
        *in_compliance_packs("IAMNoInlinePolicy"),
        reason="The role belongs to one route, and its policy names that route's one action on one resource: nobody "
        "else could use it.",
    )
    return role


def _request(action: AwsAction, caller: str) -> str:
    """Word the call."""
    told = caller if action.caller else ""
    match action.service:
        case "sqs":
            attribute = (
                "&MessageAttribute.1.Name=caller&MessageAttribute.1.Value.DataType=String"
                f"&MessageAttribute.1.Value.StringValue=$util.urlEncode({told})"
            )
            return "Action=SendMessage&Version=2012-11-05&MessageBody=$util.urlEncode($input.body)" + (
                attribute if told else ""
            )
        case "states":
            return f'{{"stateMachineArn": "{action.name}", "input": "{mapping.document(told)}"}}'
        case "events":
            return (
                f'{{"Entries": [{{"EventBusName": "{action.name}", "Source": "{action.source}", '
                f'"DetailType": "{action.detail_type}", "Detail": "{mapping.document(told)}"}}]}}'
            )
    keys = ", ".join(
        f'"{name}": {{"{kind}": "{mapping.quoted(mapping.parameter(path) if path else told)}"}}'
        for name, kind, path in action.item_key
    )
    return f'{{"TableName": "{action.name}", "Key": {{{keys}}}, "ConsistentRead": true}}'


def _answer(action: AwsAction) -> str:
    """Word the answer to a call that the service took."""
    match action.service:
        case "sqs":
            return """{"id": "$input.path('$.SendMessageResponse.SendMessageResult.MessageId')"}"""
        case "states":
            return """{"id": "$input.path('$.executionArn').replaceAll(".*:", "")"}"""
        case "events":
            return mapping.put_events_answer()
    return mapping.get_item_answer()


def _responses(action: AwsAction, origin: str | None) -> list[apigateway.IntegrationResponse]:
    """Map what the service says to what the caller hears; API Gateway knows one mapping a status."""
    answers = [
        (success_status(action), r"2\d{2}", _answer(action)),
        ("400", "400|413", mapping.refused()),
        ("429", "429", mapping.busy()),
        # The one without a pattern takes the rest, so that nothing new from a service counts as success.
        ("502", None, mapping.failed()),
    ]
    return [
        apigateway.IntegrationResponse(
            status_code=status,
            selection_pattern=pattern,
            response_templates={"application/json": template},
            response_parameters={_ORIGIN_HEADER: f"'{origin}'"} if origin else None,
        )
        for status, pattern, template in answers
    ]
