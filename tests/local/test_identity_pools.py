"""What an identity pool makes of a token: the tags of the credentials, and whose role they are of."""

from constructs_lib.local.server.identity_pools import preferred_role, session_tags


def test_claims_become_tags_as_the_pool_maps_them() -> None:
    claims = {"pool": {"sub": "1", "aud": "client", "email": "erin@example.com"}}
    mine = {"UseDefaults": False, "PrincipalTags": {"mail": "email", "office": "custom:office"}}
    assert session_tags({"pool": mine}, claims) == [{"Key": "mail", "Value": "erin@example.com"}]
    usual = {"UseDefaults": True, "PrincipalTags": {}}
    tags = {tag["Key"]: tag["Value"] for tag in session_tags({"pool": usual}, claims)}
    assert tags == {"username": "1", "client": "client"}
    assert session_tags({"pool": mine}, {"another": claims["pool"]}) == []


def test_the_first_group_that_has_a_role_gives_it() -> None:
    late, early = {"RoleArn": "late", "Precedence": 5}, {"RoleArn": "early", "Precedence": 1}
    assert preferred_role([late, early, {"Precedence": 0}]) == "early"
    assert preferred_role([{"RoleArn": "last"}, late]) == "late"
    assert preferred_role([{"Precedence": 0}]) is None
    assert preferred_role([]) is None
