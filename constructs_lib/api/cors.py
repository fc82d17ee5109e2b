"""Letting the pages of one other origin read an API's answers, the errors among them."""

import re

from aws_cdk import Duration
from aws_cdk import aws_apigateway as apigateway

from constructs_lib.arguments import require, require_kind

_ORIGIN = re.compile(r"\*|https://[a-z0-9.-]+(:\d+)?|http://(localhost|127\.0\.0\.1)(:\d+)?")
_SOURCE = "CORS for REST APIs in API Gateway"


def require_origin(cors: str) -> None:
    """Raise `InvalidArgument` for what no browser sends as the origin of a page, or for one over plain http."""
    require_kind("cors", cors, str, _SOURCE)
    rule = "be an origin such as https://desk.example.com, without a path, or * for any"
    require(_ORIGIN.fullmatch(cors), "cors", rule, cors, _SOURCE)


def answer_preflights(resource: apigateway.IResource, origin: str) -> None:
    """Answer the question that a browser asks before it sends a request with a token."""
    # Any header may be sent along, such as that of a custom authorizer; the star does not stand for Authorization.
    headers = ["Authorization", "*"]
    resource.add_cors_preflight(allow_origins=[origin], allow_headers=headers, max_age=Duration.hours(1))


def show_errors(api: apigateway.RestApi, origin: str) -> None:
    """Let the origin's pages read the errors that API Gateway itself answers with, such as 401 and 504."""
    for name, kind in {
        "ClientErrors": apigateway.ResponseType.DEFAULT_4_XX,
        "ServerErrors": apigateway.ResponseType.DEFAULT_5_XX,
    }.items():
        api.add_gateway_response(name, type=kind, response_headers={"Access-Control-Allow-Origin": f"'{origin}'"})
