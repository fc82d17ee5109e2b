"""Which subnets are public, and which security groups let which in.

Each question is answered by yes, no, or None: not to be known from these templates.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.values import UNKNOWN, Reference

if TYPE_CHECKING:
    from constructs_lib.checks.model.assembly import Assembly

Group = Resource | Reference | str
"""A security group: of the assembly, a VPC's default one, or one that an id names."""

_GROUP, _SUBNET, _TABLE = "AWS::EC2::SecurityGroup", "AWS::EC2::Subnet", "AWS::EC2::RouteTable"
_ANYWHERE = {"0.0.0.0/0", "::/0"}


class Network:
    """The network of an assembly."""

    def __init__(self, assembly: "Assembly") -> None:
        self._assembly = assembly

    def public_subnets(self, subnets: Place) -> list[Resource]:
        """Those of a list of subnets that surely have a route to an internet gateway."""
        found = (subnet.target(_SUBNET) for subnet in subnets.items)
        return [subnet for subnet in found if subnet is not None and subnet in self._public]

    @cached_property
    def _public(self) -> set[Resource]:
        open_tables = {
            table
            for route in self._assembly.of_type("AWS::EC2::Route")
            if (table := route.at("RouteTableId").target(_TABLE))
            and _leads_to_the_internet(route)
            and _is_there_with(table, route)
        }
        return {subnet for subnet, table in self._associated if table in open_tables}

    def are_private(self, subnets: Place) -> bool:
        """Whether each of a list of subnets surely has no route to an internet gateway."""
        return bool(subnets.items) and all(subnet.target(_SUBNET) in self._private for subnet in subnets.items)

    @cached_property
    def _private(self) -> set[Resource | None]:
        routes = (route for route in self._assembly.of_type("AWS::EC2::Route") if not route.at("GatewayId").missing)
        leading = {route.at("RouteTableId").target(_TABLE) for route in routes}
        # A route of a table that is not known may be any table's.
        leads = None in leading
        return {subnet for subnet, table in self._associated if not (leads or table in leading or table.stack.is_open)}

    @cached_property
    def _associated(self) -> list[tuple[Resource, Resource]]:
        """Subnets, each with its route table."""
        return [
            (subnet, table)
            for association in self._assembly.of_type("AWS::EC2::SubnetRouteTableAssociation")
            if (table := association.at("RouteTableId").target(_TABLE))
            and (subnet := association.at("SubnetId").target(_SUBNET))
            and _is_there_with(subnet, association)
        ]

    def groups(self, place: Place) -> set[Group] | None:
        """The security groups that a list names; None if the list, or one in it, is not known."""
        if place.missing or place.value is UNKNOWN:
            return None
        found = [_group(item) for item in place.items]
        return None if None in found else {group for group in found if group is not None}

    def leads(
        self, sources: Iterable[Group] | None, targets: Iterable[Group] | None, port: float | None
    ) -> bool | None:
        """Whether who is in one of the first groups reaches, on a TCP port, who is in one of the second.

        Args:
            sources: groups of who connects; None if they are not known.
            targets: groups of who listens.
            port: None stands for any port.
        """
        if sources is None or targets is None:
            return None
        answers = {self._lets(source, target, port) for source in sources for target in targets}
        return True if True in answers else None if None in answers or not answers else False

    def let_in(self, target: Group, port: float | None) -> set[Group]:
        """The groups that a rule of this group names as those it lets in, on a TCP port that may be this one."""
        return {
            group
            for rule in self._ingress.get(target, [])
            if _covers(rule, port) is not False
            if (group := _group(rule.at("SourceSecurityGroupId"))) is not None
        }

    def _lets(self, source: Group, target: Group, port: float | None) -> bool | None:
        if not isinstance(target, Resource):
            return None
        enters = self._admits(self._ingress, target, source, port)
        if not isinstance(source, Resource):
            # What leaves a group that is not ours, we do not see; a group that we see and nobody opened stays closed.
            return None if enters is not False else self._closed(source)
        leaves = True if _leaves_freely(source) else self._admits(self._egress, source, target, port)
        if False in (enters, leaves):
            return False
        return None if None in (enters, leaves) else True

    def _closed(self, source: Group) -> bool | None:
        # An id may be that of a group which an unresolved rule names.
        return None if isinstance(source, str) else False

    def _admits(
        self, rules: "dict[Group | None, list[Place]]", own: Resource, peer: Group, port: float | None
    ) -> bool | None:
        if own.stack.is_open or rules.get(None):
            answers: set[bool | None] = {None}
        else:
            answers = {False}
        for rule in rules.get(own, []):
            answer = _matches(rule, peer, port)
            answers.add(None if answer and not _is_there_with(own, rule.resource) else answer)
        return True if True in answers else None if None in answers else False

    @cached_property
    def _ingress(self) -> "dict[Group | None, list[Place]]":
        return self._rules("SecurityGroupIngress", "AWS::EC2::SecurityGroupIngress")

    @cached_property
    def _egress(self) -> "dict[Group | None, list[Place]]":
        return self._rules("SecurityGroupEgress", "AWS::EC2::SecurityGroupEgress")

    def _rules(self, inline: str, type: str) -> "dict[Group | None, list[Place]]":
        """Rules by the group that they are of; None for those of a group that is not known."""
        found: dict[Group | None, list[Place]] = defaultdict(list)
        for group in self._assembly.of_type(_GROUP):
            listed = group.at(inline)
            found[group] = [listed] if listed.value is UNKNOWN else listed.items
        for rule in self._assembly.of_type(type):
            found[_group(rule.at("GroupId"))].append(rule)
        return dict(found)


