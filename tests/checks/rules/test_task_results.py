"""The rules of who may end the tasks of workflows."""

from typing import Any

import pytest

from tests.checks.judged import changed, findings, found, right, stack, template, without

VERB, URI = "Decide.Properties.HttpMethod", "Decide.Properties.Integration.Uri"
ACTIONS = "DecisionRole.Properties.Policies.0.PolicyDocument.Statement.0.Action"
BY_LINK = [("SFN-5", "Decide/Properties")]
INVOKED = "arn:aws:apigateway:eu-west-1:lambda:path/2015-03-31/functions/${%s}/invocations"


def by_link(path: str = VERB, value: Any = "GET") -> dict[str, Any]:
    return changed(changed(right("SFN-5"), VERB, "GET"), path, value)


def also(verb: str) -> dict[str, Any]:
    """The wrong template with a second method of the same function."""
    body = by_link()
    properties = {**body["Resources"]["Decide"]["Properties"], "HttpMethod": verb}
    return changed(body, "Second", {"Type": "AWS::ApiGateway::Method", "Properties": properties})


@pytest.mark.parametrize("verb", ["GET", "HEAD"])
def test_a_link_that_decides(verb: str) -> None:
    assert found(by_link(VERB, verb)) == BY_LINK
    assert "Decide (GET) is answered by Decision, which may end" in findings(by_link())[0].message


@pytest.mark.parametrize("verb", ["PUT", "ANY", "OPTIONS", {"Ref": "Unknown"}])
def test_another_method_that_decides(verb: Any) -> None:
    assert found(by_link(VERB, verb)) == []


@pytest.mark.parametrize("verb", ["POST", "PUT", "PATCH", "DELETE", "ANY"])
def test_a_function_that_may_decide_elsewhere(verb: str) -> None:
    assert found(also(verb)) == []


def test_a_function_that_only_answers_links() -> None:
    assert found(also("OPTIONS")) == BY_LINK
    assert found(also("HEAD")) == [*BY_LINK, ("SFN-5", "Second/Properties")]


def test_the_sample_that_everybody_copies() -> None:
    """A link in a mail, for whoever has it, and rights on all machines."""
    body = by_link("Decide.Properties.AuthorizationType", "NONE")
    body = changed(body, "DecisionRole.Properties.Policies.0.PolicyDocument.Statement.0.Resource", "*")
    body = changed(body, "Purchase", right("SFN-6")["Resources"]["Purchase"])
    assert [rule for rule, _ in found(body)] == ["API-4", "SFN-5", "SFN-6"]


@pytest.mark.parametrize("kind", ["AWS_IAM", "COGNITO_USER_POOLS", {"Ref": "Unknown"}])
def test_a_link_for_those_who_are_signed_in(kind: Any) -> None:
    assert found(by_link("Decide.Properties.AuthorizationType", kind)) == BY_LINK


@pytest.mark.parametrize(
    "actions", ["states:SendTaskSuccess", ["states:SendTaskFailure"], "states:Send*", ["states:*", "states:sendtask*"]]
)
def test_actions_that_decide(actions: Any) -> None:
    assert found(by_link(ACTIONS, actions)) == BY_LINK


@pytest.mark.parametrize(
    "actions",
    [
        "*",
        ["states:*", "states:SendTaskHeartbeat"],
        "states:SendTaskHeartbeat",
        "states:StartExecution",
        {"Ref": "Unknown"},
        [],
    ],
)
def test_actions_that_do_not_surely_decide(actions: Any) -> None:
    assert found(by_link(ACTIONS, actions)) == []


@pytest.mark.parametrize("target", [{"Fn::GetAtt": ["Live", "FunctionArn"]}, {"Ref": "Live"}])
@pytest.mark.parametrize("type", ["AWS::Lambda::Alias", "AWS::Lambda::Version"])
def test_a_function_by_its_alias_or_version(type: str, target: Any) -> None:
    body = by_link(URI, {"Fn::Sub": [INVOKED % "Target", {"Target": target}]})
    assert found(changed(body, "Live", {"Type": type, "Properties": {"FunctionName": {"Ref": "Decision"}}})) == BY_LINK


@pytest.mark.parametrize(
    "uri", [{"Ref": "Unknown"}, {"Fn::Sub": INVOKED % "Unknown"}, "https://example.com", {"Ref": "AWS::NoValue"}]
)
def test_a_function_of_another_app(uri: Any) -> None:
    assert found(by_link(URI, uri)) == []


def test_a_role_of_another_app() -> None:
    assert found(by_link("Decision.Properties.Role", "arn:aws:iam::111122223333:role/decision")) == []


def test_a_role_of_another_stack() -> None:
    body = by_link("Decision.Properties.Role", {"Fn::GetStackOutput": {"StackName": "Other", "OutputName": "Arn"}})
    role = body["Resources"].pop("DecisionRole")
    arn = {"Fn::GetAtt": ["DecisionRole", "Arn"]}
    other = stack({"Resources": {"DecisionRole": role}, "Outputs": {"Arn": {"Value": arn}}}, "Other")
    assert found(body, other) == BY_LINK


