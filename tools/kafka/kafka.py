#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Apache Kafka for development and tests: one to three brokers on this machine, without a
container. `./dev kafka` installs what it needs and calls it."""

import argparse
import pathlib
import subprocess
import sys

import archive
import certificates
import cluster as clusters
import jars
import ports
from trouble import Trouble

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
USUAL_PORT = 9092

EXAMPLES = """
`start` again after `stop` goes on with the same topics; --fresh begins anew.
Exit codes: 0 done, 1 failed, 2 wrong arguments, 3 no broker can be had on this machine; status: 0
when all run, 1 otherwise.

  ./dev kafka start                 one broker, on port 9092 when that is free
  ./dev kafka start --nodes 3       three, each topic on all of them
  ./dev kafka start --secure        with SASL_SSL besides
  ./dev kafka start --fresh --version 3.9.1
  ./dev kafka stop
"""


def arguments():
    parser = argparse.ArgumentParser(
        prog="./dev kafka", description=__doc__, epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--folder", type=pathlib.Path, metavar="DIR",
                        default=ROOT / "build" / "kafka", help="where it lives: build/kafka")
    one = argparse.ArgumentParser(add_help=False)
    one.add_argument("--node", type=int, metavar="N", help="only this one of several")
    commands = parser.add_subparsers(dest="command", required=True, metavar="start|stop|status")

    start = commands.add_parser("start", parents=[common, one], help="start it, and wait for it")
    start.add_argument("--version", choices=jars.versions(), help="Apache Kafka's version")
    start.add_argument("--nodes", type=int, choices=(1, 3), help="1, or 3")
    start.add_argument("--secure", action="store_true", default=None,
                       help="also listen with SASL_SSL: SCRAM-SHA-512 or PLAIN")
    start.add_argument("--port", type=int, metavar="N",
                       help="the (first) broker's port; 0: a free one")
    start.add_argument("--set", action="append", metavar="NAME=VALUE", dest="settings",
                       help="a setting of the brokers, as in server.properties")
    start.add_argument("--full-speed", action="store_true",
                       help="to measure with: faster once it is warm, slower to start")
    start.add_argument("--fresh", action="store_true", help="forget the topics of before")
    start.add_argument("--owner", metavar="PID",
                       help="kill and remove it when this process is gone")

    stop = commands.add_parser("stop", parents=[common, one], help="stop it; topics are kept")
    stop.add_argument("--kill", action="store_true", help="by kill -9, as in a crash")
    stop.add_argument("--remove", action="store_true", help="remove its folder, too")
    stop.add_argument("--owner", metavar="PID", help="only if it still is this process's")

    commands.add_parser("status", parents=[common], help="what runs, and where")
    return parser.parse_args()


# ---- start ------------------------------------------------------------------------------------


def wanted(given, folder):
    """The cluster as the arguments have it."""
    nodes = given.nodes or 1
    try:
        of_nodes = ports.choose(nodes, USUAL_PORT if given.port is None else given.port)
    except Trouble:
        if given.port is not None:
            raise
        of_nodes = ports.choose(nodes)
    for setting in given.settings or []:
        if "=" not in setting:
            raise Trouble(f"--set {setting}: it is --set NAME=VALUE")
    return clusters.Cluster(folder, given.version or jars.versions()[0], of_nodes,
                            bool(given.secure), given.settings or [])  # fmt: skip


def must_agree(given, there):
    """What was asked for is what is there."""
    pairs = {
        "--version": (given.version, there.version),
        "--nodes": (given.nodes, len(there.ports)),
        "--secure": (given.secure, there.secure),
        "--port": (given.port or None, there.ports[0].plain),
        "--set": (given.settings, there.settings),
    }
    for option, (asked, has) in pairs.items():
        if asked is not None and asked != has:
            raise Trouble(f"{there.folder} was made with another {option}: {has}\n"
                          "  --fresh begins anew, without the topics of before.")  # fmt: skip


def one_or_all(given, there):
    if given.node is None:
        return there.nodes
    if given.node not in there.nodes:
        raise Trouble(f"--node {given.node}: there are nodes 1 to {len(there.ports)}")
    return [given.node]


def java_options(given, there):
    # The better of Java's two compilers makes a broker faster, after a slower start.
    return archive.options(there.version) + (
        [] if given.full_speed else ["-XX:TieredStopAtLevel=1"]
    )


def start(given, folder):
    there = clusters.load(folder)
    is_new = given.fresh or not there
    if is_new:
        if there:
            clusters.stop(there, there.nodes, kill=True)
        clusters.clear(folder)
        there = wanted(given, folder)
    if given.owner:
        (folder / clusters.OWNER).write_text(given.owner)
        watch(given.owner, there)
    if is_new:
        clusters.make(there, java_options(given, there))
    must_agree(given, there)
    clusters.start(there, one_or_all(given, there), java_options(given, there))
    tell(there)


def watch(owner, there):
    """A broker that a test started does not outlive the test, however that ended; and while that
    lives, nobody else gets the broker's ports."""
    script = 'tail --pid="$0" -f /dev/null; exec "$@"'
    command = [sys.executable, "-B", __file__, "stop", "--kill", "--remove",
               "--owner", owner, "--folder", there.folder]  # fmt: skip
    subprocess.Popen(
        ["sh", "-c", script, owner, *command], stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        pass_fds=ports.hold(there.ports),
    )  # fmt: skip