def _group(place: Place) -> Group | None:
    match place.value:
        case Reference(resource, attribute) if resource.type == _GROUP and attribute in ("", "GroupId", "Id"):
            return resource
        case Reference(_, "DefaultSecurityGroup") as default:
            return default
        case str() as id if id.startswith("sg-"):
            return id
    return None


def _leads_to_the_internet(route: Resource) -> bool:
    gateway = route.at("GatewayId")
    is_internet = gateway.target("AWS::EC2::InternetGateway") is not None or (gateway.text or "").startswith("igw-")
    to = {route.at(name).text for name in ("DestinationCidrBlock", "DestinationIpv6CidrBlock")}
    return is_internet and bool(to & _ANYWHERE)


def _is_there_with(owner: Resource, part: Resource) -> bool:
    """Whether a part is surely made whenever its owner is."""
    same = owner.stack is part.stack and owner.body.get("Condition") == part.body.get("Condition")
    return same or part.is_certain


def _leaves_freely(group: Resource) -> bool:
    """A group without rules for what leaves it has EC2's own: everything may."""
    return group.at("SecurityGroupEgress").missing


def _matches(rule: Place, peer: Group, port: float | None) -> bool | None:
    ports, other = _covers(rule, port), _is_peer(rule, peer)
    if False in (ports, other):
        return False
    return None if None in (ports, other) else True


def _covers(rule: Place, port: float | None) -> bool | None:
    protocol = rule.at("IpProtocol")
    name = protocol.text if protocol.number is None else f"{protocol.number:g}"
    if name is None:
        return None
    if name == "-1":
        return True
    if name.lower() not in ("tcp", "6"):
        return False
    first, last = rule.at("FromPort").number, rule.at("ToPort").number
    if port is None or first is None or last is None:
        return None
    return first <= port <= last


def _is_peer(rule: Place, peer: Group) -> bool | None:
    named = [rule.at(name) for name in ("SourceSecurityGroupId", "DestinationSecurityGroupId")]
    for place in named:
        if not place.missing:
            group = _group(place)
            return None if group is None else group == peer
    addresses = {rule.at(name).text for name in ("CidrIp", "CidrIpv6")}
    if addresses & _ANYWHERE:
        return True
    # Which addresses the peer has is known to its subnets only; CDK closes a group by a rule for nobody.
    return False if "255.255.255.255/32" in addresses else None
