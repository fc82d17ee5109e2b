"""The way from a function to a database: into the VPC, through the groups, and in at the door."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Final, NamedTuple

from constructs_lib.checks.model.assembly import Assembly
from constructs_lib.checks.model.place import Place
from constructs_lib.checks.model.problem import Problem
from constructs_lib.checks.model.resource import Resource
from constructs_lib.checks.model.severity import ERROR, WARNING
from constructs_lib.checks.rule import rule
from constructs_lib.checks.views.clients import Clients, is_outside, own_groups
from constructs_lib.checks.views.databases import (
    CLUSTER,
    ENDPOINT,
    INSTANCE,
    PROXY,
    can_have_proxy,
    databases,
    groups_of,
    is_private,
    port_of,
    targets_of_proxies,
)
from constructs_lib.checks.views.functions import FUNCTION

_USER_GUIDE = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide"
_CONNECT = "rds-db:connect"
_ADDRESSES: Final = {
    PROXY: {"Endpoint"},
    ENDPOINT: {"Endpoint"},
    CLUSTER: {"Endpoint.Address", "ReadEndpoint.Address"},
    INSTANCE: {"Endpoint.Address"},
}


class _Use(NamedTuple):
    """Functions of which one at least connects to something: all that have a right, or the one that has the address."""

    functions: list[Resource]
    database: Resource
    """Or a proxy."""


def _uses(assembly: Assembly, clients: Clients) -> Iterator[_Use]:
    if not assembly.of_type(*_ADDRESSES):
        return  # most apps have no database, and need not be searched for its users
    for role, statements in assembly.rights.roles_that_may(_CONNECT).items():
        named = {each.resource for one in statements if one.names(_CONNECT) for each in one.resources.references()}
        yield from (_Use(clients.by_role[role], database) for database in sorted(named, key=repr))
    # What runs with the deployment may only pass an address on.
    for function in (each for each in assembly.of_type(FUNCTION) if each not in clients.of_deployment):
        for database in _addressed(function):
            proxy = database.at("DBProxyName").target(PROXY) if database.type == ENDPOINT else database
            if proxy is not None:
                yield _Use([function], proxy)


def _addressed(function: Resource) -> list[Resource]:
    """Give what a function has the address of in its environment."""
    named = function.at("Environment", "Variables").references()
    return [each.resource for each in named if each.attribute in _ADDRESSES.get(each.resource.type, ())]


@rule(
    "RDS-1",
    ERROR,
    "A function that connects to a database or its proxy is in a VPC",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-rds.html",
)
def outside(assembly: Assembly) -> Iterator[Problem]:
    """A proxy has no address outside its VPC: the function waits until it times out, and no log says why.

    Who connects has the right to ``rds-db:connect`` to it by name, or its address in the environment. Databases count
    that have no public address, or do not say so and are in subnets without a route to an internet gateway. A role that
    several functions share counts if none of them is in a VPC.
    """
    instances: dict[Resource | None, list[Resource]] = defaultdict(list)
    for instance in assembly.of_type(INSTANCE):
        instances[instance.at("DBClusterIdentifier").target(CLUSTER)].append(instance)
    for functions, database in _uses(assembly, Clients(assembly)):
        if all(map(is_outside, functions)) and is_private(database, instances[database]):
            for function in functions:
                yield function.at("VpcConfig").problem(
                    f"{function.name} is in no VPC, but connects to {database.name}, which is reached inside one only",
                    fix=f"Put {function.name} into private subnets of the VPC of {database.name}.",
                )


@rule(
    "RDS-2",
    WARNING,
    "Functions reach a database through a proxy",
    source="https://docs.aws.amazon.com/lambda/latest/dg/services-rds.html",
)
def past_the_proxy(assembly: Assembly) -> Iterator[Problem]:
    """Each copy of a function holds a connection of its own: under load they use up all that the database has.

    A function connects directly if the database's group lets the function's group in by name, and no proxy of the
    database does, or if it has the database's address. Functions that serve CloudFormation or rotate a secret may: one
    at a time runs. Address ranges, unknown groups and engines that RDS Proxy does not know are no finding.
    """
    clients = Clients(assembly)
    fronts: dict[Resource, list[Resource]] = defaultdict(list)
    for proxy, targets in targets_of_proxies(assembly).items():
        for database in targets:
            fronts[database].append(proxy)
    users = {(function, use.database) for use in _uses(assembly, clients) for function in use.functions}
    for database in filter(can_have_proxy, databases(assembly)):
        proxies = fronts[database]
        through = {function for proxy in proxies for function in _let_in(assembly, clients, proxy)}
        for function in _let_in(assembly, clients, database):
            has_proxy = function in through or any((function, proxy) in users for proxy in proxies)
            is_direct = not has_proxy or database in _addressed(function)
            if is_direct and function not in clients.of_deployment:
                way = f"the proxy {proxies[0].name}" if proxies else "a proxy"
                yield own_groups(function).problem(
                    f"{function.name} connects to the database {database.name} directly, not through {way}",
                    fix=f"Let {function.name} connect through {way}.",
                )


def _let_in(assembly: Assembly, clients: Clients, listener: Resource) -> list[Resource]:
    """Give the functions whose groups a database's or a proxy's group lets in by name."""
    own = assembly.network.groups(groups_of(listener)) or ()
    sources = {source for group in own for source in assembly.network.let_in(group, port_of(listener))}
    return sorted({function for source in sources for function in clients.by_group.get(source, ())}, key=repr)


@rule(
    "RDS-6",
    ERROR,
    "Security groups open the whole way: from function to proxy, from proxy to database",
    source=f"{_USER_GUIDE}/rds-proxy-creating.html",
)
def way_through(assembly: Assembly) -> Iterator[Problem]:
    """A closed group shows itself as a timeout only: of the function, or of a proxy whose targets are unavailable.

    The way is closed if no rule lets in, or none lets out, by the name of the group or for all addresses. Groups that
    are not in the assembly, and rules for address ranges or prefix lists, may open it and are no finding.
    """
    yield from _from_proxies(assembly)
    yield from _from_functions(assembly)


def _from_proxies(assembly: Assembly) -> Iterator[Problem]:
    for proxy, targets in targets_of_proxies(assembly).items():
        for database in targets:
            if _is_closed(assembly, groups_of(proxy), database, port_of(database)):
                yield _closed(groups_of(proxy), database, port_of(database))


def _from_functions(assembly: Assembly) -> Iterator[Problem]:
    endpoints: dict[Resource | None, list[Resource]] = defaultdict(list)
    for endpoint in assembly.of_type(ENDPOINT):
        endpoints[endpoint.at("DBProxyName").target(PROXY)].append(endpoint)
    for functions, proxy in _uses(assembly, Clients(assembly)):
        if proxy.type != PROXY:
            continue
        clients, port = [own_groups(function) for function in functions], port_of(proxy)
        doors = [proxy, *endpoints[proxy]]
        if all(_is_closed(assembly, groups, door, port) for groups in clients for door in doors):
            yield from (_closed(groups, proxy, port) for groups in clients)


def _is_closed(assembly: Assembly, groups: Place, listener: Resource, port: float | None) -> bool:
    network = assembly.network
    return network.leads(network.groups(groups), network.groups(groups_of(listener)), port) is False


def _closed(groups: Place, listener: Resource, port: float | None) -> Problem:
    client, door = groups.resource.name, "the port" if port is None else f"port {port:g}"
    return groups.problem(
        f"no security group lets {client} reach {door} of {listener.name}",
        fix=f"Open {door} of {listener.name} to the group of {client}, and the way out to it.",
    )


@rule(
    "RDS-7",
    ERROR,
    "The role of a proxy with end-to-end IAM may log in to the database",
    source=f"{_USER_GUIDE}/rds-proxy-iam-setup.html",
)
def proxy_role(assembly: Assembly) -> Iterator[Problem]:
    """The proxy then logs in with its own role; without ``rds-db:connect`` every connection fails.

    A role that is not in the assembly, or that has policies which are not, is no finding.
    """
    for proxy in assembly.of_type(PROXY):
        place = proxy.at("RoleArn")
        role = assembly.rights.role_of(place)
        is_end_to_end = proxy.at("DefaultAuthScheme").text == "IAM_AUTH"
        if is_end_to_end and role is not None and assembly.rights.allows(role, _CONNECT) is False:
            yield place.problem(
                f"the role {role.name} of the proxy {proxy.name} has no right to {_CONNECT}",
                fix=f"Allow {role.name} {_CONNECT} on the database's users.",
            )
