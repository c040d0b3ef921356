"""How much a run changes with what is not in its settings: threads, processors, company, interruption.

Each way runs in a process of its own, because MKL chooses its instructions once. Another processor is imitated by
MKL_CBWR, which makes MKL take the instructions of an older one. Prints a markdown table of the largest relative
difference from the run alone in one thread, over all checkpoints and seeds.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from spectra.sweeps import read_experiment
from spectra.training import MemberState, Moment, RunSpec, course, run_cohort

ROOT = Path(__file__).parents[1]
WAYS = (
    "alone",
    "alone, again",
    "among other members",
    "interrupted at the half",
    "two threads",
    "older instructions",
)
QUANTITIES = ("loss", "effective_sharpness")
SEEDS = 4
SETTINGS = {
    "quickstart, width 64, rate 0.71": ("quickstart", {"regime": "mup", "width": 64, "rate": 0.71}),
    "quickstart, width 64, rate 8": ("quickstart", {"regime": "mup", "width": 64, "rate": 8.0}),
    "edge of stability, width 64, rate 4": ("edge_of_stability", {"width": 64, "rate": 4.0, "momentum": 0.0}),
}


class Stop(Exception):  # noqa: N818
    """The run is interrupted here."""


def main() -> None:
    """Print the table, or write what one way gives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--way", choices=WAYS, help="one way alone, to the file given by --out")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.way:
        everything = [tables(name, options.way).assign(setting=name) for name in SETTINGS]
        pd.concat(everything).to_parquet(options.out)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = {way: _elsewhere(way, Path(folder)) for way in WAYS}
    columns = [f"{name}: {quantity}" for name in SETTINGS for quantity in QUANTITIES]
    print("\n".join(f"| {' | '.join(line)} |" for line in [["", *columns], ["---"] * (1 + len(columns))]))
    for way in WAYS[1:]:
        print(f"| {way} | {' | '.join(_differences(found[WAYS[0]], found[way]))} |", flush=True)


def tables(name: str, way: str) -> pd.DataFrame:
    """All values of the seeds of a setting, made in some way."""
    specs = [replace(spec, threads=2) if way == "two threads" else spec for spec in specs_of(name)]
    if way == "among other members":
        made = run_cohort(specs)
    elif way == "interrupted at the half":
        made = [run_cohort([spec], states=interrupted(spec))[0] for spec in specs]
    else:
        made = [run_cohort([spec])[0] for spec in specs]
    return pd.concat(table.assign(member=k) for k, table in enumerate(made))


def specs_of(name: str) -> list[RunSpec]:
    """The first seeds of a setting, with both quantities measured."""
    recipe, wanted = SETTINGS[name]
    specs = read_experiment(ROOT / "experiments" / f"{recipe}.toml").specs
    judged = next(spec for spec in specs if any(one.quantity == QUANTITIES[1] for one in spec.measurements))
    fitting = [spec for spec in specs if wanted.items() <= spec.columns().items()]
    return [replace(spec, measurements=judged.measurements) for spec in fitting[:SEEDS]]


def interrupted(spec: RunSpec) -> Sequence[MemberState]:
    """Its state at the first look after half of the updates, through its files."""
    found: list[MemberState] = []

    def watch(moment: Moment) -> None:
        if moment.step >= spec.steps / 2:
            found.extend(MemberState.read(state.files()) for state in moment.capture())
            raise Stop

    course.PATIENCE = 0.0  # a look after every update
    try:
        run_cohort([spec], watch=watch)
    except Stop:
        return found
    raise SystemExit("the run ended before it was looked at: take more steps")


def _elsewhere(way: str, folder: Path) -> pd.DataFrame:
    out = folder / "table.parquet"
    environment = os.environ | {"OMP_NUM_THREADS": "2" if way == "two threads" else "1"}
    environment |= {"MKL_CBWR": "COMPATIBLE"} if way == "older instructions" else {}
    command = [sys.executable, __file__, "--way", way, "--out", str(out)]
    subprocess.run(command, check=True, env=environment)
    return pd.read_parquet(out)


def _differences(reference: pd.DataFrame, other: pd.DataFrame) -> Iterator[str]:
    key = ["setting", "member", "step", "quantity", "index"]
    joined = reference.merge(other, on=key, suffixes=("", "_other"))
    for name in SETTINGS:
        for quantity in QUANTITIES:
            rows = joined[(joined["setting"] == name) & (joined["quantity"] == quantity)]
            largest = ((rows["value_other"] - rows["value"]).abs() / rows["value"].abs()).max()
            yield "equal bits" if largest == 0 else f"{largest:.0e}"


if __name__ == "__main__":
    main()
