"""A recipe: one TOML file that says which runs an experiment has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import product
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from spectra.sweeps.axes import Axis, forgive_missing, part, read_axes
from spectra.sweeps.compare import Compare, read_compare
from spectra.sweeps.judge import Judge, read_judge
from spectra.sweeps.measured import Measurements, measured_in_grids, read_measurements
from spectra.sweeps.sections import KINDS, PLAIN, Mistakes
from spectra.sweeps.smoke import smaller
from spectra.sweeps.toml_document import did_you_mean, plain, read_document, shown, unusable
from spectra.training import RunSpec

WORDS = ("name", "title", "description", "command")
DEVICES = re.compile(r"(?i:con|prn|aux|nul|(com|lpt)[0-9])")
"""Names that Windows keeps for devices, in every folder."""
COMMANDS = ("report", "check")
"""Which of them makes the page of a recipe."""
LISTED = 20
"""Mistakes that are listed at most; of more, most are the same one."""


@dataclass(frozen=True)
class Experiment:
    """What a recipe describes: runs, and what is judged about them."""

    name: str  # letters, digits, _ and -: it names folders
    title: str
    description: str
    specs: tuple[RunSpec, ...]  # grid after grid, the last axis of each fastest
    judge: Judge | None  # None: nothing is judged, and the report shows curves
    text: str  # of the recipe file
    path: Path
    small: bool = False  # made of the recipe and its [smoke] section
    compare: tuple[Compare, ...] = ()  # what is compared seed by seed, whatever is judged
    command: str = COMMANDS[0]  # which makes its page

    @property
    def folder_name(self) -> str:
        """The name, told apart where this is the small version: a page of it never replaces the full one."""
        return f"{self.name}-smoke" if self.small else self.name


def read_experiment(path: str | Path, *, smoke: bool = False) -> Experiment:
    """Read and check a recipe.

    `[sweep]` names axes as the long table names columns: the settings of all sections by their own names, and the
    kind of a section by the name of the section. The runs are the full product of the axes; of several sections
    `[[sweep]]` each adds its own product, and its `measurements` name those of the measured quantities that its runs
    need; without that all are measured. Without a `[judge]` section consistency of `effective_sharpness` across
    `width` is judged at the only rate, if it is measured; with several rates, or without it, nothing is judged. A
    `[judge]` section must fit the recipe, defaults included. Each section `[[compare]]` asks for a comparison of runs
    that agree in everything but one setting, seed by seed; it needs no judge. A `[smoke]` section says what makes the
    recipe small: lists restrict axes, and single values replace settings.

    Args:
        path: A TOML file.
        smoke: Read the small version.

    Returns:
        The experiment, with at least one run and no run twice.

    Raises:
        ValueError: If anything is wrong with the file: the message lists every mistake by its place in the recipe.
    """
    path = Path(path)
    text, document = read_document(path)
    mistakes: Mistakes = dict(unusable(document))
    _check_names(document, mistakes)
    small = smaller(document, mistakes)
    if smoke:
        if "smoke" not in document:
            mistakes["smoke"] = "is missing, and the small version was asked for; add a section such as steps = 40"
        document = small
    words = {word: _word(document, word, path, mistakes) for word in WORDS}
    grids = read_axes(document, mistakes)
    measurements = read_measurements(document, mistakes)
    measured = measured_in_grids(document, measurements, mistakes)
    specs = _specs(document, grids, measured, mistakes)
    judge = read_judge(document, grids, measurements, mistakes)
    _check_judged(judge, specs, mistakes)
    compare = read_compare(document, specs, mistakes, small=smoke)
    forgive_missing(document, mistakes)
    if mistakes:
        raise ValueError(_listed(path, mistakes))
    return Experiment(**words, specs=specs, judge=judge, text=text, path=path, small=smoke, compare=compare)


def _listed(path: Path, mistakes: Mistakes) -> str:
    lines = [f"{place}: {what}" for place, what in mistakes.items()]
    if len(lines) == 1:
        return f"{path}: {lines[0]}"
    more = [f"... and {len(lines) - LISTED} more"] if len(lines) > LISTED else []
    return "\n".join([f"{path}: {len(lines)} mistakes", *(f"  {line}" for line in lines[:LISTED] + more)])


def _check_names(document: Mapping[str, Any], mistakes: Mistakes) -> None:
    names = [*WORDS, *(field.name for field in fields(RunSpec)), "sweep", "judge", "compare", "smoke"]
    for name in document.keys() - set(names):
        near = did_you_mean(name, names)
        mistakes.setdefault(plain(name), f"is no section or setting of a recipe; there are {', '.join(names)}{near}")


def _word(document: Mapping[str, Any], word: str, path: Path, mistakes: Mistakes) -> str:
    defaults = {"name": path.stem, "title": document.get("name", path.stem), "description": "", "command": COMMANDS[0]}
    value = document.get(word, defaults[word])
    if not isinstance(value, str):
        mistakes.setdefault(word, f"must be a text in quotes, and {shown(value)} was given")
    elif word == "name" and not re.fullmatch(r"[A-Za-z0-9_-]{1,80}", value):
        mistakes.setdefault(
            word,
            f"must be 1 to 80 letters, digits, _ and -, because it names a folder, and {shown(value)} was given; "
            "set name at the top of the recipe, or rename the file",
        )
    elif word == "name" and DEVICES.fullmatch(value):
        mistakes.setdefault(word, f"must name a folder, and {shown(value)} is a device on Windows; choose another name")
    elif word == "command" and value not in COMMANDS:
        listed = " or ".join(map(repr, COMMANDS))
        mistakes.setdefault(word, f"must be {listed}, which of them makes the page, and {shown(value)} was given")
    return str(value)


def _specs(
    document: Mapping[str, Any], grids: Sequence[tuple[Axis, ...]], measured: Sequence[Measurements], mistakes: Mistakes
) -> tuple[RunSpec, ...]:
    parts = [{name: part(document, name, axes, mistakes) for name in (*KINDS, *PLAIN)} for axes in grids]
    if mistakes:
        return ()
    specs: dict[str, RunSpec] = {}
    swept = {axis.name for axes in grids for axis in axes}
    for axes, measurements, settings in zip(grids, measured, parts, strict=True):
        for point in product(*(range(len(axis.values)) for axis in axes)):
            values = {name: setting.at(point) for name, setting in settings.items()}
            try:
                spec = RunSpec(measurements=measurements, **values)
            except ValidationError as error:
                mistakes.setdefault("recipe", str(error.errors()[0]["ctx"]["error"]))
                return ()
            if specs.setdefault(spec.identity, spec) is not spec:
                which = ", ".join(f"{name} = {value}" for name, value in spec.columns().items() if name in swept)
                mistakes.setdefault("sweep", f"gives the same run twice: {which}; leave one of them out")
    _check_regimes(specs.values(), mistakes)
    return tuple(specs.values())


def _check_judged(judge: Judge | None, specs: Iterable[RunSpec], mistakes: Mistakes) -> None:
    at = {(spec.optimizer.rate, measurement.quantity) for spec in specs for measurement in spec.measurements}
    for quantity, rate in product(judge.quantities, judge.rate) if judge and not mistakes else ():
        if not any(name == quantity and math.isclose(other, rate) for other, name in at):
            what = f"{shown(quantity)} is not measured in the grid of runs with rate {rate}"
            mistakes.setdefault("judge.quantities", f"{what}; add it to the measurements of that section [[sweep]]")


def _check_regimes(specs: Iterable[RunSpec], mistakes: Mistakes) -> None:
    for regime, optimizer, size in {(spec.regime, spec.optimizer.kind, spec.model.size) for spec in specs}:
        try:
            regime.build(optimizer).check(size)
        except ValueError as error:
            mistakes.setdefault("regime", str(error))
