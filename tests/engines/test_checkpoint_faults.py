"""Whatever fails while a checkpoint is written, there is one afterwards: the earlier or the new one."""

import os
from dataclasses import replace
from itertools import count

import pytest
import torch

from spectra.engines.checkpoints import Checkpoints
from spectra.training import MemberState
from tests.store.disk_faults import ADVICE, CODES, failing, told

RUN = "0123456789abcdef"
EARLIER = MemberState(RUN, 2, False, ((0, "loss", 0, 1.5),), {"weights": torch.ones(2)})


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("step", [2, 3])
def test_a_failure_of_any_call_leaves_a_checkpoint(step, code, tmp_path, monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda _: None)
    checkpoints = Checkpoints(tmp_path)
    for number in count():
        checkpoints.clear(RUN)
        checkpoints.save(RUN, EARLIER, 1.0)
        with failing(number, code) as failures:
            message = told(checkpoints.save, RUN, replace(EARLIER, step=step), 2.0)
        assert message is None or ADVICE[code] in message, failures
        kept = checkpoints.newest(RUN)
        assert (kept.state.step, kept.seconds) in ([(2, 1.0), (step, 2.0)] if message else [(step, 2.0)]), failures
        checkpoints.save(RUN, replace(EARLIER, step=step), 3.0)
        assert (checkpoints.newest(RUN).state.step, checkpoints.newest(RUN).seconds) == (step, 3.0)
        if not failures:
            break
    assert number > 10
    assert not (tmp_path / "quarantine").exists()
