"""The two files of pins hold what pyproject.toml says."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
EXTRAS = PROJECT["optional-dependencies"]
NOT_OLDEST = {"bench", "browser", "docs", "ray", "wandb"}
"""Extras of which no oldest version is tested."""
TOOLS = {"ruff", "mypy", "pandas-stubs", "scipy-stubs"}
"""Of the extra dev, what no test runs."""


def ranges(*extras: str) -> dict[str, Requirement]:
    lines = [*PROJECT["dependencies"], *(line for extra in extras for line in EXTRAS[extra])]
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(each.name): each for each in found if each.name != PROJECT["name"]}


def pins(file: str) -> dict[str, Version]:
    lines = [line.split("==") for line in (ROOT / file).read_text().splitlines() if not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in lines}


def bound(requirement: Requirement) -> Version:
    (lowest,) = (each.version for each in requirement.specifier if each.operator == ">=")
    return Version(lowest)


def test_the_oldest_pins_are_the_lower_bounds():
    wanted = ranges(*EXTRAS.keys() - NOT_OLDEST)
    oldest = pins("constraints-oldest.txt")
    for name in wanted.keys() - TOOLS:
        assert oldest.get(name) == bound(wanted[name]), name


@pytest.mark.parametrize("name", sorted(ranges(*EXTRAS.keys() - {"bench"})))
def test_every_dependency_is_pinned_within_its_range(name):
    assert pins("constraints.txt")[name] in ranges(*EXTRAS)[name].specifier
