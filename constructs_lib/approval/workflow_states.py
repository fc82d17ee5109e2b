"""The states of the desk's own workflow: from the question, by its reminders, to the answer.

The table is the truth: a decision that was stored counts, whoever tells of it. So each state that changes an approval
does it only while the approval is pending, together with the audit's entry; where that fails, the workflow looks.

The wait for an answer ends at each moment of the agenda and begins again with a new token. Between two waits nobody can
tell the workflow anything, and nothing is lost: the next wait begins only if the approval is still pending.

Attributes are of the types S, N, L and M alone: the others have other names in an SDK integration (``Bool``, ``Ss``)
than in DynamoDB (``BOOL``, ``SS``).
"""

from typing import Any

from constructs_lib.quotas import (
    APPROVAL_DETAILS_LENGTH,
    APPROVAL_REQUESTER_LENGTH,
    APPROVAL_SUMMARY_LENGTH,
    Quota,
)

State = dict[str, Any]

_PASSING = [
    "DynamoDb.InternalServerErrorException",
    "DynamoDb.ProvisionedThroughputExceededException",
    "DynamoDb.RequestLimitExceededException",
    "DynamoDb.ThrottlingException",
    "DynamoDb.TransactionConflictException",
    "DynamoDb.TransactionInProgressException",
    "DynamoDb.SdkClientException",
]
_UNKNOWN = ["DynamoDb.DynamoDbException"]
"""What DynamoDB's SDK has no name for: passing, such as the status 503, or for good, such as a missing right."""
_ATTEMPTS = 1_000
"""At a minute at most between them, half of it on average, they outlast eight hours without the table."""
_KEY = {"approval_id": {"S": "{% $approval_id %}"}, "entry": {"S": "approval"}}
_ENTERED = "{% $states.context.State.EnteredTime %}"
_GROUPS = "{% $groups %}"
_BOTH = [{"S": "{% $question.approvers %}"}, {"S": "{% $question.escalate_to %}"}]
_RESULT = """{% (
    $item := $states.result.Item;
    $decisions := [$item.decisions.L.M.{'by': by.S, 'decision': decision.S, 'at': at.S, 'comment': comment.S}];
    $is_decided := $item.status.S in ['approved', 'rejected'];
    {
        'approval_id': $approval_id,
        'decision': $exists($item) ? $item.status.S : 'unasked',
        'decided_by': $is_decided ? $decisions[-1].by : '',
        'decided_at': $is_decided ? $decisions[-1].at : $expires_at,
        'comment': $is_decided ? $decisions[-1].comment : '',
        'decisions': $decisions
    }
) %}"""


def workflow_definition(*, partition: str, table_name: str, retention_seconds: int) -> State:
    """Write the workflow in Amazon States Language, with JSONata."""
    table = _Table(partition, table_name)
    return {
        "Comment": "One execution for each approval",
        "QueryLanguage": "JSONata",
        "StartAt": "Read",
        "States": {
            "Read": _read(retention_seconds),
            "IsBrief": _choice(
                {
                    _is_out_of("$length($summary)", APPROVAL_SUMMARY_LENGTH): "SummaryLength",
                    _is_out_of("$length($details)", APPROVAL_DETAILS_LENGTH): "DetailsLength",
                    _is_out_of("$length($requester)", APPROVAL_REQUESTER_LENGTH): "RequesterLength",
                    "$requester = '' and $not($question.self_approval)": "NoRequester",
                },
                otherwise="Ask",
            ),
            "SummaryLength": _wrong_length("summary", APPROVAL_SUMMARY_LENGTH),
            "DetailsLength": _wrong_length("details", APPROVAL_DETAILS_LENGTH),
            "RequesterLength": _wrong_length("requester", APPROVAL_REQUESTER_LENGTH),
            "NoRequester": {
                "Type": "Fail",
                "Error": "Approval.NoRequester",
                "Cause": "requester is empty: nobody would be kept from deciding on a request of their own",
            },
            "Ask": table.write(table.put_question(), _entry("requested", by="{% $requester %}"), next="Wait"),
            "Wait": table.wait(),
            "IsDue": _choice(
                {
                    "$question.agenda[$turn].event = 'reminded'": "Remind",
                    "$question.agenda[$turn].event = 'escalated'": "Escalate",
                },
                otherwise="Expire",
            ),
            "Remind": table.write(
                table.update("SET reminded_at = :now", now=_ENTERED),
                _entry("reminded"),
                assign={"turn": "{% $turn + 1 %}"},
                next="Wait",
            ),
            "Escalate": table.write(
                table.update(
                    "SET escalated_at = :now, escalated_to = :group, #groups = :groups",
                    names={"#groups": "groups"},
                    now=_ENTERED,
                    group="{% $question.escalate_to %}",
                    groups=_BOTH,
                ),
                _entry("escalated", groups=_BOTH),
                assign={"turn": "{% $turn + 1 %}", "groups": _BOTH},
                next="Wait",
            ),
            "Expire": table.write(
                table.update("SET #status = :expired REMOVE waiting_for, escalated_to, task_token", expired="expired"),
                _entry("expired", status="expired"),
                next="Look",
            ),
            "Look": table.look(),
            "IsClosed": _choice(
                # A transaction is cancelled while the table is throttled, too: then nothing was asked yet.
                {"$states.input.decision = 'pending'": "Wait", "$states.input.decision = 'unasked'": "Ask"},
                otherwise="Answered",
            ),
            "Answered": {"Type": "Succeed"},
        },
    }


