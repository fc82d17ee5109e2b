"""A write of which nobody knows whether it was made."""


class WriteInDoubtError(RuntimeError):
    """A write was sent through DAX, and no answer came: it may be made or not.

    It was not sent again, since twice might be wrong: it has a condition, computes from what is there, or returns what
    was there. Read the item with ``ConsistentRead=True`` to see which it is, or make the write such that it can be
    repeated.
    """
