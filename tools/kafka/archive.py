# SPDX-License-Identifier: Apache-2.0
"""Java's archive of the classes a broker loads: with it, a start costs 1.9 s of processor time
instead of 3.4. Made once per machine, by a broker that is started and stopped for it."""

import fcntl
import hashlib
import pathlib
import shutil
import sys
import tempfile

import cluster as clusters
import jars
import ports
from trouble import Trouble


def _path(version):
    folder = jars.find(version)
    # Java refuses the archive of another Java.
    java = pathlib.Path(shutil.which("java")).resolve()
    mark = hashlib.sha256(f"{java} {java.stat().st_mtime_ns}".encode()).hexdigest()[:8]
    return folder / f"classes-{mark}.jsa"


def options(version):
    """Java's options that use it; makes it when it is not there yet."""
    path = _path(version)
    if not path.exists():
        with open(f"{path}.lock", "w", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not path.exists():
                _make(version, path)
    return [f"-XX:SharedArchiveFile={path}"] if path.exists() else []


def _make(version, path):
    print(f"kafka: preparing quick starts of {version} (once)", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="archive-", dir=path.parent) as place:
        made = pathlib.Path(place) / "classes.jsa"
        scratch = clusters.Cluster(pathlib.Path(place) / "broker", version,
                                   ports.choose(1))  # fmt: skip
        try:
            clusters.make(scratch)
            clusters.start(scratch, [1], [f"-XX:ArchiveClassesAtExit={made}"])
            clusters.stop(scratch, [1])
            made.rename(path)
        except (Trouble, OSError) as error:
            # It is not needed; a broker that does not start says why when it is wanted.
            print(f"kafka: could not: {error}", file=sys.stderr)
