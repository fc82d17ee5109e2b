"""An integration that calls an AWS service: how a method's request becomes a call, and the reply an answer."""

import re
from dataclasses import dataclass
from typing import Any

from constructs_lib.local.server.api_gateway.service_call import Reply, ServiceAddress, ServiceCall
from constructs_lib.local.server.api_gateway.template import Template
from constructs_lib.local.server.api_gateway.variables import Request

Data = dict[str, Any]
Answer = tuple[int, dict[str, str], bytes]
"""Status, headers and body."""

_JSON = "application/json"


class NoResponseError(LookupError):
    """An integration that has no response for a service's status."""


@dataclass(frozen=True, slots=True)
class ServiceIntegration:
    """What the API says of the integration."""

    settings: Data

    @property
    def timeout(self) -> float:
        """How long a service may take, in seconds."""
        return int(self.settings.get("timeoutInMillis") or 29_000) / 1000

    def call(self, request: Request) -> ServiceCall:
        """Word the call to the service. Without a template for its kind, the body is passed on as it is."""
        template = _chosen(self.settings.get("requestTemplates"), request.parameters["header"].get("content-type"))
        text = request.body if template is None else Template(template).render(request.variables(request.body))
        headers = _mapped(self.settings.get("requestParameters"), "integration.request.header.", request)
        address = ServiceAddress.parse(self.settings["uri"])
        overridden = request.context["requestOverride"]["header"]
        return ServiceCall(address, self.settings.get("httpMethod") or "POST", text, headers | overridden)

    def answer(self, request: Request, reply: Reply) -> Answer:
        """Word the answer to the caller.

        Raises:
            NoResponseError: none of the responses takes the service's status, nor all of the rest.
        """
        response = self._response(reply.status)
        templates = response.get("responseTemplates") or {}
        template = _chosen(templates, request.parameters["header"].get("accept")) or templates.get(_JSON)
        text = reply.text if template is None else Template(template).render(request.variables(reply.text))
        override = request.context["responseOverride"]
        headers = _mapped(response.get("responseParameters"), "method.response.header.", request)
        status = int(override.get("status") or response["statusCode"])
        return status, {"Content-Type": _JSON} | headers | override["header"], text.encode("utf-8", "replace")

    def _response(self, status: int) -> Data:
        responses: list[Data] = list((self.settings.get("integrationResponses") or {}).values())
        patterns = [(response.get("selectionPattern"), response) for response in responses]
        matching = (response for pattern, response in patterns if pattern and re.fullmatch(pattern, str(status)))
        default = (response for pattern, response in patterns if not pattern)
        for response in (*matching, *default):
            return response
        raise NoResponseError(f"no integration response for {status}")


def _chosen(templates: dict[str, str] | None, kinds: str | None) -> str | None:
    """Choose the template of a media type; of several that are named, the first counts."""
    kind = re.split("[,;]", kinds or _JSON)[0].strip().lower()
    return (templates or {}).get(kind)


def _mapped(mappings: dict[str, str] | None, prefix: str, request: Request) -> dict[str, str]:
    values = {name: request.mapped(source) for name, source in (mappings or {}).items() if name.startswith(prefix)}
    return {name.removeprefix(prefix): value for name, value in values.items() if value is not None}