def tell(there):
    one = len(there.ports) == 1
    print(f"Apache Kafka {there.version} runs{'' if one else ', three brokers'}: {there.bootstrap}")
    print(f"  log      {there.log_file(1)}")
    if there.secure:
        tell_security(there)
    print(f"  look     kcat -b {there.bootstrap} -L")
    print("  stop     ./dev kafka stop")


def tell_security(there):
    own = there.security_folder
    client = (f"kcat -b {there.secure_bootstrap} -X security.protocol=SASL_SSL"
              f" -X ssl.ca.location={own}/ca.pem -X sasl.mechanism=PLAIN"
              f" -X sasl.username={certificates.USER}"
              f' -X sasl.password="$(cat {own}/password)"')  # fmt: skip
    print(f"  SASL_SSL {there.secure_bootstrap}")
    print("           by PLAIN, or by SCRAM-SHA-512 (Kafka 4 wants librdkafka 2.6.1 for it)")
    print(f"  user     {certificates.USER}, password in {own}/password")
    print(f"  CA       {own}/ca.pem; one that did not sign: {own}/wrong-ca.pem")
    print(f"  look     {client} -L")


# ---- stop, status -----------------------------------------------------------------------------


def stop(given, folder):
    if given.owner and given.owner != clusters.owner(folder):
        return
    there = clusters.load(folder)
    stopped = there and clusters.stop(there, one_or_all(given, there), given.kill)
    print(f"stopped {len(stopped)} of {len(there.ports)}" if stopped else "nothing runs")
    if given.remove:
        clusters.remove(folder)


def status(folder):
    there = clusters.load(folder)
    running = there and there.running()
    if not running:
        print("no broker runs; start one: ./dev kafka start")
        return 1
    for node in there.nodes:
        pid = there.process(node)
        print(f"broker {node}: " + (f"runs, process {pid}" if pid else "does not run"))
    tell(there)
    return 0 if len(running) == len(there.ports) else 1


def main():
    given = arguments()
    folder = given.folder.absolute()
    if given.command == "status":
        return status(folder)
    if given.command == "start":
        folder.mkdir(parents=True, exist_ok=True)
    elif not folder.is_dir():
        print("nothing runs")
        return 0
    with clusters.alone(folder):
        {"start": start, "stop": stop}[given.command](given, folder)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Trouble as trouble:
        print(f"kafka: {trouble}", file=sys.stderr)
        sys.exit(trouble.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
