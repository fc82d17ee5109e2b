"""What a DAX cluster can be made of, and when it may be mended."""

import re

from constructs_lib.arguments import require, require_kind, require_one_of

_SIZES = {
    "r7i": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"),
    "r5": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "12xlarge", "16xlarge", "24xlarge"),
    "r4": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"),
    "r3": ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge"),
    "t3": ("small", "medium"),
    "t2": ("small", "medium"),
}
NODE_TYPES = tuple(f"dax.{family}.{size}" for family, sizes in _SIZES.items() for size in sizes)
"""Those that AWS sells, newest first; not each in each region (Pricing for Amazon DynamoDB)."""

_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_MOMENT = rf"({'|'.join(_DAYS)}):([01]\d|2[0-3]):([0-5]\d)"
_WINDOW = re.compile(f"{_MOMENT}-{_MOMENT}")
_HOUR, _WEEK = 60, 7 * 24 * 60  # minutes


def check_node_type(node_type: str) -> None:
    """Raise `InvalidArgument`, with the list, for a node type that does not exist."""
    require_one_of("node_type", node_type, NODE_TYPES, "Pricing for Amazon DynamoDB")


def check_maintenance_window(window: str) -> None:
    """Raise `InvalidArgument` unless a window has DAX's form and takes an hour at least."""
    source = "Amazon DAX CreateCluster"
    require_kind("maintenance_window", window, str, source)
    match = _WINDOW.fullmatch(window)
    require(
        match, "maintenance_window", "have the form ddd:hh:mm-ddd:hh:mm, such as sun:01:00-sun:02:00", window, source
    )
    if match:
        begin, end = _minute(*match.groups()[:3]), _minute(*match.groups()[3:])
        long_enough = (end - begin) % _WEEK >= _HOUR
        require(long_enough, "maintenance_window", "take 60 minutes at least", window, source)


def _minute(day: str, hour: str, minute: str) -> int:
    return (_DAYS.index(day) * 24 + int(hour)) * 60 + int(minute)
