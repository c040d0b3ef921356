"""Curve files of every format: damaged ones are read or refused, rewritten ones keep their numbers."""

from __future__ import annotations

import io
import json
from pathlib import Path
from random import Random

import numpy as np
import pandas as pd
from pyarrow import feather

from spectra.fitting import log_bins, read_columns, read_curves
from spectra.fitting.published_fit import read_published_fit
from spectra.fitting.saved_rates import read_rates
from tests.fitting.saved.written import event, inner, restart, scalar, tensor_scalar
from tests.fuzz.mutations import altered, as_json, mutated
from tests.fuzz.oracle import refusable

STEPS = [1, 2, 4, 8, 16, 32, 64]
LOSSES = [float(np.float32(5 * step**-0.5)) for step in STEPS]
TABLE = pd.DataFrame({"step": STEPS, "loss": LOSSES, "lr": 0.1})
LONG = TABLE.melt("step", var_name="quantity").assign(run="a", index=0)
ROWS = TABLE.to_dict("records")
FIT = {
    "source": "?",
    "law": "joint",
    "objective": {"name": "huber", "delta": 0.001},
    "parameters": dict.fromkeys(("floor", "size_amplitude", "size_exponent", "data_amplitude", "data_exponent"), 1.5),
    "intervals": {"size_exponent": [0.33, 0.35]},
    "level": 0.95,
    "x": {"size": "Model Size", "data": {"factor": 0.16, "powers": {"FLOP": 1, "Model Size": -1}}},
    "y": "loss",
    "where": [{"column": "loss", "without_largest": 5}, {"column": "FLOP", "below": 1e21}],
}


def _feather(**options: str) -> bytes:
    place = io.BytesIO()
    table = TABLE.assign(run=pd.Categorical(["a"] * len(TABLE)), note="x")
    feather.write_feather(table, place, **options)
    return place.getvalue()


def _parquet() -> bytes:
    place = io.BytesIO()
    TABLE.assign(run=["a", "b"] * 3 + ["a"], at=pd.Timestamp("2026-01-01")).to_parquet(place, write_page_checksum=True)
    return place.getvalue()


EVENTS = b"".join(
    event(step, scalar("loss", y), tensor_scalar("lr", 0.1)) for step, y in zip(STEPS, LOSSES, strict=True)
)
GOOD: dict[str, list[bytes]] = {
    "curve.csv": [text.encode() for text in (TABLE.to_csv(index=False), TABLE.to_csv(index=False, sep="\t"),
                  LONG.to_csv(index=False), TABLE.assign(run='"a, b"').to_csv(index=False), "# 1 2\n3 4\n")],
    "curve.json": [as_json({"log_history": ROWS}), as_json(ROWS), as_json(TABLE.to_dict("list"))],
    "curve.jsonl": [b"".join(as_json(row) + b"\n" for row in ROWS), as_json({"a": {"step": 1}, "loss": 2}) + b"\n"],
    "curve.parquet": [_parquet()],
    "curve.feather": [_feather(), _feather(compression="uncompressed")],
    "a.tfevents": [EVENTS, EVENTS + event(8, restart()) + EVENTS],
    "loss": ["".join(f"{1700000000000 + s} {y!r} {s}\n" for s, y in zip(STEPS, LOSSES, strict=True)).encode()],
}  # fmt: skip
"""Valid files by the name that such a file has."""


def curve(random: Random, folder: Path) -> None:
    """A damaged curve file, read as `spectra fit` does."""
    name = random.choice(list(GOOD))
    path = folder / (name if random.random() < 0.95 else random.choice(list(GOOD)))
    path.write_bytes(_records(random) if name == "a.tfevents" and random.random() < 0.4 else _damaged(name, random))
    y = random.choice((None, None, None, "*", "loss"))
    with refusable(path):
        for one in read_curves(path, y=y).curves:
            assert len(one.x) == len(one.y) >= 2
            assert np.isfinite([one.x, one.y]).all()
            assert (one.x > 0).all()
            assert (one.y > 0).all()
            assert (np.diff(one.x) >= 0).all()
            assert all(text.isprintable() for text in (*one.notes, one.name, repr(one)))
            log_bins(one)
        read_rates(path)


