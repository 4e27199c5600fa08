#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads every #include and every word of the engine against tools/layers.txt.

    layers.py [ROOT]     prints what breaks the rules; exits 1 if anything does
"""

import re
import sys
from functools import lru_cache
from typing import NamedTuple

from tree import CPP, Finding, files, read, report, root_from

PAGE = "tools/layers.txt"
SECTIONS = ("rooms", "libraries", "tests", "words")
ROOMLESS = ("tools/cmake/", "tools/checks/")

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
_STANDARD = re.compile(r"[a-z_0-9]+")
_WORD_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


class Library(NamedTuple):
    header: str  # yaml-cpp/ or zlib.h
    places: tuple  # folders, or the beginnings of file paths


class Layers:
    """tools/layers.txt, read; what is wrong with the page itself stands in `findings`."""

    def __init__(self, text):
        self.findings = []
        self.rooms = {}  # room -> all that it may include, itself among them
        self.libraries = []
        self.words = []
        section = None
        for number, raw in enumerate(text.splitlines(), 1):
            line = raw.split("#")[0].strip()
            if not line:
                continue
            if line.startswith("["):
                section = line.strip("[]")
                if section not in SECTIONS:
                    self._wrong(number, f"unknown section {line}")
            elif section == "rooms":
                self._read_room(number, line)
            elif section == "tests":
                self._read_test(number, line)
            elif section == "libraries":
                _, header, *places = line.split()
                self.libraries.append(Library(header, tuple(places)))
            elif section == "words":
                self.words += [tuple(word.split("_")) for word in line.split()]
            else:
                self._wrong(number, "a line outside of every section")

    def _wrong(self, line, message):
        self.findings.append(Finding(PAGE, line, message))

    def _read_room(self, number, line):
        room, _, needs = line.partition(":")
        reach = {room}
        for need in needs.split():
            if need in self.rooms:
                reach |= self.rooms[need]
            else:
                self._wrong(number, f"{room} needs {need}, which is no room above it")
        self.rooms[room] = reach

    def _read_test(self, number, line):
        folder, _, needs = line.partition(":")
        for need in needs.split():
            if need not in self.rooms:
                self._wrong(number, f"{folder} needs {need}, which is no room")

    def room_of(self, path):
        """The innermost room a file lies in, or None."""
        inside = [room for room in self.rooms if path.startswith(room + "/")]
        return max(inside, key=len, default=None)

    def library_of(self, header):
        return next((lib for lib in self.libraries if header.startswith(lib.header)), None)


def _covers(place, path):
    return path.startswith(place) and (path[len(place):][:1] in ("", "/", ".", "_"))


def _check_ours(root, layers, path, line, header):
    room = layers.room_of(path)
    if not (root / header).is_file():
        return Finding(path, line, f'no file "{header}"; paths are from the root of the repository')
    other = layers.room_of(header)
    if other is None:
        return Finding(path, line, f'"{header}" lies in no room of {PAGE}')
    if other not in layers.rooms[room]:
        return Finding(path, line, f"{room} may not include {other} ({PAGE})")
    return None


def _check_foreign(layers, path, line, header):
    if _STANDARD.fullmatch(header):
        return None
    library = layers.library_of(header)
    if library is None:
        return Finding(path, line, f"<{header}> is of no library of {PAGE}")
    if not any(_covers(place, path) for place in library.places):
        places = ", ".join(library.places)
        return Finding(path, line, f"<{header}> may be included only in {places} ({PAGE})")
    return None


def check_includes(root, layers):
    """Every include of runtime/, actors/ and tools/ is one that the page allows."""
    findings = []
    for file in files(root, CPP, ("runtime", "actors", "tools")):
        path = file.as_posix()
        if path.startswith(ROOMLESS):
            continue
        if layers.room_of(path) is None:
            findings.append(Finding(path, 0, f"lies in no room of {PAGE}"))
            continue
        for number, text in enumerate(read(root, file).splitlines(), 1):
            match = _INCLUDE.match(text)
            if not match:
                continue
            kind, header = match.groups()
            if kind == '"':
                finding = _check_ours(root, layers, path, number, header)
            else:
                finding = _check_foreign(layers, path, number, header)
            if finding:
                findings.append(finding)
    return findings


def _says(parts, word):
    """Whether the parts of an identifier hold the word: storeIds says store_id, until no till."""
    plural = word[:-1] + (word[-1] + "s",)
    spans = (parts[i:i + len(word)] for i in range(len(parts)))
    return any(span in (word, plural) for span in spans)


@lru_cache(maxsize=None)
def _words_said(identifier, words):
    """How many of the words an identifier says. A tree has far fewer identifiers than places."""
    parts = tuple(part.lower() for part in _WORD_PART.findall(identifier))
    return sum(_says(parts, word) for word in words)


def check_words(root, layers):
    """The engine names nothing that only a shop has: not in code, comments or strings."""
    findings = []
    words = tuple(layers.words)
    for file in files(root, CPP, ("runtime",)):
        for number, text in enumerate(read(root, file).splitlines(), 1):
            for identifier in re.findall(r"\w+", text):
                for _ in range(_words_said(identifier, words)):
                    message = f"'{identifier}' is a word of the trade; runtime/ knows none"
                    findings.append(Finding(file.as_posix(), number, message))
    return findings


def check(root):
    layers = Layers(read(root, PAGE))
    return layers.findings + check_includes(root, layers) + check_words(root, layers)


if __name__ == "__main__":
    sys.exit(report(check(root_from(sys.argv))))
