"""Templates of the Serverless Application Model, as the CloudFormation that AWS makes of them."""

import json
import logging
from types import SimpleNamespace
from typing import Any

from constructs_lib.checks.reading.cannot_read import CannotRead

_SAM = "AWS::Serverless-2016-10-31"
_FUNCTION = "AWS::Serverless::Function"
_ELSEWHERE, _IMAGE = "s3://bucket/key", "repository:image"
_LOCAL = {
    "AWS::Serverless::Api": "DefinitionUri",
    "AWS::Serverless::Application": "Location",
    _FUNCTION: "CodeUri",
    "AWS::Serverless::GraphQLApi": "SchemaUri",
    "AWS::Serverless::HttpApi": "DefinitionUri",
    "AWS::Serverless::LayerVersion": "ContentUri",
    "AWS::Serverless::StateMachine": "DefinitionUri",
}
"""What ``sam package`` would upload. The rules judge none of it, and nobody needs to look for it."""
_OF_BODY = ("Auth", "Cors", "CorsConfiguration", "GatewayResponses", "Models")
"""What SAM writes into the body of an API."""
_NEEDED = ("AutoPublishAlias", "AutoPublishCodeSha256")
"""What SAM makes logical ids of. No rule judges it."""


def expanded(template: dict[str, Any], path: str, region: str) -> dict[str, Any]:
    """Give a template as it is after SAM's transform; as it is, if it has none.

    Neither the network nor credentials are used, and no file that the template names is opened.

    Args:
        template: the template; it is left as it is.
        path: what messages call its file.
        region: where it is deployed; empty if that is not known.

    Raises:
        CannotRead: what SAM refuses, or if the extra ``sam`` is not installed.
    """
    transforms = template.get("Transform")
    names = transforms if isinstance(transforms, list) else [transforms]
    if _SAM not in names:
        return template
    others = [name for name in names if name != _SAM]
    return {**_translated(template, path, region), **({"Transform": others} if others else {})}


def _translated(template: dict[str, Any], path: str, region: str) -> dict[str, Any]:
    try:
        from samtranslator.parser.parser import Parser  # type: ignore[import-untyped, unused-ignore]
        from samtranslator.translator.translator import Translator  # type: ignore[import-untyped, unused-ignore]
    except ModuleNotFoundError:
        raise CannotRead(
            path, "it is written for SAM, which takes an extra to read: pip install constructs-lib[sam]"
        ) from None
    logging.getLogger("samtranslator").addHandler(logging.NullHandler())
    session: Any = SimpleNamespace(region_name=region or "us-east-1")
    # A region that is not known stays in Fn::Sub as it was written.
    values = {} if region else {name: f"${{{name}}}" for name in ("AWS::Region", "AWS::Partition")}
    try:
        written = _without_files(template)
        # AWS expands loops first, and we do not know of what.
        loops = {name: written["Resources"].pop(name) for name in [*written["Resources"]] if name.startswith("Fn::")}
        translated: dict[str, Any] = Translator({}, Parser(), boto_session=session).translate(
            written, values, get_managed_policy_map=dict
        )
    except Exception as error:  # the translator raises whatever a malformed template leads it to
        raise CannotRead(path, f"SAM refuses it: {_reasons(error)}") from error
    translated["Resources"] |= loops
    return translated


def _without_files(template: dict[str, Any]) -> dict[str, Any]:
    """Copy a template, since the translator changes what it is given, as ``sam package`` would leave it."""
    copied: dict[str, Any] = json.loads(json.dumps(template))
    parameters = _object(copied.get("Parameters"))
    _settle(_object(_object(copied.get("Globals")).get("Function")), parameters)
    for resource in map(_object, copied["Resources"].values()):
        kind, properties = resource.get("Type"), resource.get("Properties")
        if isinstance(kind, str) and kind in _LOCAL and isinstance(properties, dict):
            _upload(properties, _LOCAL[kind])
            _settle(properties, parameters)
            if kind == _FUNCTION:
                _build(properties)
            elif "Fn::Transform" in _object(properties.get("DefinitionBody")):
                _include(properties)
    return copied


def _upload(properties: dict[str, Any], name: str) -> None:
    if name in properties:
        properties[name] = _ELSEWHERE


def _build(properties: dict[str, Any]) -> None:
    """Do as ``sam build``, which finds code and image where nothing says where they are; SAM takes what it needs."""
    properties |= {"CodeUri": _ELSEWHERE, "ImageUri": _IMAGE}


def _include(properties: dict[str, Any]) -> None:
    """Leave the body to the file that AWS includes before it expands the rest, and what changes the body with it."""
    for name in ("DefinitionBody", *_OF_BODY):
        properties.pop(name, None)
    properties["DefinitionUri"] = _ELSEWHERE


def _settle(properties: dict[str, Any], parameters: dict[str, Any]) -> None:
    """Choose what SAM must know, but the deployment alone does: a parameter that has no default."""
    for name in _NEEDED:
        parameter = parameters.get(str(_object(properties.get(name)).get("Ref")))
        if isinstance(parameter, dict) and "Default" not in parameter:
            properties[name] = "live"


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _reasons(error: Exception) -> str:
    causes = getattr(error, "causes", None) or [error]
    return "; ".join(str(getattr(cause, "message", "") or cause) or type(cause).__name__ for cause in causes)