def columns(random: Random, folder: Path) -> None:
    """A damaged table, read as `spectra fit` does for a law of several variables."""
    name = random.choice([name for name in GOOD if name.startswith("curve")])
    path = folder / name
    path.write_bytes(_damaged(name, random))
    with refusable(path):
        saved = read_columns(path, ("step", "loss"), labels=random.choice((None, None, "run")))
        assert all(np.isfinite(column).all() for column in saved.columns.values())


def published_fit(random: Random, folder: Path) -> None:
    """A damaged or absurd file of `spectra fit --audit`."""
    path = folder / "fit.json"
    path.write_bytes(as_json(altered(FIT, random)) if random.random() < 0.6 else mutated(as_json(FIT), random))
    with refusable(path):
        read_published_fit(path)


def cut_curve(random: Random, folder: Path) -> None:
    """What is read of a file that is cut off was written before the cut, but for a last number that a note names."""
    path = folder / random.choice(list(GOOD))
    data = GOOD[path.name][0]
    path.write_bytes(data[: random.randrange(len(data))])
    with refusable(path):
        (found,) = read_curves(path).curves
        written = [*zip(map(float, STEPS), LOSSES, strict=True)]
        doubtful = any("cut off" in note for note in found.notes)
        points = [*zip(found.x.tolist(), found.y.tolist(), strict=True)]
        assert points[: len(points) - doubtful] == written[: len(points) - doubtful], (points, found.notes)


def rewritten_curve(random: Random, folder: Path) -> None:
    """The same numbers in another of the forms that a format allows are the same curve."""
    steps = sorted(random.sample(range(1, 10**6), random.randrange(2, 30)))
    losses = [float(np.float32(random.lognormvariate(0, 3))) for _ in steps]
    path = folder / random.choice(list(GOOD))
    path.write_bytes(_written(path.name, steps, losses, random))
    with refusable(path):
        (found,) = read_curves(path).curves
        assert found.x.tolist() == steps
        assert found.y.tolist() == losses
        return
    raise AssertionError("a good file was refused")


def _damaged(name: str, random: Random) -> bytes:
    data = random.choice(GOOD[name])
    if name == "curve.json" and random.random() < 0.5:
        return as_json(altered(json.loads(data), random))
    if name == "curve.jsonl" and random.random() < 0.5:
        lines = data.splitlines()
        return b"\n".join(
            as_json(altered(json.loads(line), random)) if random.random() < 0.3 else line for line in lines
        )
    return mutated(data, random)


def _records(random: Random) -> bytes:
    """Events whose checksums match, whatever their messages are."""
    parts = [scalar("loss", 2.0), tensor_scalar("loss", 2.0), restart(), inner(5, inner(1, b""))]
    messages = [mutated(random.choice(parts), random)[:2000] for _ in range(random.randrange(1, 5))]
    return b"".join(event(random.choice((1, 2, -1)), one) for one in messages)


def _written(name: str, steps: list[int], losses: list[float], random: Random) -> bytes:
    table = pd.DataFrame({"step": steps, "loss": losses, "other": "", "epoch": 0.5})
    table = table[random.sample(list(table), 4)]
    end = random.choice(("\n", "\r\n"))
    if name == "curve.csv":
        text = table.to_csv(
            index=False, sep=random.choice(",;\t"), quoting=random.choice((0, 1, 2)), lineterminator=end
        )
        return random.choice((b"", b"\xef\xbb\xbf")) + (text + end * random.randrange(3)).encode()
    if name in ("curve.json", "curve.jsonl"):
        rows = table.to_dict("records")
        whole = random.choice((rows, {"log_history": rows}, table.to_dict("list")))
        lines = end.join(map(json.dumps, rows)) + end
        return (lines if name == "curve.jsonl" else json.dumps(whole, indent=random.choice((None, 1)))).encode()
    if name == "loss":
        rest = random.choice(("", " data 1"))
        return "".join(f"17000{s:08} {y!r} {s}{rest}\n" for s, y in zip(steps, losses, strict=True)).encode()
    if name == "a.tfevents":
        made = random.choice((scalar, tensor_scalar))
        return b"".join(event(s, made("x", 1.0), made("loss", y)) for s, y in zip(steps, losses, strict=True))
    place = io.BytesIO()
    if name == "curve.feather":
        feather.write_feather(table, place, compression=random.choice(("lz4", "zstd", "uncompressed")))
    else:
        table.to_parquet(
            place, compression=random.choice(("snappy", "zstd", None)), row_group_size=random.randrange(1, 9)
        )
    return place.getvalue()
