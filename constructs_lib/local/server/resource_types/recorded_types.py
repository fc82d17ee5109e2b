"""Types that the emulator has no service for: recorded, so that a stack comes and goes with them, but not emulated."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass

from constructs_lib.local.server.emulator import current_account, current_region, register_resource_type
from constructs_lib.local.server.resource_types.resource_type import Created, Declaration, Properties


@dataclass(frozen=True, slots=True)
class RecordedType:
    """A type of which only the existence is remembered; its attributes follow from its id and its properties."""

    attributes: Callable[[str, Properties], dict[str, str]]

    def create(self, declared: Declaration) -> Created:
        """Name it as CloudFormation would."""
        physical_id = f"{declared.stack_name}-{declared.logical_id}-{secrets.token_hex(6)}"
        return physical_id, self.attributes(physical_id, declared.properties)

    def update(self, physical_id: str, old: Properties, declared: Declaration) -> Created:  # noqa: ARG002 - nothing was made
        """Keep it."""
        return physical_id, self.attributes(physical_id, declared.properties)

    def delete(self, physical_id: str, properties: Properties) -> None:
        """Forget it."""


def register_recorded_types() -> None:
    """Teach CloudFormation these types."""
    types = {
        "ApiGateway::BasePathMappingV2": _named("BasePathMappingArn"),
        "ApiGateway::DomainNameAccessAssociation": _named("DomainNameAccessAssociationArn"),
        "ApiGateway::DomainNameV2": _private_name,
        "ApplicationAutoScaling::ScalableTarget": _named("Id"),
        "ApplicationAutoScaling::ScalingPolicy": _named("Arn"),
        "Backup::BackupSelection": _named("Id", "SelectionId"),
        "Cognito::ManagedLoginBranding": _named("ManagedLoginBrandingId"),
        "DAX::Cluster": _dax_cluster,
        "DAX::ParameterGroup": _named(),
        "DAX::SubnetGroup": _named(),
        "RDS::EventSubscription": _named(),
        "WAFv2::LoggingConfiguration": _named(),
    }
    for name, attributes in types.items():
        register_resource_type(f"AWS::{name}", RecordedType(attributes))


def _named(*attributes: str) -> Callable[[str, Properties], dict[str, str]]:
    """Give attributes that are the physical id."""
    return lambda physical_id, _: dict.fromkeys(attributes, physical_id)


def _private_name(physical_id: str, properties: Properties) -> dict[str, str]:
    """Name it as API Gateway does: several accounts may have a private name in common."""
    place = f"arn:aws:apigateway:{current_region()}:{current_account()}:/domainnames"
    return {"DomainNameArn": f"{place}/{properties['DomainName']}+{physical_id}", "DomainNameId": physical_id}


def _dax_cluster(physical_id: str, properties: Properties) -> dict[str, str]:
    """Name an endpoint where nothing listens: code that can do without its cache finds out at once."""
    encrypted = properties.get("ClusterEndpointEncryptionType") == "TLS"
    scheme, port = ("daxs", 9111) if encrypted else ("dax", 8111)
    return {
        "Arn": f"arn:aws:dax:{current_region()}:{current_account()}:cache/{physical_id}",
        "ClusterDiscoveryEndpoint": f"127.0.0.1:{port}",
        "ClusterDiscoveryEndpointURL": f"{scheme}://127.0.0.1:{port}",
    }
