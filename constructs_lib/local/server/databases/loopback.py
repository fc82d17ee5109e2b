"""Addresses of one's own on the loopback network, so that every local database can listen on the port it has on AWS."""

import errno
import random
import socket

_ATTEMPTS = 100


def listen_alone(port: int) -> socket.socket:
    """Listen on ``port`` of a loopback address that nobody else listens on; the socket tells the address.

    Raises:
        OSError: When this machine has no such addresses: Linux has sixteen million, others only those they are given.
    """
    for _ in range(_ATTEMPTS):
        # From 127.64.0.0 on: the lower ones are where other programs and resolvers settle.
        address = f"127.{random.randint(64, 254)}.{random.randint(0, 255)}.{random.randint(1, 254)}"  # noqa: S311
        listener = socket.socket()
        try:
            listener.bind((address, port))
            listener.listen()
        except OSError as error:
            listener.close()
            if error.errno != errno.EADDRINUSE:
                raise OSError(error.errno, f"cannot listen on {address}:{port}: {error.strerror}") from error
        else:
            return listener
    raise OSError(errno.EADDRINUSE, f"port {port} is taken on every loopback address that was tried")
