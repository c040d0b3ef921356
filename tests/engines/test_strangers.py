"""What a stranger planted among checkpoints and records is not run, not waited for, and leads nowhere."""

import hashlib
import os
import pickle
from pathlib import Path

import pytest
import torch
from safetensors.torch import load, save

from spectra.engines.checkpoints import TIME, Checkpoints
from spectra.engines.progress_record import RECORD_FORMAT
from spectra.engines.under_way import under_way
from spectra.training import MemberState
from spectra.training.member_state import STATE, TENSORS
from spectra.training.sealed_json import sealed
from tests.planted import Planted

RUN = "0123456789abcdef"
STATE_AT_3 = MemberState(RUN, 3, False, ((0, "loss", 0, 1.5),), {"weights": torch.ones(2)})


def at_step_3(store: Path) -> Path:
    Checkpoints(store).save(RUN, STATE_AT_3, 1.0)
    return store / "work" / RUN / "3"


def pickled(folder):
    (folder / TENSORS).write_bytes(pickle.dumps(Planted()))


def pickled_by_torch(folder):
    torch.save({"weights": Planted()}, folder / TENSORS)


def huge_header(folder):
    """Safetensors that announce a description of eight exabytes, with the digest of just these bytes."""
    write(folder, (2**63 - 1).to_bytes(8, "little") + b"{")


def huge_tensor(folder):
    header = b'{"w":{"dtype":"F64","shape":[1099511627776],"data_offsets":[0,8796093022208]}}'
    write(folder, len(header).to_bytes(8, "little") + header)


def strange_rows(folder):
    write(folder, STATE_AT_3.files()[TENSORS], quantities=[])


def strange_time(folder):
    (folder / TIME).write_bytes(sealed({"seconds": ["long"]}))


def endless_time(folder):
    (folder / TIME).write_bytes(sealed({"seconds": 10**400}))


def time_before_the_beginning(folder):
    (folder / TIME).write_bytes(sealed({"seconds": -1}))


def strange_state(folder):
    write(folder, STATE_AT_3.files()[TENSORS], finished="no")


def rows_of_two_dimensions(folder):
    write(folder, save({**load(STATE_AT_3.files()[TENSORS]), "rows.value": torch.ones(1, 1, dtype=torch.float64)}))


def rows_of_an_unknown_quantity(folder):
    write(folder, save({**load(STATE_AT_3.files()[TENSORS]), "rows.quantity": torch.tensor([-1])}))


def another_run(folder):
    for name, content in MemberState("f" * 16, 3, False, (), {}).files().items():
        (folder / name).write_bytes(content)


def pipe(folder):
    (folder / TIME).unlink()
    os.mkfifo(folder / TIME)


def device(folder):
    (folder / TENSORS).unlink()
    (folder / TENSORS).symlink_to("/dev/zero")


def write(folder, tensors, **changes):
    content = {"format": 1, "run": RUN, "step": 3, "finished": False, "quantities": ["loss"]}
    content |= {"sha256": hashlib.sha256(tensors).hexdigest(), **changes}
    (folder / TENSORS).write_bytes(tensors)
    (folder / STATE).write_bytes(sealed(content))


@pytest.mark.timeout(60)
@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
@pytest.mark.parametrize(
    "plant",
    [
        pickled,
        pickled_by_torch,
        huge_header,
        huge_tensor,
        strange_rows,
        strange_time,
        another_run,
        pipe,
        device,
        endless_time,
        time_before_the_beginning,
        strange_state,
        rows_of_two_dimensions,
        rows_of_an_unknown_quantity,
    ],
)
def test_a_checkpoint_that_a_stranger_wrote_is_set_aside(tmp_path, monkeypatch, plant):
    monkeypatch.chdir(tmp_path)
    plant(at_step_3(tmp_path))
    assert Checkpoints(tmp_path).newest(RUN) is None
    assert (tmp_path / "quarantine" / f"checkpoint-{RUN}-3-1").exists()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("name", ["007", "\u0663", "9" * 200, "-1", "3.old"])
def test_what_is_not_called_like_a_step_is_none(tmp_path, name):
    at_step_3(tmp_path)
    (tmp_path / "work" / RUN / name).mkdir()
    found = Checkpoints(tmp_path).newest(RUN)
    assert found is not None
    assert found.state.step == 3


def test_a_link_in_place_of_checkpoints_is_not_followed(tmp_path):
    """In the folder that it leads to, whatever is called by a number would be deleted."""
    mine = tmp_path / "mine" / "2024"
    mine.mkdir(parents=True)
    (tmp_path / "store" / "work").mkdir(parents=True)
    (tmp_path / "store" / "work" / RUN).symlink_to(tmp_path / "mine")
    assert Checkpoints(tmp_path / "store").newest(RUN) is None
    at_step_3(tmp_path / "store")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["2024"]
    assert Checkpoints(tmp_path / "store").newest(RUN) is not None


def record_with(**changes):
    """A record that is as it was written, by somebody who may have written nonsense."""
    maker = {"host": "h", "machine": "m", "pid": changes.pop("pid", 1), "began": ""}
    plain = {"device": "cpu", "runs": [RUN], "step": 1, "steps": 2, "begun_at": 0, "seconds": 1.0, "losses": [0.5]}
    return sealed({"format": RECORD_FORMAT, "maker": maker, "writes": 1, "changed": 1.0, **plain, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {"steps": 0},
        {"runs": []},
        {"seconds": "long"},
        {"losses": ["low"]},
        {"pid": "../1"},
        {"device": "\x1b[2Jcpu"},
        {"step": 10**400},
        {"begun_at": -1},
    ],
)
def test_a_record_of_nonsense_is_removed(tmp_path, changes):
    path = tmp_path / "work" / f"{RUN}-1-01234567.json"
    path.parent.mkdir()
    path.write_bytes(record_with())
    assert [record.runs for record in under_way(tmp_path)] == [(RUN,)]
    path.write_bytes(record_with(**changes))
    assert under_way(tmp_path) == ()
    assert not path.exists()


def test_a_checkpoint_without_its_time_is_set_aside(tmp_path):
    (at_step_3(tmp_path) / TIME).unlink()
    assert Checkpoints(tmp_path).newest(RUN) is None
    reason = (tmp_path / "quarantine" / f"checkpoint-{RUN}-3-1.txt").read_text()
    assert reason == f"checkpoint of run {RUN} at step 3: 'time.json' is missing"
