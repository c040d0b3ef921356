"""The table of messages that the documents show."""

from __future__ import annotations

import csv
import re
import tempfile
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.messages.places import ROOT, Place, all_places

TABLE = ROOT / "docs" / "messages.csv"
LONGEST = 600
_TEMPORARY = re.compile(
    rf"{re.escape(tempfile.gettempdir())}/(pytest-of-[^/]+/pytest-\d+/(popen-\w+/)?[^/\s'\",;:]+|tmp\w+)"
)
_DIGEST = re.compile(r"\b(0x)?(?=[0-9]*[a-f])[0-9a-f]{8,}\b")

Heard = dict[Place, dict[str, str]]  # for each place the tests in which it spoke, and what it said


class Example(NamedTuple):
    """What a message said in one test."""

    example: str
    test: str


NONE = Example("", "")


def add(heard: Heard, place: Place, test: str, said: str) -> None:
    """Take down a message; of what one place says in one test the shortest is kept."""
    tests = heard.setdefault(place, {})
    tests[test] = min(tests.get(test, said), said, key=lambda text: (len(text), text))


def plain(said: str) -> str:
    """A message without what changes from one run of the tests to the next: temporary folders, addresses, digests."""
    said = _TEMPORARY.sub("FOLDER", said).replace(f"{ROOT}/", "")
    said = _DIGEST.sub("DIGEST", said)
    return said if len(said) <= LONGEST else f"{said[:LONGEST]} ..."


def read_table(path: Path = TABLE) -> dict[Place, Example]:
    """The example of every place in the table."""
    with path.open(newline="") as file:
        return {Place(*row[:3]): Example(*row[3:]) for row in list(csv.reader(file))[1:]}


def update(heard: Heard, ran: Collection[str], path: Path = TABLE) -> None:
    """Write one row for each place in the source; a row keeps its test as long as that gives the message."""
    before = read_table(path) if path.exists() else {}
    with path.open("w", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow((*Place._fields, *Example._fields))
        for place in sorted(all_places()):
            rows.writerow((*place, *chosen(heard.get(place, {}), ran, before.get(place, NONE))))


def chosen(tests: Mapping[str, str], ran: Collection[str], before: Example) -> Example:
    """The example of before if its test did not run, or else what it says now; where it says nothing, the shortest."""
    if before.test not in ran and exists(before.test):
        return before
    if before.test in tests:
        return Example(tests[before.test], before.test)
    examples = (Example(said, test) for test, said in tests.items())
    return min(examples, key=lambda one: (len(one.example), one.test), default=NONE)


def exists(test: str) -> bool:
    """Whether a test of this name, file::function, is in the repository."""
    file, _, function = test.rpartition("::")
    return bool(file) and f"def {function}(" in _text(ROOT / file.partition("::")[0])


@cache
def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""
