"""Where people decide: the page that a desk serves."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_kms as kms
from constructs import Construct

from constructs_lib.api.auth import Auth
from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.protected_api import ProtectedApi
from constructs_lib.api.stage import STAGE_NAME
from constructs_lib.approval.desk_function import desk_function
from constructs_lib.arguments import require, require_kind
from constructs_lib.identity.user_directory import UserDirectory

_ROUTES = ("GET /", "GET /page/{file}", "GET /config.json")
_OPEN = "The page is the same for everybody, and shows nothing before somebody signs in."
_SOURCE = "constructs_lib.ApprovalDesk"


class ApprovalPage(Construct):
    """Signs people in, shows what waits for them, and lets them decide; made by `ApprovalDesk`.

    It works with a mouse, a keyboard or a screen reader, on a phone, in light and dark, in English and Korean. It loads
    nothing from elsewhere, and its policy has browsers see to that; tokens are kept by the open page alone.

    Attributes:
        url: its address: the desk's domain if it has one, else where API Gateway puts the API.
        client: through which it signs people in, with code and PKCE; it stands here because its callback is the page.
        function: serves the page's files to anybody; it may write its log and its traces, and nothing else.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        api: ProtectedApi,
        users: UserDirectory,
        approvers: str,
        encryption_key: kms.IKey | None,
    ) -> None:
        """Serve the page by a desk's API; the arguments are those of `ApprovalDesk`."""
        super().__init__(scope, id)
        self.url = api.url if api.domain else _address_of(api)
        self.client = users.add_web_client(
            "Client",
            scope=self,
            callback_urls=[self.url],
            logout_urls=[self.url],
            # An API takes a token until its end, also of who has signed out or left the group; the page gets new ones.
            access_token_validity=Duration.minutes(5),
            id_token_validity=Duration.minutes(5),
        )
        self.function = desk_function(
            self,
            "Function",
            handler="page.handler",
            modules=["constructs_lib.approval.page"],
            timeout=Duration.seconds(10),
            encryption_key=encryption_key,
            environment={
                "CLIENT_ID": self.client.user_pool_client_id,
                "SIGN_IN_URL": users.sign_in_url or "",
                "APPROVERS": approvers,
            },
        )
        for route in _ROUTES:
            api.route(route, self.function, auth=Auth.none(reason=_OPEN))


def serves_page(page: bool, page_url: str | None, *, users: UserDirectory, domain: ApiDomain | None) -> bool:
    """Tell whether a desk with these arguments serves its own page.

    Raises:
        InvalidArgument: a switch or an address that is none; or a page that could not sign people in, or would not know
            its own address.
    """
    require_kind("page", page, bool, _SOURCE)
    if page_url is not None:
        require_kind("page_url", page_url, str, _SOURCE)
        is_page = page_url.startswith("https://") and "#" not in page_url
        require(is_page, "page_url", "be an https URL without a fragment", page_url, _SOURCE)
        return False
    if page:
        rule = "know where they sign in, for the desk's page: give UserDirectory sign_in_url, or the desk page=False"
        require(users.sign_in_url, "users", rule, users.node.path, _SOURCE)
        is_one = domain is None or not domain.is_wildcard
        require(is_one, "domain", "be a single name, for the desk's page", domain and domain.name, _SOURCE)
    return page


def _address_of(api: ProtectedApi) -> str:
    """Write the address out: as the CDK has it, it waits for the stage, and that for the page, which waits for it."""
    stack = Stack.of(api)
    return f"https://{api.rest_api.rest_api_id}.execute-api.{stack.region}.{stack.url_suffix}/{STAGE_NAME}/"
