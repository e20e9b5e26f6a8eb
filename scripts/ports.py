"""Ports of this machine: whether one is free, and which one could be taken in its place."""

from __future__ import annotations

import socket
from collections.abc import Sequence

from scripts.problems import Problem


def is_free(host: str, port: int) -> bool:
    """Whether a server could listen there now. Raises Problem when `host` is no address of this machine."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except socket.gaierror as error:
        raise Problem(f"HOST={host} is not an address: {error.strerror}.") from error
    with socket.socket(family, kind, protocol) as probe:
        # As the servers do it: a port in TIME_WAIT after a restart is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(address)
        except PermissionError as error:
            raise Problem(
                f"Port {port} needs root's rights on this machine; take one above 1023."
            ) from error
        except OSError:
            return False
    return True


def any_free(host: str = "127.0.0.1") -> int:
    """A port that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def near(wanted: int, *, but_not: Sequence[int] = (), host: str = "127.0.0.1") -> int:
    """`wanted` when it is free and not spoken for, else the next one that is, else any."""
    for port in range(wanted, min(wanted + 50, 65536)):
        if port not in but_not and is_free(host, port):
            return port
    return any_free(host)


def read(variable: str, value: str) -> int:
    """The port number that an environment variable holds. Raises Problem when it is none."""
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise Problem(f"{variable}={value!r} is not a port: give a whole number from 1 to 65535.")
    return int(value)


def require_free(*, variable: str, host: str, port: int, what: str) -> None:
    """Raises Problem, naming the variable that moves the port and a number that would do."""
    if is_free(host, port):
        return
    other = next((p for p in range(port + 1, min(port + 50, 65536)) if is_free(host, p)), None)
    instead = other or any_free()
    raise Problem(
        f"Port {port}, wanted for {what}, is taken by another program.\n"
        f"Stop that program, or choose another port:  {variable}={instead} make run"
    )
