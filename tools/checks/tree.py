# SPDX-License-Identifier: Apache-2.0
"""What the checkers share: our files, their lines, and the shape of a finding."""

import re
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

OURS = ("runtime", "actors", "tools", "tests", "bench")
CPP = (".hpp", ".cpp")

# Comments and literals of C++. A ' between digits separates them (1'000) and opens no literal.
_COMMENT = r"//[^\n]*|/\*.*?\*/"
_LITERAL = (
    r'R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Za-z_])'(?:\\.|[^'\\\n])+'"
)
_NOT_CODE = re.compile(f"{_COMMENT}|{_LITERAL}", re.DOTALL)


class Finding(NamedTuple):
    """One broken rule, printed as compilers print an error. Line 0 means the file as a whole."""

    path: str
    line: int
    message: str

    def __str__(self):
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.message}"


def files(root, endings, folders=OURS):
    """Our files below the folders that end so, as paths relative to the root, sorted."""
    found = []
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in endings and path.is_file():
                found.append(path.relative_to(root))
    return found


def read(root, path):
    return (root / path).read_text(encoding="utf-8")


@lru_cache(maxsize=None)
def code_only(text):
    """The C++ text with comments and literals blanked; every line keeps its number."""
    return _NOT_CODE.sub(lambda match: re.sub(r"[^\n]", " ", match.group()), text)


def report(findings):
    """Prints the findings; the exit code of a checker."""
    for finding in sorted(findings):
        print(finding)
    return 1 if findings else 0


def root_from(arguments):
    """The tree to check: the first argument, or the one that this file is in."""
    if len(arguments) > 1:
        return Path(arguments[1]).resolve()
    return Path(__file__).resolve().parents[2]
