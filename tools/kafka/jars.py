# SPDX-License-Identifier: Apache-2.0
"""Apache Kafka's jars: fetched once per machine, by Maven, as pom.xml says."""

import fcntl
import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree

from trouble import Trouble, Unavailable

POM = pathlib.Path(__file__).resolve().parent / "pom.xml"
MINUTES_MAX = 10


def versions():
    """The versions that can be had, the usual one first."""
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    found = ElementTree.parse(POM).iterfind("m:profiles/m:profile/m:id", space)
    return [element.text for element in found]


def cache():
    """The folder for what this machine keeps."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(base) / "aisle"


def find(version):
    """The folder with the jars; fetches them when they are not there yet."""
    if not shutil.which("java"):
        raise Unavailable("there is no Java: install openjdk-17-jre-headless (17 or later)")
    # Another pom.xml is another folder: clones of different ages do not take each other's jars.
    mark = hashlib.sha256(POM.read_bytes()).hexdigest()[:8]
    folder = cache() / f"kafka-{version}-{mark}"
    if folder.is_dir():
        return folder
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with open(f"{folder}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not folder.is_dir():
                _fetch(version, folder)
    except OSError as error:
        raise Trouble(f"cannot keep Kafka's jars in {folder.parent}: {error}") from error
    return folder


def _fetch(version, folder):
    maven = shutil.which("mvn")
    if not maven:
        raise Unavailable("Kafka's jars are not here yet, and there is no Maven: install maven")
    print(f"kafka: fetching Apache Kafka {version} (45 MB, once): {folder}", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="fetch-", dir=folder.parent) as place:
        made = pathlib.Path(place) / "jars"
        command = [
            maven, "--batch-mode", "--quiet", "--strict-checksums", "--update-snapshots",
            "-Dstyle.color=never", f"--activate-profiles={version}", f"--file={POM}",
            "org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies",
            f"-DoutputDirectory={made}",
        ]  # fmt: skip
        _run_maven(command, f"{folder}.maven.log")
        made.rename(folder)


def _shortened(error):
    """Maven says first what it wanted, and last why it could not."""
    said = error.split(" -> [Help")[0]
    return said if len(said) <= 400 else f"{said[:160]} … {said[-230:]}"


def _run_maven(command, log):
    why = f"after {MINUTES_MAX} minutes it had not finished"
    with open(log, "w+", encoding="utf-8") as said:
        try:
            ended = subprocess.run(
                command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False,
                timeout=60 * MINUTES_MAX,
            )  # fmt: skip
            if ended.returncode == 0:
                return
            said.seek(0)
            errors = [line.strip().split("[ERROR] ")[-1] for line in said if "ERROR" in line]
            why = _shortened(errors[0]) if errors else f"exit code {ended.returncode}"
        except subprocess.TimeoutExpired:
            pass
    raise Unavailable(
        f"Maven could not fetch Kafka's jars: {why}\n"
        f"  Is Maven Central to be reached from here? All that Maven said: {log}\n"
        "  Behind a proxy or a mirror: ~/.m2/settings.xml tells Maven."
    )