class _Table:
    """The tasks that reach the desk's table."""

    def __init__(self, partition: str, name: str) -> None:
        self._tasks, self._name = f"arn:{partition}:states:::aws-sdk:dynamodb", name

    def put_question(self) -> State:
        """Store the question, unless it was stored already and only the answer to that was lost."""
        item = {
            **_KEY,
            "status": {"S": "pending"},
            "waiting_for": {"S": "{% $question.approvers %}"},
            "place": {"S": "{% $requested_at & ' ' & $approval_id %}"},
            "details": {"S": "{% $details %}"},
            "barred": {"S": "{% $question.self_approval ? '' : $requester %}"},
            "decisions": {"L": []},
            "requested_at": {"S": "{% $requested_at %}"},
            **_told(),
        }
        return {"Item": item, "ConditionExpression": "attribute_not_exists(approval_id)"}

    def update(self, expression: str, *, names: dict[str, str] | None = None, **values: str | list[State]) -> State:
        """Change the approval while it is pending."""
        given = {f":{name}": {"L" if isinstance(value, list) else "S": value} for name, value in values.items()}
        return {
            "Key": _KEY,
            "UpdateExpression": expression,
            "ConditionExpression": "#status = :pending",
            "ExpressionAttributeNames": {"#status": "status", **(names or {})},
            "ExpressionAttributeValues": {":pending": {"S": "pending"}, **given},
        }

    def write(self, change: State, entry: State, *, next: str, assign: State | None = None) -> State:
        """Change the approval and put the audit's entry, both or neither; otherwise look why."""
        verb = "Put" if "Item" in change else "Update"
        items = [{verb: {"TableName": self._name, **change}}, {"Put": {"TableName": self._name, "Item": entry}}]
        # Cancelled by a condition, or by somebody who wrote at the same moment: the latter passes.
        cancelled = ["DynamoDb.TransactionCanceledException"]
        return {
            "Type": "Task",
            "Resource": f"{self._tasks}:transactWriteItems",
            "Arguments": {"TransactItems": items},
            "Retry": [_retry(cancelled, attempts=2), *_PATIENCE],
            "Catch": [{"ErrorEquals": cancelled, "Next": "Look"}],
            **({"Assign": assign} if assign else {}),
            "Next": next,
        }

    def wait(self) -> State:
        """Keep the task token with the question, until the teller hands it back or the next moment has come."""
        moment = "$toMillis($requested_at) + $question.agenda[$turn].after * 1000"
        return {
            "Type": "Task",
            "Resource": f"{self._tasks}:updateItem.waitForTaskToken",
            "TimeoutSeconds": f"{{% $max([1, $ceil(({moment} - $millis()) / 1000)]) %}}",
            "Arguments": {
                "TableName": self._name,
                **self.update("SET task_token = :token", token="{% $states.context.Task.Token %}"),  # noqa: S106
            },
            "Retry": [*_PATIENCE],
            "Catch": [
                {"ErrorEquals": ["States.Timeout"], "Next": "IsDue"},
                {"ErrorEquals": ["DynamoDb.ConditionalCheckFailedException"], "Next": "Look"},
            ],
            "End": True,
        }

    def look(self) -> State:
        """Read what is stored, whoever stored it."""
        return {
            "Type": "Task",
            "Resource": f"{self._tasks}:getItem",
            "Arguments": {
                "TableName": self._name,
                "Key": _KEY,
                "ConsistentRead": True,
                # Not the details: with all that DynamoDB writes around them they may be longer than a result can be.
                "ProjectionExpression": "#status, decisions",
                "ExpressionAttributeNames": {"#status": "status"},
            },
            "Retry": [*_PATIENCE],
            "Output": _RESULT,
            "Next": "IsClosed",
        }


