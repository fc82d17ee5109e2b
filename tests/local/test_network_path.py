"""Whether the security groups let one thing reach another; what is judged by rules is in the tests of what listens."""

from unittest.mock import Mock

import pytest

from constructs_lib.local.server.databases.network_path import NetworkInterface, closed_end, closed_way_to_service

_PLACED = NetworkInterface("the function", ["sg-1"], ["subnet-1"])
_BY_DEFAULT = NetworkInterface("the database", ["sg-2"], [])


@pytest.mark.parametrize(("source", "destination"), [(_PLACED, _BY_DEFAULT), (_BY_DEFAULT, _PLACED)])
def test_default_vpc_is_not_judged(source: NetworkInterface, destination: NetworkInterface) -> None:
    nothing_listed = Mock(
        describe_security_groups=Mock(return_value={"SecurityGroups": []}),
        describe_subnets=Mock(return_value={"Subnets": []}),
    )
    assert closed_end(nothing_listed, source, destination, 5432) is None


def test_way_out_of_the_default_vpc_is_not_judged() -> None:
    assert closed_way_to_service(Mock(), _BY_DEFAULT, "lambda", private_names=True) is None
