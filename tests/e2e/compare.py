#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Compares what a run wrote with what SQL says of the same input.

    compare.py QUERY.sql INPUT OUT     prints what differs; exits 1 if anything does

INPUT is a CSV file (a table `lines` of texts, one column each) or NDJSON (one column `text`), with
`row` counting from 0. QUERY.sql makes the views of `README.md`, knowing nothing of the program.
"""

import collections
import csv
import datetime
import decimal
import json
import pathlib
import re
import sqlite3
import sys

SHOWN_MAX = 10
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def scaled(text, scale):
    """A decimal as an integer of 10^-scale, half even; None when it is no decimal."""
    if not isinstance(text, str) or not NUMBER.fullmatch(text):
        return None
    unit = decimal.Decimal(1).scaleb(-scale)
    return int(decimal.Decimal(text).quantize(unit, decimal.ROUND_HALF_EVEN).scaleb(scale))


def whole(text):
    """An integer; None when it is none."""
    if not isinstance(text, str) or not re.fullmatch(r"[+-]?\d+", text):
        return None
    return int(text)


def utc_ms(text):
    """RFC 3339 with an offset, in milliseconds since 1970; None when it is none."""
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except (AttributeError, ValueError):
        return None
    if moment.tzinfo is None:
        return None
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
    return (moment - epoch) // datetime.timedelta(milliseconds=1)


def load_csv(database, path):
    with open(path, newline="", encoding="utf-8-sig") as file:
        rows = csv.reader(file)
        columns = ", ".join(f'"{name}" TEXT' for name in next(rows))
        database.execute(f"CREATE TABLE lines (row INTEGER PRIMARY KEY, {columns})")
        marks = ", ".join("?" * (columns.count(" TEXT") + 1))
        numbered = ((number, *row) for number, row in enumerate(rows))
        database.executemany(f"INSERT INTO lines VALUES ({marks})", numbered)


def load_ndjson(database, path):
    database.execute("CREATE TABLE lines (row INTEGER PRIMARY KEY, text TEXT)")
    with open(path, "rb") as file:
        lines = ((number, line.rstrip(b"\r\n").decode("utf-8", "replace"))
                 for number, line in enumerate(file))
        database.executemany("INSERT INTO lines VALUES (?, ?)", lines)


def ask(query, path):
    """The database after the query ran over the input."""
    database = sqlite3.connect(":memory:")
    for function, words in ((scaled, 2), (whole, 1), (utc_ms, 1)):
        database.create_function(function.__name__, words, function, deterministic=True)
    load = load_csv if path.suffix == ".csv" else load_ndjson
    load(database, path)
    database.executescript(query.read_text(encoding="utf-8"))
    return database


def has(database, view):
    found = "SELECT 1 FROM sqlite_temp_master WHERE name = ?"
    return database.execute(found, (view,)).fetchone() is not None


def rfc3339(seconds):
    moment = datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")


def records(folder):
    for part in sorted(folder.glob("part-*.ndjson")):
        with open(part, encoding="utf-8") as file:
            yield from map(json.loads, file)


class Report:
    def __init__(self):
        self.differences = 0

    def differs(self, text):
        self.differences += 1
        if self.differences <= SHOWN_MAX:
            print(text)

    def compare(self, what, expected, found):
        """Two dictionaries, or two sets."""
        as_dict = isinstance(expected, dict)
        for key in sorted(set(expected) - set(found), key=str):
            self.differs(f"{what} {key}: missing" + (f", {expected[key]}" if as_dict else ""))
        for key in sorted(set(found) - set(expected), key=str):
            self.differs(f"{what} {key}: too much" + (f", {found[key]}" if as_dict else ""))
        for key in sorted(set(expected) & set(found), key=str) if as_dict else ():
            if expected[key] != found[key]:
                self.differs(f"{what} {key}: expected {expected[key]}, found {found[key]}")
        print(f"{what}: {len(expected)} expected, {len(found)} found")


def expected_values(database):
    values = {}
    columns = "stage, key, window, start, end, value, amount, scale"
    rows = database.execute(f"SELECT {columns} FROM expected")
    for stage, key, window, start, end, value, amount, scale in rows:
        place = (stage, key, window, rfc3339(start), rfc3339(end), value)
        values[place] = decimal.Decimal(amount).scaleb(-scale)
    return values


class Histories:
    """Revisions count from 0; the last record repeats the last one and is final."""

    def __init__(self, report):
        self.report = report
        self.last = {}

    def add(self, place, revision, final):
        before, closed = self.last.get(place, (-1, False))
        expected = max(before, 0) if final else before + 1
        if closed or revision != expected:
            self.report.differs(f"window {place}: revision {revision} after {before}"
                                + (", which was final" if closed else ""))
        self.last[place] = (revision, final)

    def end(self):
        for place, (_, final) in self.last.items():
            if not final:
                self.report.differs(f"window {place}: never final")


def found_values(out, asked, report):
    """The values of the last records of all windows; what nobody asked for is left out."""
    values = {}
    histories = Histories(report)
    # Records of one key stand in one part, in the order in which they were made.
    for record in records(out / "windows"):
        key = ", ".join(str(part) for part in record["key"].values())
        place = (record["stage"], key, record["window"], record["start"], record["end"])
        histories.add(place, record["revision"], record["final"])
        for value, amount in record["values"].items() if record["final"] else ():
            # null: nothing of this value fell into the window.
            if (record["stage"], record["window"], value) in asked and amount is not None:
                values[(*place, value)] = decimal.Decimal(str(amount))
    histories.end()
    return values


def compare_windows(database, out, report):
    expected = expected_values(database)
    asked = {(stage, window, value) for stage, _, window, _, _, value in expected}
    found = found_values(out, asked, report)
    report.compare("window value", expected, found)
    return found


def compare_best(database, found, report):
    expected = database.execute("SELECT stage, key, units FROM best").fetchall()
    units = collections.Counter()
    for (stage, key, *_, value), amount in found.items():
        if (stage, value) == (expected[0][0], "units"):
            units[stage, key] += int(amount)
    best = sorted(((*of, sum_of) for of, sum_of in units.items()),
                  key=lambda row: (-row[2], row[1]))[:len(expected)]
    report.compare("best seller", dict(enumerate(expected)), dict(enumerate(best)))


def compare_rows(database, out, source, report):
    """The rows that are refused, and those that are late, by their places in the file."""
    if has(database, "refused"):
        refused = {row for (row,) in database.execute("SELECT row FROM refused")}
        rejects = {letter["offset"] for letter in records(out / "rejects")
                   if letter["source"] == source and not letter["stage"]}
        report.compare("rejected row", refused, rejects)
    if has(database, "late"):
        expected = set(database.execute("SELECT stage, window, row FROM late"))
        late = {(event["stage"], event["window"], event["offset"])
                for event in records(out / "late") if event["source"] == source}
        report.compare("late event", expected, late)


def main(query, path, out):
    database = ask(query, path)
    report = Report()
    found = compare_windows(database, out, report)
    if has(database, "best"):
        compare_best(database, found, report)
    # A CSV file is the source `lines` of its topology, a topic has the name of its file.
    compare_rows(database, out, "lines" if path.suffix == ".csv" else path.stem, report)
    print("equal" if report.differences == 0 else f"{report.differences} differences")
    return 1 if report.differences else 0


if __name__ == "__main__":
    if len(sys.argv) != 4:
        print(__doc__, file=sys.stderr)
        sys.exit(2)
    sys.exit(main(*map(pathlib.Path, sys.argv[1:])))