def _read(retention_seconds: int) -> State:
    entered = "$toMillis($states.context.State.EnteredTime)"
    return {
        "Type": "Pass",
        "Assign": {
            # All that a state assigns is at most 256 KiB: the details, which may be nearly that, are assigned once.
            "question": "{% $sift($states.input, function($value, $name) { $name != 'details' }) %}",
            "approval_id": "{% $states.context.Execution.Name %}",
            **{name: _text(f"$states.input.{name}") for name in ("summary", "details", "requester")},
            "groups": [{"S": "{% $states.input.approvers %}"}],
            "requested_at": _ENTERED,
            "expires_at": f"{{% $fromMillis({entered} + $states.input.timeout_seconds * 1000) %}}",
            "forget_at": f"{{% $floor({entered} / 1000) + $states.input.timeout_seconds + {retention_seconds} %}}",
            "turn": 0,
        },
        "Next": "IsBrief",
    }


def _text(value: str) -> str:
    return f"{{% {value} = null ? '' : $string({value}) %}}"


def _choice(ways: dict[str, str], *, otherwise: str) -> State:
    choices = [{"Condition": f"{{% {condition} %}}", "Next": state} for condition, state in ways.items()]
    return {"Type": "Choice", "Choices": choices, "Default": otherwise}


def _entry(event: str, *, status: str = "pending", by: str = "", groups: str | list[State] = _GROUPS) -> State:
    """Make the audit's entry of a change; the same again, after a lost answer, is the same entry."""
    return {
        "approval_id": {"S": "{% $approval_id %}"},
        "entry": {"S": f"{{% 'audit ' & $states.context.State.EnteredTime & ' {event}' %}}"},
        "event": {"S": event},
        "status": {"S": status},
        "at": {"S": _ENTERED},
        "by": {"S": by},
        "comment": {"S": ""},
        **_told(groups),
    }


def _told(groups: str | list[State] = _GROUPS) -> State:
    """Name what both an approval and the entries beside it hold."""
    return {
        "step": {"S": "{% $question.step %}"},
        "summary": {"S": "{% $summary %}"},
        "requester": {"S": "{% $requester %}"},
        "expires_at": {"S": "{% $expires_at %}"},
        "quorum": {"N": "{% $string($question.quorum) %}"},
        "groups": {"L": groups},
        "forget_at": {"N": "{% $string($forget_at) %}"},
    }


def _is_out_of(number: str, quota: Quota) -> str:
    return f"{number} < {quota.minimum} or {number} > {quota.maximum}"


def _wrong_length(name: str, quota: Quota) -> State:
    return {
        "Type": "Fail",
        "Error": f"Approval.{name.title()}Length",
        "Cause": f"{{% '{name} must have {quota}, got ' & $length(${name}) %}}",
    }


def _retry(errors: list[str], *, attempts: int) -> State:
    return {
        "ErrorEquals": errors,
        "IntervalSeconds": 1,
        "BackoffRate": 2,
        "MaxDelaySeconds": 60,
        "MaxAttempts": attempts,
        "JitterStrategy": "FULL",
    }


_PATIENCE = [_retry(_PASSING, attempts=_ATTEMPTS), _retry(_UNKNOWN, attempts=6)]
