#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs clang-tidy over our sources, and remembers which were clean.

    tidy.py BUILD [PATH...]     BUILD holds compile_commands.json; PATHs narrow it down

A file that was clean is not looked at again until it, a header of ours it includes, its compile
command, .clang-tidy or clang-tidy itself changes. Findings are never remembered.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import subprocess
import sys
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TIDY = "clang-tidy-19"
# Tests are compiled with the same warnings and run under sanitizers; that is enough for them.
FOLDERS = ("runtime", "actors", "tools")


@lru_cache(maxsize=None)
def _headers(path):
    """The headers of ours that a file includes itself."""
    text = path.read_text(encoding="utf-8")
    named = re.findall(r'^#include "([^"]+)"', text, re.MULTILINE)
    return [ROOT / name for name in named if (ROOT / name).is_file()]


def _closure(path):
    """The file and all headers of ours below it, sorted."""
    seen, todo = set(), [path]
    while todo:
        file = todo.pop()
        if file not in seen:
            seen.add(file)
            todo += _headers(file)
    return sorted(seen)


def _key(command, path, tool):
    digest = hashlib.sha256(tool)
    digest.update(command.encode())
    for file in _closure(path):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _examine(build, path):
    """Empty when clean, else what clang-tidy says."""
    run = subprocess.run(
        [TIDY, "-p", str(build), "--quiet", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if run.returncode == 0 else run.stdout or run.stderr


def _sources(build, narrow):
    """(path, compile command) of each source of ours that is asked for."""
    found = []
    for entry in json.loads((build / "compile_commands.json").read_text(encoding="utf-8")):
        path = Path(entry["file"])
        if not path.is_relative_to(ROOT):
            continue
        name = path.relative_to(ROOT).as_posix()
        wanted = not narrow or any(name.startswith(part) for part in narrow)
        if wanted and name.startswith(tuple(folder + "/" for folder in FOLDERS)):
            found.append((path, entry["command"]))
    return sorted(set(found))


def main(build, narrow):
    build = build.resolve()
    clean = build / "clean"
    clean.mkdir(exist_ok=True)
    tool = subprocess.run([TIDY, "--version"], capture_output=True, check=True).stdout
    tool += (ROOT / ".clang-tidy").read_bytes()

    sources = _sources(build, narrow)
    marks = {path: clean / _key(command, path, tool) for path, command in sources}
    todo = [path for path, _ in sources if not marks[path].exists()]
    print(f"clang-tidy: {len(sources)} files, {len(todo)} not known to be clean", flush=True)

    dirty = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for path, output in zip(todo, pool.map(lambda path: _examine(build, path), todo)):
            if output:
                dirty += 1
                print(output, end="", flush=True)
            else:
                marks[path].touch()
    return 1 if dirty else 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))
