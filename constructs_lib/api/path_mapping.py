"""What leads from a path under a name to an API."""

from aws_cdk import aws_apigateway as apigateway
from aws_cdk import aws_apigatewayv2 as apigatewayv2
from constructs import Construct

from constructs_lib.api.domain import ApiDomain
from constructs_lib.api.security_policy import name_of
from constructs_lib.api.weak_reference import arn_within_reach, name_within_reach

ApiName = apigateway.DomainName | apigateway.CfnDomainNameV2
PathMapping = apigateway.BasePathMapping | apigatewayv2.CfnApiMapping | apigateway.CfnBasePathMappingV2


def path_mapping(scope: Construct, *, domain: ApiDomain, name: ApiName, api: apigateway.RestApi) -> PathMapping:
    """Lead a path under a name, which may be of another stack, to the stage of an API."""
    if isinstance(name, apigateway.CfnDomainNameV2):
        return apigateway.CfnBasePathMappingV2(
            scope,
            # A weak reference to a name reads the same when the name is replaced, so what replaces it is in the id.
            f"MappingOf{domain.name}With{name_of(domain.security_policy)}",
            domain_name_arn=arn_within_reach(scope, name.attr_domain_name_arn, name),
            base_path=domain.base_path,
            rest_api_id=api.rest_api_id,
            stage=api.deployment_stage.stage_name,
        )
    near_name = name_within_reach(scope, "NameElsewhere", name, domain.name)
    mapping = _public_mapping(scope, domain.base_path, near_name, api)
    if near_name is not name:
        mapping.node.add_dependency(name)
    return mapping


def _public_mapping(
    scope: Construct, path: str | None, name: apigateway.IDomainName, api: apigateway.RestApi
) -> apigateway.BasePathMapping | apigatewayv2.CfnApiMapping:
    if path is None or "/" not in path:
        return apigateway.BasePathMapping(scope, "Mapping", domain_name=name, rest_api=api, base_path=path)
    # Paths of several segments are known to this type alone, which for all its name takes REST APIs.
    return apigatewayv2.CfnApiMapping(
        scope,
        "Mapping",
        domain_name=name.domain_name,
        api_mapping_key=path,
        api_id=api.rest_api_id,
        stage=api.deployment_stage.stage_name,
    )
