"""DAX: how a cluster is encrypted, who reaches it, and how many nodes it loses."""

from collections.abc import Iterator

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.clients import Clients, is_outside, own_groups
from constructs_lib.checks.views.statement import Statement

_GUIDE = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide"
_CLUSTER = "AWS::DAX::Cluster"
_NODES = 3
_DATA = (
    "dax:GetItem",
    "dax:BatchGetItem",
    "dax:Query",
    "dax:Scan",
    "dax:ConditionCheckItem",
    "dax:PutItem",
    "dax:UpdateItem",
    "dax:DeleteItem",
    "dax:BatchWriteItem",
)
"""What clients do; the other actions manage clusters, from anywhere."""


@rule(
    "DDB-6",
    ERROR,
    "A DAX cluster encrypts what it keeps and what it sends",
    source=f"{_GUIDE}/DAXEncryptionAtRest.html",
)
def encryption(assembly: Assembly) -> Iterator[Problem]:
    """Both are off unless they are switched on, and to switch one on later replaces the cluster.

    Settings that are known at deployment only are no finding.
    """
    for cluster in assembly.of_type(_CLUSTER):
        at_rest = cluster.at("SSESpecification", "SSEEnabled")
        if at_rest.missing or at_rest.flag is False:
            yield at_rest.problem(f"the cluster {cluster.name} keeps items in the clear", fix="Set SSEEnabled to true.")
        in_transit = cluster.at("ClusterEndpointEncryptionType")
        if in_transit.missing or in_transit.text == "NONE":
            yield in_transit.problem(
                f"the cluster {cluster.name} sends items in the clear", fix="Set ClusterEndpointEncryptionType to TLS."
            )


@rule(
    "DDB-7",
    ERROR,
    "A DAX cluster is in private subnets, and the functions that use it reach it",
    source=f"{_GUIDE}/DAX.create-cluster.cli.configure-inbound-rules.html",
)
def way(assembly: Assembly) -> Iterator[Problem]:
    """A cluster is reached from inside its VPC only, on port 9111 with TLS and 8111 without: else clients time out.

    A function uses a cluster if it has a right to items by name; ``dax:*`` on everything counts where a cluster is in
    the assembly. Of a role that several functions share, all of them must lack the way. Subnets and groups that are not
    in the assembly, and rules for address ranges or prefix lists, are no finding.
    """
    for cluster in assembly.of_type(_CLUSTER):
        group = cluster.at("SubnetGroupName")
        subnets = group.target("AWS::DAX::SubnetGroup")
        public = assembly.network.public_subnets(subnets.at("SubnetIds")) if subnets else []
        if public:
            yield group.problem(
                f"the cluster {cluster.name} is in subnets with a route to an internet gateway: "
                + ", ".join(subnet.name for subnet in public),
                fix="Put it into isolated or private subnets.",
            )
    by_role, is_here = Clients(assembly).by_role, bool(assembly.of_type(_CLUSTER))
    for role, statements in assembly.rights.roles_that_may(*_DATA).items():
        functions, used = by_role[role], [each for each in statements if _is_of_items(each, is_here)]
        if used and all(map(is_outside, functions)):
            for function in functions:
                yield function.at("VpcConfig").problem(
                    f"{function.name} is in no VPC, but uses DAX, which is reached inside one only",
                    fix=f"Put {function.name} into private subnets of the cluster's VPC.",
                )
        named = {each.resource for statement in used for each in statement.resources.references()}
        for cluster in sorted((each for each in named if each.type == _CLUSTER), key=repr):
            yield from _closed(assembly, functions, cluster)


def _is_of_items(statement: Statement, is_here: bool) -> bool:
    """Whether a statement is about items in a cluster.

    Where there is no cluster, ``dax:*`` on all resources is none: it was copied along with all rights to DynamoDB.
    """
    is_all = any(each.text == "*" for each in statement.resources.items)
    is_sweeping = is_all and any((action.text or "").lower() == "dax:*" for action in statement.actions)
    return any(map(statement.names, _DATA)) and (is_here or not is_sweeping)


def _closed(assembly: Assembly, functions: list[Resource], cluster: Resource) -> Iterator[Problem]:
    network, port = assembly.network, _port(cluster)
    groups = network.groups(cluster.at("SecurityGroupIds"))
    door = f"port {port:g}" if port else "the port"
    if all(network.leads(network.groups(own_groups(each)), groups, port) is False for each in functions):
        for function in functions:
            yield own_groups(function).problem(
                f"no security group lets {function.name} reach {door} of {cluster.name}",
                fix=f"Open {door} of {cluster.name} to the group of {function.name}, and the way out to it.",
            )


def _port(cluster: Resource) -> float | None:
    encryption = cluster.at("ClusterEndpointEncryptionType")
    return 8111 if encryption.missing else {"TLS": 9111, "NONE": 8111}.get(encryption.text or "")


@rule(
    "DDB-8",
    WARNING,
    f"A DAX cluster has {_NODES} nodes or more",
    source=f"{_GUIDE}/DAX.concepts.cluster.html",
)
def nodes(assembly: Assembly) -> Iterator[Problem]:
    """With fewer, the loss of one node leaves the others more than they bear, and the table gets all the reads.

    A number that is known at deployment only is no finding.
    """
    for cluster in assembly.of_type(_CLUSTER):
        number = cluster.at("ReplicationFactor")
        if number.number is not None and number.number < _NODES:
            yield number.problem(
                f"the cluster {cluster.name} has {number.number:g} of the {_NODES} nodes that fault tolerance takes",
                fix=f"Set ReplicationFactor to {_NODES}, in as many availability zones.",
            )