def test_a_route_that_decides() -> None:
    routed = template(
        """
        Resources:
          Api:
            Type: AWS::ApiGatewayV2::Api
            Properties: {Name: approvals, ProtocolType: HTTP}
          Integration:
            Type: AWS::ApiGatewayV2::Integration
            Properties: {ApiId: !Ref Api, IntegrationType: AWS_PROXY, IntegrationUri: !GetAtt Decision.Arn}
          Decide:
            Type: AWS::ApiGatewayV2::Route
            Properties:
              ApiId: !Ref Api
              RouteKey: GET /decide
              AuthorizationType: JWT
              Target: !Sub integrations/${Integration}
        """
    )
    routed["Resources"] |= {name: right("SFN-5")["Resources"][name] for name in ("Decision", "DecisionRole")}
    assert found(routed) == BY_LINK
    assert found(changed(routed, "Decide.Properties.RouteKey", "POST /decide")) == []
    assert found(changed(routed, "Decide.Properties.Target", {"Ref": "Unknown"})) == []


def test_an_operation_of_a_body_that_decides() -> None:
    integration = {"uri": {"Fn::Sub": INVOKED % "Decision.Arn"}}
    operation = {"security": [{"key": []}], "x-amazon-apigateway-integration": integration}
    body = changed(without(right("SFN-5"), "Decide"), "Api.Properties.Body", {"paths": {"/decide": {"get": operation}}})
    assert found(body) == [("SFN-5", "Api/Properties/Body/paths/~1decide/get")]
    by_any = {"get": operation, "x-amazon-apigateway-any-method": operation}
    assert found(changed(body, "Api.Properties.Body", {"paths": {"/decide": by_any}})) == []


@pytest.mark.parametrize("action", ["Success", "Failure"])
def test_a_method_that_decides_without_a_function(action: str) -> None:
    uri = f"arn:aws:apigateway:eu-west-1:states:action/SendTask{action}"
    assert found(by_link(URI, uri)) == BY_LINK
    assert found(by_link(URI, {"Fn::Sub": uri.replace("eu-west-1", "${Unknown}")})) == BY_LINK
    assert found(changed(right("SFN-5"), URI, uri)) == []
    assert found(by_link(URI, uri.replace(action, "Heartbeat"))) == []


STATEMENT = "TellerRole.Properties.Policies.0.PolicyDocument.Statement.0"
EVERY = [("SFN-6", "TellerRole/Properties/Policies/0/PolicyDocument/Statement/0/Resource")]


def everywhere(path: str = f"{STATEMENT}.Resource", value: Any = "*") -> dict[str, Any]:
    return changed(changed(right("SFN-6"), f"{STATEMENT}.Resource", "*"), path, value)


@pytest.mark.parametrize(
    "actions", ["states:SendTask*", ["states:SendTaskHeartbeat"], ["states:StartExecution", "STATES:SendTaskFailure"]]
)
def test_results_on_every_machine(actions: Any) -> None:
    assert found(everywhere(f"{STATEMENT}.Action", actions)) == EVERY
    among_others = [{"Ref": "Purchase"}, "*"]
    assert found(everywhere(f"{STATEMENT}.Resource", among_others)) == [(EVERY[0][0], f"{EVERY[0][1]}/1")]


@pytest.mark.parametrize("actions", ["*", "states:*", "states:StartExecution", {"Ref": "Unknown"}])
def test_other_actions_on_every_machine(actions: Any) -> None:
    assert found(everywhere(f"{STATEMENT}.Action", actions)) == []


@pytest.mark.parametrize(
    "resource", [{"Ref": "Unknown"}, {"Fn::Sub": "arn:aws:states:*:${AWS::AccountId}:*"}, [], "a*"]
)
def test_results_on_some_machines(resource: Any) -> None:
    assert found(everywhere(f"{STATEMENT}.Resource", resource)) == []


def test_results_on_a_condition_or_denied() -> None:
    assert found(everywhere(f"{STATEMENT}.Condition", {"StringEquals": {"aws:ResourceTag/team": "desk"}})) == []
    assert found(everywhere(f"{STATEMENT}.Effect", "Deny")) == []


def test_results_where_no_machine_is_known() -> None:
    assert found(without(everywhere(), "Purchase")) == []
    machine = {"Resources": {"Purchase": everywhere()["Resources"]["Purchase"]}}
    assert found(without(everywhere(), "Purchase"), stack(machine, "Other")) == EVERY


def test_one_policy_of_two_roles_is_found_once() -> None:
    document = everywhere()["Resources"]["TellerRole"]["Properties"]["Policies"][0]["PolicyDocument"]
    body = without(everywhere(), "TellerRole.Properties.Policies")
    properties = {"PolicyDocument": document, "Roles": [{"Ref": "TellerRole"}, {"Ref": "Second"}]}
    body = changed(body, "Tell", {"Type": "AWS::IAM::ManagedPolicy", "Properties": properties})
    body = changed(body, "Second", {"Type": "AWS::IAM::Role"})
    assert found(body) == [("SFN-6", "Tell/Properties/PolicyDocument/Statement/0/Resource")]
