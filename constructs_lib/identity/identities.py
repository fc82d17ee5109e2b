"""AWS credentials for signed-in people: what they may do by themselves, without a function in between."""

from collections.abc import Mapping, Sequence

import jsii
from aws_cdk import Fn
from aws_cdk import aws_cognito as cognito
from aws_cdk import aws_iam as iam
from constructs import Construct, IValidation

from constructs_lib.arguments import require
from constructs_lib.checks.acknowledgment import acknowledge, in_compliance_packs
from constructs_lib.identity.own_items import OWN_ITEM_ACTIONS, grant_own_items, require_own_items
from constructs_lib.identity.principal_tags import require_principal_tags
from constructs_lib.items.item_table import ItemTable
from constructs_lib.quotas import COGNITO_GROUP_NAME

_PROVIDER = "cognito-identity.amazonaws.com"


class Identities(Construct):
    """Temporary AWS credentials for the people of a directory, so that an app calls AWS services in their name.

    An app trades a person's ID token for them (GetId, then GetCredentialsForIdentity, which Cognito calls the enhanced
    flow): for an hour they are the credentials of ``role``, which may do nothing until something is granted to it. The
    classic flow, in which an app chooses a role itself, is off, and guests get no credentials at all. A token counts
    until it ends or is revoked.

    Every web client of the directory may trade, also one added later; a machine client has no person behind it and may
    not.

    Costs: nothing.

    Attributes:
        pool: the identity pool.
        identity_pool_id: its id, which an app needs.
        role: what everybody who signs in may do.
        group_roles: what the people of a group may do instead, by the group's name.
        principal_tags: the mapping of claims to principal tags.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        user_pool: cognito.IUserPool,
        groups: Mapping[str, cognito.CfnUserPoolGroup] | None = None,
        principal_tags: Mapping[str, str] | None = None,
    ) -> None:
        """Make the identity pool and the role; `UserDirectory.add_identities` says what the arguments are."""
        tags = {"sub": "sub", **(principal_tags or {})}
        require_principal_tags(tags)
        super().__init__(scope, id)
        self._groups = dict(groups or {})
        self._provider_name = user_pool.user_pool_provider_name
        self._clients: list[cognito.IUserPoolClient] = []
        self.pool = cognito.CfnIdentityPool(
            self,
            "Pool",
            allow_unauthenticated_identities=False,
            allow_classic_flow=False,
            cognito_identity_providers=[],
        )
        self.identity_pool_id = self.pool.ref
        self.role = self._role("Role")
        self.group_roles: dict[str, iam.Role] = {}
        self._attachment = cognito.CfnIdentityPoolRoleAttachment(
            self, "Roles", identity_pool_id=self.identity_pool_id, roles={"authenticated": self.role.role_arn}
        )
        self.principal_tags = cognito.CfnIdentityPoolPrincipalTag(
            self,
            "PrincipalTags",
            identity_pool_id=self.identity_pool_id,
            identity_provider_name=self._provider_name,
            principal_tags=tags,
            use_defaults=False,
        )
        self.node.add_validation(_SomeClient(self._clients))

    def accept(self, client: cognito.IUserPoolClient) -> None:
        """Let people who signed in through this client have credentials; the directory does so for its web clients."""
        self._clients.append(client)
        self.pool.cognito_identity_providers = [
            cognito.CfnIdentityPool.CognitoIdentityProviderProperty(
                client_id=client.user_pool_client_id,
                provider_name=self._provider_name,
                # A sign-out or a disabled account then counts at once, and not only when the token ends.
                server_side_token_check=True,
            )
            for client in self._clients
        ]
        self._map_roles()

    def group_role(self, group: str) -> iam.Role:
        """Give the role that the people of a group get instead of ``role``; of several, that of the first group.

        The role may do nothing until something is granted to it, not even what ``role`` may. The order is the one in
        which the directory's groups were given; an app may also ask for the role of another of the person's groups
        (``CustomRoleArn`` of GetCredentialsForIdentity).

        Raises:
            InvalidArgument: the directory has no such group.
        """
        known = sorted(self._groups)
        rule = "be a group of the directory: " + (", ".join(known) or "it has none")
        require(group in self._groups, "group", rule, group, COGNITO_GROUP_NAME.source)
        if group not in self.group_roles:
            role = self.group_roles[group] = self._role(f"RoleOf{group}")
            self._groups[group].role_arn = role.role_arn
            self._map_roles()
        return self.group_roles[group]

    def grant_own_items(
        self, table: ItemTable, *, actions: Sequence[str] = OWN_ITEM_ACTIONS, group: str | None = None
    ) -> iam.Grant:
        """Let everybody reach the items whose partition key is their identity id, and nobody else's.

        DynamoDB itself compares the partition keys of each request (``dynamodb:LeadingKeys``) with the id of the
        identity that signed it, whole: ``ID#orders`` is another key than ``ID``, so what tells a person's items apart
        belongs into the sort key. The identity id comes from GetId; it is not the ``sub`` of the person's tokens.

        A query may also use an index whose partition key is the table's, that is with another sort key. An index with
        another partition key is left out: everybody may write what they like into an attribute of their own items, so
        under another person's id there could be anybody's.

        Args:
            table: a table whose partition key is a string, the identity id.
            actions: of GetItem, BatchGetItem, Query, ConditionCheckItem, PutItem, UpdateItem, DeleteItem and
                BatchWriteItem, each with ``dynamodb:`` before it; the default is all but the batches and the check. A
                transaction needs the actions that it is made of. Scan and PartiQL are not for people: a scan names no
                partition key, and a statement need not.
            group: grant it to the people of a group, who do not have what ``role`` may; None is ``role``.

        Raises:
            InvalidArgument: another action, none or the same twice, a partition key that is no string (Using IAM policy
                conditions for fine-grained access control), or a group that the directory has not.
        """
        require_own_items(table, actions)
        return grant_own_items(self.role if group is None else self.group_role(group), table, actions)

    def _role(self, id: str) -> iam.Role:
        """Make a role that signed-in people of this very pool assume, with the tags that say who they are."""
        conditions = {
            "StringEquals": {f"{_PROVIDER}:aud": self.identity_pool_id},
            "ForAnyValue:StringLike": {f"{_PROVIDER}:amr": "authenticated"},
        }
        role = iam.Role(self, id, assumed_by=iam.WebIdentityPrincipal(_PROVIDER, conditions).with_session_tags())
        reason = "Which items are whose is said in one place: the rights are this role's alone, and go when it goes."
        acknowledge(role, *in_compliance_packs("IAMNoInlinePolicy"), reason=reason)
        return role

    def _map_roles(self) -> None:
        """Let the token say the role, for each client; who is in no group that has one gets ``role``."""
        if not self.group_roles:
            return
        self._attachment.role_mappings = {
            # The name of an entry is free, while the provider's holds references, which no name of a map can.
            f"Client{number}": cognito.CfnIdentityPoolRoleAttachment.RoleMappingProperty(
                type="Token",
                ambiguous_role_resolution="AuthenticatedRole",
                identity_provider=Fn.join(":", [self._provider_name, client.user_pool_client_id]),
            )
            for number, client in enumerate(self._clients)
        }


@jsii.implements(IValidation)
class _SomeClient:
    """Through which client people come in may be said after this."""

    def __init__(self, clients: Sequence[cognito.IUserPoolClient]) -> None:
        self._clients = clients

    def validate(self) -> list[str]:
        return [] if self._clients else ["Nobody can get credentials: add_web_client was never called."]
