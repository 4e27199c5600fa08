#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The rules of the house that no compiler knows.

    house.py [ROOT]     prints what breaks them; exits 1 if anything does
"""

import re
import sys
from typing import NamedTuple

from layers import PAGE, Layers
from tree import CPP, Finding, code_only, files, read, report, root_from

COLUMNS = 100
SPDX = "SPDX-License-Identifier: Apache-2.0"
CODE = (*CPP, ".py", ".cmake", ".sh")
SCRIPTS = ("dev", ".ci/run", "tools/demo", "CMakeLists.txt")

# A promise to do something later. (Spelt so that this line is none.)
PROMISE = re.compile(r"\b([T]ODO|[F]IXME|X{3})\b")

# What may lie at the top; what starts with a dot may, too, and what git ignores.
TOP = {
    "CMakeLists.txt", "CMakePresets.json", "README.md", "ARCHITECTURE.md", "LICENSE", "dev",
    "runtime", "actors", "topologies", "config", "tests", "bench", "tools", "build",
}


class Ban(NamedTuple):
    """A call that is forbidden in some folders, and what to take instead."""

    call: str  # what to search in code without comments and literals
    folders: tuple
    instead: str
    but_in: tuple = ()  # beginnings of the file paths that may


BANS = (
    Ban(
        r"\b(system|steady|high_resolution)_clock::now\b",
        ("runtime", "actors"),
        "time is a parameter: base::clock",
        ("runtime/base/clock",),
    ),
    Ban(r"\bsystem_clock::now\b", ("tools/world",), "the world has its own calendar"),
    Ban(
        r"(?<![\w.>])s?rand\s*\(|\brandom_device\b|#\s*include\s*<random>",
        ("runtime", "actors", "tools"),
        "chance is a parameter, equal on every machine: base/random.hpp",
        ("runtime/base/random",),
    ),
    Ban(r"\bsleep_(for|until)\b", ("runtime", "actors"), "wait for an event or a timer"),
)


def _lines(text):
    return enumerate(text.splitlines(), 1)


def _our_code(root):
    scripts = [root / name for name in SCRIPTS]
    found = files(root, CODE) + [path.relative_to(root) for path in scripts if path.is_file()]
    return sorted(set(found))


def check_text(root):
    """Line length, the license line, and promises to do something later."""
    findings = []
    for path in _our_code(root):
        name, text = path.as_posix(), read(root, path)
        if SPDX not in "\n".join(text.splitlines()[:2]):
            findings.append(Finding(name, 1, f"the first line says: {SPDX}"))
        for number, line in _lines(text):
            if len(line) > COLUMNS:
                findings.append(Finding(name, number, f"{len(line)} columns; {COLUMNS} at most"))
            if PROMISE.search(line):
                findings.append(Finding(name, number, "do it now, or open an issue"))
    return findings


def check_headers(root):
    """Headers guard themselves, open no namespace for others, and are included by someone."""
    findings = []
    used = {}
    for path in files(root, CPP):
        for header in re.findall(r'^#include "([^"]+)"', read(root, path), re.MULTILINE):
            used.setdefault(header, set()).add(path)
    for path in files(root, (".hpp",)):
        name, text = path.as_posix(), read(root, path)
        if "#pragma once" not in text:
            findings.append(Finding(name, 1, "no #pragma once"))
        for number, line in _lines(code_only(text)):
            if re.search(r"\busing\s+namespace\b", line):
                findings.append(Finding(name, number, "using namespace in a header"))
        others = used.get(name, set()) - {path, path.with_suffix(".cpp")}
        if not others and path.parts[:2] != ("tools", "cmake"):
            findings.append(Finding(name, 0, "no other file includes it"))
    return findings


def check_bans(root):
    """The calls that make a run unlike the next, or a thread wait for nothing."""
    findings = []
    for ban in BANS:
        for path in files(root, CPP, ban.folders):
            name = path.as_posix()
            if name.startswith(ban.but_in):
                continue
            for number, line in _lines(code_only(read(root, path))):
                if re.search(ban.call, line):
                    findings.append(Finding(name, number, ban.instead))
    return findings


def check_places(root):
    """Every room that is there has a README.md, and nothing strange lies at the top."""
    findings = []
    for room in Layers(read(root, PAGE)).rooms:
        folder = root / room
        if any(folder.rglob("*.?pp")) and not (folder / "README.md").is_file():
            findings.append(Finding(f"{room}/README.md", 0, "every room has one"))
    for entry in sorted(root.iterdir()):
        if not entry.name.startswith(".") and entry.name not in TOP:
            findings.append(Finding(entry.name, 0, "does not belong at the top of the repository"))
    return findings


def check(root):
    return check_text(root) + check_headers(root) + check_bans(root) + check_places(root)


if __name__ == "__main__":
    sys.exit(report(check(root_from(sys.argv))))
