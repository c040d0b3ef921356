"""Run, store, summarize: what a worker does with a piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from traceback import format_exc
from typing import Any

import pandas as pd
import torch

from spectra.engines.checkpoints import Checkpoint, Checkpoints
from spectra.engines.engine import Making
from spectra.engines.outcome import Outcome
from spectra.engines.piece import Ended, Piece
from spectra.engines.under_way import reported
from spectra.engines.watch import Halt, StoreFailure, Watch
from spectra.store.claims import Claims, claimed
from spectra.store.provenance import provenance
from spectra.store.store import RunStore
from spectra.training import Moment, RunSpec, run_cohort


def execute(piece: Piece, making: Making) -> Ended:
    """Make those runs of a piece that are neither stored nor made elsewhere, and store them.

    They go on from their checkpoints, those of equal steps as one cohort.

    Args:
        piece: The runs, and where their tensors live.
        making: The store, and how runs are made.

    Returns:
        What became of the runs. An error in one is part of it, so that a sweep goes on; it is not recorded here.

    Raises:
        OSError: If the store fails: no other run could be stored either, and the sweep should end.
    """
    store = RunStore(making.store)
    with claimed(store.folder, [spec.identity for spec in piece.specs]) as claims:
        elsewhere = tuple(spec for spec in piece.specs if spec.identity not in claims.mine)
        mine = [spec for spec in piece.specs if spec.identity in claims.mine]
        lacking = store.lacking(mine)
        missing = {spec.identity for spec in lacking}
        stored = _outcomes([spec for spec in mine if spec.identity not in missing], store)
        cohorts = _by_step(lacking, Checkpoints(store.folder))
        ended = Ended(piece, stored, elsewhere)
        for specs, begun in cohorts:
            part = _cohort(replace(piece, specs=specs), begun, making, store, claims)
            ended = _joined(ended, part)
            if part.stopped:
                break
    if piece.device != "cpu":
        torch.cuda.empty_cache()  # what an idle worker keeps, others on the same device lack
    return ended


def _by_step(
    specs: Sequence[RunSpec], checkpoints: Checkpoints
) -> list[tuple[tuple[RunSpec, ...], list[Checkpoint] | None]]:
    """Cohorts whose members have made the same number of updates, with their checkpoints."""
    found = {spec.identity: checkpoints.newest(spec.identity) for spec in specs}
    steps = {name: checkpoint.state.step if checkpoint else 0 for name, checkpoint in found.items()}
    cohorts = []
    for step in sorted(set(steps.values())):
        alike = tuple(spec for spec in specs if steps[spec.identity] == step)
        begun = [checkpoint for spec in alike if (checkpoint := found[spec.identity]) is not None]
        cohorts.append((alike, begun or None))
    return cohorts


def _cohort(piece: Piece, begun: list[Checkpoint] | None, making: Making, store: RunStore, claims: Claims) -> Ended:
    """Make all runs of a piece together, and store each."""
    checkpoints, specs = Checkpoints(store.folder), piece.specs
    try:
        with reported(store.folder, specs, piece.device) as reporter:

            def tell(moment: Moment) -> None:
                claims.beat()
                reporter.moment(moment)

            watch = Watch(specs, making, checkpoints, tell)
            for spec, checkpoint in zip(specs, begun or (), strict=False):
                watch.resume(spec.identity, checkpoint.seconds)
            states = [checkpoint.state for checkpoint in begun] if begun else None
            tables = run_cohort(specs, device=piece.device, states=states, watch=watch)
    except Halt as halt:
        return Ended(piece, lost=halt.reason, guilty=not halt.stopped, stopped=halt.stopped)
    except StoreFailure as failure:
        raise failure.error from failure
    except Exception as error:
        return Ended(piece, lost=f"{type(error).__name__}: {error}", guilty=True, traceback=format_exc())
    return Ended(piece, _stored(piece, tables, watch.seconds(), making, store))


def _stored(
    piece: Piece, tables: Sequence[pd.DataFrame], seconds: Mapping[str, float], making: Making, store: RunStore
) -> tuple[Outcome, ...]:
    """Store the runs of a cohort that has ended, and drop their checkpoints."""
    members = len(piece.specs)
    runs = [
        (
            spec,
            table,
            provenance(
                spec, seconds=seconds[spec.identity], device=piece.device, members=members, engine=making.engine
            ),
        )
        for spec, table in zip(piece.specs, tables, strict=True)
    ]
    store.write_many(runs)
    for spec in piece.specs:
        Checkpoints(store.folder).clear(spec.identity)
    return tuple(_outcome(spec, table, asdict(made)) for spec, table, made in runs)


def _joined(ended: Ended, part: Ended) -> Ended:
    first = ended if ended.lost is not None else part
    return replace(
        ended,
        outcomes=ended.outcomes + part.outcomes,
        lost=first.lost,
        guilty=first.guilty,
        stopped=ended.stopped or part.stopped,
        traceback=first.traceback,
    )


def _outcomes(stored: Sequence[RunSpec], store: RunStore) -> tuple[Outcome, ...]:
    """Of runs that somebody else has stored in the meantime."""
    if not stored:
        return ()
    loaded = store.load(stored)
    made = loaded.provenance.set_index("run").to_dict("index")
    tables = dict(iter(loaded.table.groupby("run")))
    return tuple(
        _outcome(spec, tables[spec.identity], made[spec.identity]) for spec in stored if spec.identity in tables
    )


def _outcome(spec: RunSpec, table: pd.DataFrame, made: Mapping[Any, Any]) -> Outcome:
    loss, sharpness, diverged = (_last(table, name) for name in ("loss", "effective_sharpness", "diverged"))
    memory = made["memory"]
    return Outcome(
        spec,
        float(made["seconds"]),
        loss=loss,
        effective_sharpness=sharpness,
        diverged=bool(diverged),
        members=int(made["members"]),
        memory=None if pd.isna(memory) else int(memory),
    )


def _last(table: pd.DataFrame, quantity: str) -> float | None:
    values = table.loc[table["quantity"] == quantity, "value"]
    return None if values.empty else float(values.iloc[-1])
