"""Places where no DAX is: each is silent or rude in another way."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def closed() -> Iterator[str]:
    """A port that nobody listens on."""
    with socket.socket() as holder:  # bound, so that nobody else gets it
        holder.bind(("127.0.0.1", 0))
        yield _endpoint(holder)


@contextmanager
def silent() -> Iterator[str]:
    """A port that accepts, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield _endpoint(listener)


@contextmanager
def swallowing() -> Iterator[str]:
    """A port that does not even answer a SYN, as behind a security group: its queue is full."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listener.getsockname())
        yield _endpoint(listener)


@contextmanager
def unknown() -> Iterator[str]:
    """A name that does not resolve."""
    yield "dax://no-such-cluster.invalid:8111"


def _endpoint(listener: socket.socket) -> str:
    return f"dax://127.0.0.1:{listener.getsockname()[1]}"
