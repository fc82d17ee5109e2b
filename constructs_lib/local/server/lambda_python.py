"""The Python that functions run on: as on AWS it has boto3, and nothing else that happens to be installed here.

So a requirement that a function's package lacks is missing locally too.
"""

import venv
from importlib.util import find_spec
from pathlib import Path
from sysconfig import get_path

# boto3 and what it needs: the Python runtimes of Lambda bring these along.
_PROVIDED = ("boto3", "botocore", "dateutil", "jmespath", "s3transfer", "six", "urllib3")


def make_lambda_python(folder: Path) -> Path:
    """Make an environment in ``folder``; give its Python."""
    venv.create(folder, symlinks=True)
    packages = Path(get_path("purelib", "venv", {"base": str(folder)}))
    for name in _PROVIDED:
        spec = find_spec(name)
        if spec and spec.origin:
            source = Path(spec.origin).parent if spec.submodule_search_locations else Path(spec.origin)
            (packages / source.name).symlink_to(source)
    return folder / "bin" / "python"
