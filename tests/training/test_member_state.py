"""A run goes on from a checkpoint as if it had never stopped."""

from dataclasses import replace

import pandas as pd
import pytest
import torch

from spectra.models import VisionTransformer
from spectra.training import SGD, Adam, AdamW, Loss, MemberState, Sharpness, StepGrid, run_cohort
from spectra.training.sealed_json import sealed, unsealed
from tests.training.dense_members import interrupted
from tests.training.test_cohort import spec


def members(optimizer):
    measurements = (
        Loss(StepGrid(every=2)),
        Sharpness("sharpness", StepGrid(every=3), examples=32),
        Sharpness("effective_sharpness", StepGrid(every=5), examples=32),
    )
    settings = spec(optimizer=optimizer, steps=12, precision="float32", measurements=measurements)
    return [
        replace(settings, seed=seed, optimizer=replace(optimizer, rate=rate))
        for seed, rate in enumerate((0.1, 1e5, 0.02))
    ]


@pytest.mark.parametrize(
    "optimizer",
    [
        pytest.param(SGD(1.0, momentum=0.9, batch_size=16), marks=pytest.mark.slow),
        pytest.param(Adam(1.0), marks=pytest.mark.slow),
        AdamW(1.0, batch_size=40),
    ],
    ids=lambda optimizer: optimizer.kind,
)
def test_a_run_that_is_interrupted_at_any_step_has_the_same_bits(optimizer, monkeypatch):
    monkeypatch.setattr("spectra.training.course.PATIENCE", 0.0)  # a look after every update
    specs = members(optimizer)
    whole = run_cohort(specs)
    for step in range(1, 13):
        states = interrupted(specs, step)
        assert {state.step for state in states} == {step}
        for table, expected in zip(run_cohort(specs, states=states), whole, strict=True):
            pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_members_go_on_in_other_company():
    specs = members(SGD(1.0, batch_size=16))
    whole, states = run_cohort(specs), interrupted(specs, 5)
    for one, state, expected in zip(specs, states, whole, strict=True):
        pd.testing.assert_frame_equal(run_cohort([one], states=[state])[0], expected, check_exact=True)


def test_an_interrupted_transformer_has_the_same_bits(monkeypatch):
    monkeypatch.setattr("spectra.training.course.PATIENCE", 0.0)
    specs = [spec(model=VisionTransformer(8, depth=2, heads=2), optimizer=AdamW(0.01), seed=seed) for seed in range(2)]
    twice = interrupted(specs, 4, states=interrupted(specs, 2))
    for table, expected in zip(run_cohort(specs, states=twice), run_cohort(specs), strict=True):
        pd.testing.assert_frame_equal(table, expected, check_exact=True)


def test_states_of_other_runs_or_several_steps_are_refused(monkeypatch):
    monkeypatch.setattr("spectra.training.course.PATIENCE", 0.0)
    specs = [spec(seed=1), spec(seed=2)]
    early, late = interrupted(specs, 1), interrupted(specs, 3)
    with pytest.raises(ValueError, match="not those of these runs"):
        run_cohort(specs, states=early[::-1])
    with pytest.raises(ValueError, match="of several steps"):
        run_cohort(specs, states=[early[0], late[1]])


def test_a_state_of_a_newer_version_is_refused():
    files = interrupted([spec()], 1)[0].files()
    newer = {**unsealed(files["state.json"]), "format": 99}
    with pytest.raises(ValueError, match="has the format 99, and this version reads up to 1; go on with"):
        MemberState.read({**files, "state.json": sealed(newer)})


def test_every_changed_byte_of_a_state_is_noticed():
    files = interrupted([spec()], 1)[0].files()
    generator = torch.Generator().manual_seed(0)
    for name, content in files.items():
        for _ in range(200):
            at = int(torch.randint(len(content), (), generator=generator))
            flipped = bytearray(content)
            flipped[at] ^= 1 << int(torch.randint(8, (), generator=generator))
            with pytest.raises(ValueError, match=r"digest|not the state"):
                MemberState.read({**files, name: bytes(flipped)})
        with pytest.raises(ValueError, match=r"digest|not the state"):
            MemberState.read({**files, name: content[: len(content) // 2]})


@pytest.mark.parametrize("order", [(0, 2), (2, 0)])
def test_members_with_and_without_momentum_that_began_alone_go_on_together(order, monkeypatch):
    monkeypatch.setattr("spectra.training.course.PATIENCE", 0.0)
    specs = members(SGD(1.0, batch_size=16))
    specs[2] = replace(specs[2], optimizer=replace(specs[2].optimizer, momentum=0.9))
    specs = [specs[place] for place in order]
    states = [interrupted([one], 5)[0] for one in specs]
    for one, table in zip(specs, run_cohort(specs, states=states), strict=True):
        pd.testing.assert_frame_equal(table, run_cohort([one])[0], check_exact=True)
