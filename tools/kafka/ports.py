# SPDX-License-Identifier: Apache-2.0
"""Which ports are whose: a cluster holds a lock on each of its own, as long as its brokers or who
watches them live. A broker that is about to start, or that is down for a while, finds them free."""

import dataclasses
import fcntl
import random
import socket

import jars
from trouble import Trouble

# Below the ports that the kernel gives to outgoing connections.
FREE_PORTS = range(20000, 32000)

_locks = {}


@dataclasses.dataclass(frozen=True)
class Ports:
    """The ports of one node."""

    plain: int
    controller: int
    secure: int


def choose(nodes, first=0):
    """Ports for as many nodes: `first` and those behind it for clients; 0: free ones."""
    wanted = range(first, first + nodes) if first else []
    for port in wanted:
        if not _take(port):
            raise Trouble(f"port {port} is taken; `--port 0` takes free ones")
    candidates = random.sample(FREE_PORTS, len(FREE_PORTS))
    free = (port for port in candidates if port not in wanted and _take(port))
    take = iter([*wanted, *(next(free) for _ in range(3 * nodes - len(wanted)))])
    plain, controller, secure = ([next(take) for _ in range(nodes)] for _ in range(3))
    return [Ports(*of_node) for of_node in zip(plain, controller, secure)]


def hold(ports):
    """Locks those of the ports that no other process of the cluster holds. Who inherits one of the
    answered files, by `pass_fds`, holds its port as well."""
    numbers = [port for of_node in ports for port in dataclasses.astuple(of_node)]
    return [_locks[port].fileno() for port in numbers if _lock(port)]


def _take(port):
    return _is_free(port) and _lock(port)


def _is_free(port):
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _lock(port):
    if port in _locks:
        return True
    folder = jars.cache() / "ports"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = open(folder / str(port), "w", encoding="utf-8")
    except OSError as error:
        raise Trouble(f"cannot keep in {folder} whose ports are whose: {error}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        return False
    _locks[port] = lock
    return True
