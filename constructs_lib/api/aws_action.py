"""An AWS service that answers a route itself, with no function in between."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_stepfunctions as sfn

from constructs_lib.api.auth import Auth
from constructs_lib.api.route import Route
from constructs_lib.arguments import InvalidArgument, require
from constructs_lib.items.item_table import ItemTable
from constructs_lib.quotas import EVENT_DETAIL_TYPE_LENGTH, EVENT_SOURCE_LENGTH
from constructs_lib.services.work_queue import WorkQueue

_PLAIN = re.compile(r"[A-Za-z0-9 ._/@:+=-]+")
_QUEUES = "Exactly-once processing in Amazon SQS"
_EVENTS = "Amazon EventBridge PutEventsRequestEntry"
_ITEMS = "DynamoDB GetItem"


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsAction:
    """One action of one AWS service on one resource, which answers a route; made by one of its class methods.

    API Gateway calls the service under a role of the route's own, which may do this action on this resource and nothing
    else. The body must come as ``application/json``, else the answer is 415. Success is 202, or 200 for an item; what
    the service calls a mistake of the caller is 400, too many calls 429, an item that is not there 404, everything else
    502. No answer repeats what the service said of an error.
    """

    permission: str
    """The action as IAM writes it: ``sqs:SendMessage``."""
    resource_arn: str
    region: str
    name: str
    """How the service's call names the resource."""
    account: str = ""
    key: kms.IKey | None = None
    """The key that encrypts the resource."""
    caller: bool = False
    source: str = ""
    detail_type: str = ""
    item_key: tuple[tuple[str, str, str], ...] = ()
    """Name, type and path parameter of each key attribute; the caller stands for an empty parameter."""

    @classmethod
    def send_message(cls, queue: WorkQueue | sqs.IQueue, *, caller: bool = False) -> Self:
        """Send the body, as it came, to a queue; answers 202 with the message's id.

        Args:
            queue: a standard queue.
            caller: also tell who called, in the message's attribute ``caller``: the ``sub`` of a user, the principal
                that a custom authorizer names, or the ARN of an AWS identity, which is one for all people who call with
                the credentials of `Identities`.

        Raises:
            InvalidArgument: a FIFO queue, whose messages need a group that a body does not name.
        """
        target = queue.queue if isinstance(queue, WorkQueue) else queue
        require(not target.fifo, "queue", "be a standard queue, no FIFO one", target.node.path, _QUEUES)
        return cls(
            permission="sqs:SendMessage",
            resource_arn=target.queue_arn,
            region=target.env.region,
            account=target.env.account,
            name=target.queue_name,
            key=target.encryption_master_key,
            caller=caller,
        )

    @classmethod
    def start_execution(cls, machine: sfn.IStateMachine, *, caller: bool = False) -> Self:
        """Start an execution with the body as its input; answers 202 with the execution's id.

        Args:
            machine: the workflow.
            caller: also tell who called, as for `send_message`; the input then is ``{"caller": ..., "body": ...}``.
        """
        arn = machine.state_machine_arn
        return cls(
            permission="states:StartExecution", resource_arn=arn, region=machine.env.region, name=arn, caller=caller
        )

    @classmethod
    def put_event(cls, bus: events.IEventBus, *, source: str, detail_type: str, caller: bool = False) -> Self:
        """Put an event with the body as its detail on a bus; answers 202 with the event's id.

        EventBridge says nothing of a bus that is not there: the answer is 202, and the event is lost.

        Args:
            bus: the bus.
            source: who tells of the event, as in ``com.example.desk``; 1 to 256 characters, not beginning with
                ``aws.``.
            detail_type: what happened, as in ``request posted``; 1 to 128 characters (Amazon EventBridge
                PutEventsRequestEntry).
            caller: also tell who called, as for `send_message`; the detail then is ``{"caller": ..., "body": ...}``.

        Raises:
            InvalidArgument: a source or a detail type that EventBridge refuses, or with other characters than letters,
                digits, spaces and ``._/@:+=-``.
        """
        for argument, value, quota in [
            ("source", source, EVENT_SOURCE_LENGTH),
            ("detail_type", detail_type, EVENT_DETAIL_TYPE_LENGTH),
        ]:
            is_fit = _PLAIN.fullmatch(value) and len(value) <= quota.maximum
            require(is_fit, argument, f"be {quota}: letters, digits, spaces and ._/@:+=-", value, quota.source)
        require(not source.startswith("aws."), "source", "not begin with aws., as AWS's own do", source, _EVENTS)
        return cls(
            permission="events:PutEvents",
            resource_arn=bus.event_bus_arn,
            region=bus.env.region,
            name=bus.event_bus_arn,
            source=source,
            detail_type=detail_type,
            caller=caller,
        )

    @classmethod
    def get_item(cls, table: ItemTable, *, key: Mapping[str, str] | None = None, caller: bool = False) -> Self:
        """Read one item by its key; answers 200 with the item as DynamoDB writes it, ``{"pk": {"S": "7"}}``, or 404.

        The read is strongly consistent.

        Args:
            table: the table.
            key: the path parameter for each attribute of the table's key; None for those of the same names.
            caller: who called, as for `send_message`, is the partition key, so that each reaches their own items only;
                only the sort key then comes from the path. Not for AWS identities, which may share an ARN.

        Raises:
            InvalidArgument: a parameter for what is no attribute of the key, a key of bytes, a partition key that is no
                text for a caller, or an attribute's name with other characters than letters, digits, spaces and
                ``._/@:+=-``.
        """
        parameters = dict(key or {})
        names = [attribute.name for attribute in table.key]
        from_path = names[1:] if caller else names
        for name in parameters:
            require(name in from_path, "key", f"name attributes among {from_path}", name, _ITEMS)
        for attribute in table.key:
            rule = "be text or a number, and be named with letters, digits, spaces and ._/@:+=-"
            is_fit = attribute.type != dynamodb.AttributeType.BINARY and _PLAIN.fullmatch(attribute.name)
            require(is_fit, "the table's key", rule, attribute.name, _ITEMS)
        is_text = table.key[0].type == dynamodb.AttributeType.STRING
        require(is_text or not caller, "caller", "be given for a partition key of text", table.key[0].name, _ITEMS)
        return cls(
            permission="dynamodb:GetItem",
            resource_arn=table.table.table_arn,
            region=table.table.env.region,
            name=table.table.table_name,
            key=table.encryption_key,
            caller=caller,
            item_key=tuple(
                (
                    attribute.name,
                    "N" if attribute.type == dynamodb.AttributeType.NUMBER else "S",
                    parameters.get(attribute.name, attribute.name) if attribute.name in from_path else "",
                )
                for attribute in table.key
            ),
        )

    @property
    def service(self) -> str:
        """The service, as API Gateway's addresses name it."""
        return self.permission.partition(":")[0]

    @property
    def action(self) -> str:
        """The action, as the service's API names it."""
        return self.permission.partition(":")[2]

    @property
    def methods(self) -> tuple[str, ...]:
        """The methods of HTTP that fit: an item is read, everything else is sent."""
        return ("GET",) if self.item_key else ("POST", "PUT", "PATCH")

    def require_fit(self, route: Route, auth: Auth) -> None:
        """Raise `InvalidArgument` for a route without what the action needs: method, parameters, a known caller."""
        source = "AWS integrations for REST APIs in API Gateway"
        if route.method not in self.methods:
            rule = f"be one of {', '.join(self.methods)} for {self.action}"
            raise InvalidArgument("route", rule, route.method, source)
        for _, _, name in self.item_key:
            if name and name not in route.parameters:
                rule = f"have the path parameter {{{name}}} for the item's key"
                raise InvalidArgument("route", rule, route.parameters, source)
        if self.caller and not auth.caller:
            raise InvalidArgument("caller", "be told only of a route that asks who calls", self.caller, source)
        if self.caller and self.item_key and not auth.tells_callers_apart:
            rule = "be no key where AWS identities call, because all people of an identity pool share an ARN"
            raise InvalidArgument("caller", rule, str(route), source)
