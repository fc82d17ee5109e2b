"""An API whose callers a user pool, a function or IAM vouches for, as a template's resources."""

from typing import Any

from tests.local.rest_api import method, of_api, path, rest_api
from tests.local.stack import Resources, allows

_API_SCOPE = "aws.cognito.signin.user.admin"
_CHECK = """
import uuid

def handler(event, context):
    allowed = {"Action": "execute-api:Invoke", "Resource": "*"}
    allowed["Effect"] = "Deny" if event["path"] == "/closed" else "Allow"
    document = {"Version": "2012-10-17", "Statement": [allowed]}
    return {"principalId": "ali", "policyDocument": document, "context": {"question": str(uuid.uuid4())}}
"""
_ECHO = """
def handler(event, context):
    return {"statusCode": 200, "body": event["requestContext"]["authorizer"]["question"]}
"""


def _function(code: str) -> Resources:
    properties = {"Runtime": "python3.13", "Handler": "index.handler", "Code": {"ZipFile": code}}
    return {"Type": "AWS::Lambda::Function", "Properties": properties | {"Role": {"Fn::GetAtt": ["Runs", "Arn"]}}}


def _invocation(function: str) -> Resources:
    """The address of a function, as API Gateway writes it."""
    begun = ["arn:aws:apigateway:", {"Ref": "AWS::Region"}, ":lambda:path/2015-03-31/functions/"]
    return {"Fn::Join": ["", [*begun, {"Fn::GetAtt": [function, "Arn"]}, "/invocations"]]}


def _invocable(function: str) -> Resources:
    properties = {"FunctionName": {"Ref": function}, "Action": "lambda:InvokeFunction"}
    return {"Type": "AWS::Lambda::Permission", "Properties": properties | {"Principal": "apigateway.amazonaws.com"}}


def _client() -> Resources:
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    return {
        "Type": "AWS::Cognito::UserPoolClient",
        "Properties": {"UserPoolId": {"Ref": "Users"}, "ExplicitAuthFlows": flows},
    }


def _of_users(*scopes: str) -> dict[str, Any]:
    asked = {"AuthorizationType": "COGNITO_USER_POOLS", "AuthorizerId": {"Ref": "OfUsers"}}
    return asked | ({"AuthorizationScopes": [*scopes]} if scopes else {})


def _telling(who: str) -> Resources:
    """An integration that calls a service, and answers with something of the request."""
    response = {"StatusCode": "200", "ResponseTemplates": {"application/json": who}}
    return {
        "Type": "AWS",
        "IntegrationHttpMethod": "POST",
        "Uri": {"Fn::Join": ["", ["arn:aws:apigateway:", {"Ref": "AWS::Region"}, ":sts:action/GetCallerIdentity"]]},
        "Credentials": {"Fn::GetAtt": ["Gateway", "Arn"]},
        "IntegrationResponses": [response],
    }


_OF_FUNCTION = {"AuthorizationType": "CUSTOM", "AuthorizerId": {"Ref": "OfFunction"}}
_PROXY = {"Type": "AWS_PROXY", "IntegrationHttpMethod": "POST", "Uri": _invocation("Echo")}
_CUSTOM = _PROXY | {"Type": "AWS", "IntegrationResponses": [{"StatusCode": "200"}]}
RESOURCES: Resources = rest_api(
    {
        "Runs": allows("lambda.amazonaws.com", "logs:*", "*"),
        "Check": _function(_CHECK),
        "Echo": _function(_ECHO),
        "MayCheck": _invocable("Check"),
        "MayEcho": _invocable("Echo"),
        "Users": {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "users"}},
        "Web": _client(),
        "Phone": _client(),
        "OfUsers": of_api(
            "Authorizer",
            Name="users",
            Type="COGNITO_USER_POOLS",
            IdentitySource="method.request.header.Authorization",
            ProviderARNs=[{"Fn::GetAtt": ["Users", "Arn"]}],
        ),
        "OfFunction": of_api(
            "Authorizer",
            Name="function",
            Type="REQUEST",
            AuthorizerUri=_invocation("Check"),
            AuthorizerResultTtlInSeconds=300,
            IdentitySource="method.request.header.X-Key,context.httpMethod,context.path",
        ),
        "Profile": path("profile"),
        "ReadProfile": method({"Ref": "Profile"}, "GET", **_of_users()),
        "Account": path("account"),
        "ReadAccount": method({"Ref": "Account"}, "GET", **_of_users(_API_SCOPE, "desk/read")),
        "WriteAccount": method({"Ref": "Account"}, "POST", **_of_users("desk/write")),
        "Open": path("open"),
        "ReadOpen": method({"Ref": "Open"}, "GET", _PROXY, **_OF_FUNCTION),
        "WriteOpen": method({"Ref": "Open"}, "POST", _PROXY, **_OF_FUNCTION),
        "Gateway": allows("apigateway.amazonaws.com", "sts:GetCallerIdentity", "*"),
        "Who": path("who"),
        "AskFunction": method({"Ref": "Who"}, "PATCH", _CUSTOM, **_OF_FUNCTION),
        "WhoByFunction": method({"Ref": "Who"}, "GET", _telling("$context.authorizer.principalId"), **_OF_FUNCTION),
        "WhoByToken": method({"Ref": "Who"}, "POST", _telling("$context.authorizer.claims.sub"), **_of_users()),
        "WhoBySignature": method(
            {"Ref": "Who"}, "PUT", _telling("$context.identity.userArn"), AuthorizationType="AWS_IAM"
        ),
        "Closed": path("closed"),
        "ReadClosed": method({"Ref": "Closed"}, "GET", _PROXY, **_OF_FUNCTION),
    }
)
OUTPUTS = {name: {"Ref": name} for name in ("Users", "Web", "Phone")}
