# SPDX-License-Identifier: Apache-2.0
"""One to three brokers in a folder of their own: made, started, stopped, by the process ids kept
there."""

import contextlib
import dataclasses
import fcntl
import json
import os
import pathlib
import shutil
import signal
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode

import certificates
import jars
import ports
import settings
from trouble import Trouble

SECONDS_TO_START = 300
SECONDS_TO_STOP = 60
LOCK = "lock"
OWNER = "owner"
OURS = {LOCK, OWNER, "addresses", "cluster.json", "cluster.json.half", "security"}
STARTED = "Kafka Server started"

JAVA = ["-Xms128m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:-UsePerfData",
        "-Djava.awt.headless=true",
        "-Djava.net.preferIPv4Stack=true",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd HH:mm:ss.SSS"]  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Cluster:
    """What the folder was made for. All of it stands in its file cluster.json."""

    folder: pathlib.Path
    version: str
    ports: list
    secure: bool = False
    settings: list = dataclasses.field(default_factory=list)

    @property
    def nodes(self):
        return range(1, len(self.ports) + 1)

    @property
    def bootstrap(self):
        return ",".join(f"127.0.0.1:{at.plain}" for at in self.ports)

    @property
    def secure_bootstrap(self):
        return ",".join(f"localhost:{at.secure}" for at in self.ports)

    @property
    def security_folder(self):
        return self.folder / "security"

    @property
    def password(self):
        return (self.security_folder / "password").read_text()

    def node_folder(self, node):
        return self.folder / f"node-{node}"

    def log_file(self, node):
        return self.node_folder(node) / "log.txt"

    def process(self, node):
        """The process id of the node's broker; None when it is not running."""
        return _process_of(self.node_folder(node))

    def running(self):
        return [node for node in self.nodes if self.process(node)]


# ---- processes --------------------------------------------------------------------------------


def _properties(node_folder):
    return node_folder / "server.properties"


def _began(pid):
    """When the process began, in ticks since the machine did; None when it is gone."""
    try:
        line = pathlib.Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    state, *numbers = line.rpartition(")")[2].split()
    # Where its first thread has ended and others have not, its ports are still taken.
    is_gone = state in "ZX" and int(numbers[16]) <= 1
    return None if is_gone else int(numbers[18])


def _keep_process(node_folder, pid):
    (node_folder / "pid").write_text(f"{pid} {_began(pid)}\n")


def _process_of(node_folder):
    """The pid that was kept, if it is the same process still: a number is given again."""
    try:
        pid, began = map(int, (node_folder / "pid").read_text().split())
    except (OSError, ValueError):
        return None
    return pid if _began(pid) == began else None


def _java(cluster, node, options, program, *arguments):
    own = cluster.node_folder(node)
    return ["java", *JAVA, *options, f"-Djava.io.tmpdir={own}/tmp", "-cp",
            f"{jars.find(cluster.version)}/*", program, *map(str, arguments)]  # fmt: skip


def _complaints(log, skip=0):
    """The end of a broker's log, as far as it complains."""
    with open(log, encoding="utf-8", errors="replace") as said:
        said.seek(skip)
        lines = said.read().splitlines()
    bad = [line for line in lines if " ERROR " in line or "Exception" in line]
    return "\n".join("  " + line[:300] for line in (bad or lines)[-5:])


# ---- making -----------------------------------------------------------------------------------


def make(cluster, options=()):
    """Makes the folder: settings, certificates, and what Kafka calls formatted storage. `options`
    are Java's."""
    cluster.folder.mkdir(parents=True, exist_ok=True)
    if cluster.secure:
        certificates.make(cluster.security_folder)
    # May begin with a dash, so it is never a word of its own.
    identity = urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
    formatting = []
    for node in cluster.nodes:
        own = cluster.node_folder(node)
        (own / "tmp").mkdir(parents=True)
        _properties(own).write_text(settings.of_node(node, cluster))
        formatting.append(_format(cluster, node, identity, options))
    for node, process in zip(cluster.nodes, formatting):
        if process.wait() != 0:
            log = cluster.log_file(node)
            raise Trouble(f"Kafka could not make its storage:\n{_complaints(log)}\n  {log}")
    _write_facts(cluster)


def _format(cluster, node, identity, options):
    users = []
    if cluster.secure:
        user = f"name={certificates.USER},password={cluster.password}"
        users = ["--add-scram", f"SCRAM-SHA-512=[{user}]"]
    command = _java(cluster, node, options, "kafka.tools.StorageTool", "format",
                    f"--cluster-id={identity}",
                    "--config", _properties(cluster.node_folder(node)), *users)  # fmt: skip
    with open(cluster.log_file(node), "w", encoding="utf-8") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _write_facts(cluster):
    facts = dataclasses.asdict(cluster)
    del facts["folder"]
    _write_addresses(cluster)
    # Last, and in one step: a folder that has the file is whole.
    half = cluster.folder / "cluster.json.half"
    half.write_text(json.dumps(facts, indent=2) + "\n")
    half.rename(cluster.folder / "cluster.json")


def _write_addresses(cluster):
    """The same for those who read no JSON: tests/support/kafka_broker.cpp."""
    said = {"servers": cluster.bootstrap}
    for node in cluster.nodes:
        said[f"server.{node}"] = cluster.bootstrap.split(",")[node - 1]
    if cluster.secure:
        said |= {"secure_servers": cluster.secure_bootstrap, "user": certificates.USER}
    text = "".join(f"{name}={value}\n" for name, value in said.items())
    (cluster.folder / "addresses").write_text(text)


def load(folder):
    """The cluster of the folder; None when there is none."""
    try:
        facts = json.loads((folder / "cluster.json").read_text())
    except FileNotFoundError:
        return None
    facts["ports"] = [ports.Ports(**of_node) for of_node in facts["ports"]]
    return Cluster(**facts | {"folder": folder})


def _must_be_ours(folder):
    """Nothing of others is removed, nor written beside."""
    for entry in folder.iterdir():
        if not (entry.name in OURS or entry.name.startswith("node-")):
            raise Trouble(f"{folder} holds something else: {entry.name}; take an empty folder")


def owner(folder):
    """Whose process it is to end with; None when nobody's."""
    with contextlib.suppress(FileNotFoundError):
        return (folder / OWNER).read_text()
    return None


def clear(folder):
    """Makes room for another cluster."""
    for entry in folder.iterdir():
        if entry.name not in (LOCK, OWNER):
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def remove(folder):
    clear(folder)
    for name in (OWNER, LOCK):
        (folder / name).unlink(missing_ok=True)
    folder.rmdir()


@contextlib.contextmanager
def alone(folder):
    """Nobody else starts or stops this cluster meanwhile."""
    _must_be_ours(folder)
    with open(folder / LOCK, "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# ---- starting and stopping --------------------------------------------------------------------


def start(cluster, nodes, options=()):
    """Starts those of the nodes that do not run, and waits until they serve. `options` are Java's.
    """
    launched = {}
    for node in nodes:
        if not cluster.process(node):
            launched[node] = _launch(cluster, node, options)
    try:
        for node, (process, skip) in launched.items():
            _wait_until_started(cluster, node, process, skip)
    except BaseException:
        for process, _ in launched.values():
            process.kill()
            process.wait()
        raise


def _launch(cluster, node, options):
    own = cluster.node_folder(node)
    with open(cluster.log_file(node), "a", encoding="utf-8") as log:
        skip = log.tell()
        process = subprocess.Popen(
            _java(cluster, node, options, "kafka.Kafka", _properties(own)),
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            pass_fds=ports.hold(cluster.ports),
        )  # fmt: skip
    _keep_process(own, process.pid)
    return process, skip


def _wait_until_started(cluster, node, process, skip):
    log = cluster.log_file(node)
    until = time.monotonic() + SECONDS_TO_START
    with open(log, encoding="utf-8", errors="replace") as said:
        said.seek(skip)
        tail = ""
        while time.monotonic() < until:
            tail = tail[-len(STARTED) :] + said.read()
            if STARTED in tail:
                return
            if process.poll() is not None:
                raise Trouble(f"broker {node} ended at once:\n{_complaints(log, skip)}\n  {log}")
            time.sleep(0.02)
    raise Trouble(f"broker {node} does not serve after {SECONDS_TO_START} s: {log}")


def stop(cluster, nodes, kill=False):
    """Stops those of the nodes that run; one that does not end in time is killed."""
    pids = {node: pid for node in nodes if (pid := cluster.process(node))}
    for pid in pids.values():
        _send(pid, signal.SIGKILL if kill else signal.SIGTERM)
        _send(pid, signal.SIGCONT)
    until = time.monotonic() + SECONDS_TO_STOP
    while left := [pid for node, pid in pids.items() if cluster.process(node) == pid]:
        if time.monotonic() > until:
            for pid in left:
                _send(pid, signal.SIGKILL)
        time.sleep(0.02)
    return list(pids)


def _send(pid, what):
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, what)
