"""How cdk-nag names a value of a template in its findings."""

from typing import Any


def as_reported(value: Any) -> str:
    """Write a resolved value as in the id of a finding: ``<Bucket.Arn>/folder/*``.

    Args:
        value: what ``Stack.resolve`` gives: a text, or what CloudFormation will put in its place.
    """
    match value:
        case {"Fn::Join": [delimiter, parts]}:
            return str(delimiter).join(map(as_reported, parts))
        case {"Fn::GetAtt": names}:
            return f"<{'.'.join(names)}>"
        case {"Ref": name}:
            return f"<{name}>"
    return str(value)
