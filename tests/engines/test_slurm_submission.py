"""What jobs need is written before they are submitted, or it is said why not."""

import pytest

from spectra.engines.engine import Making
from spectra.engines.piece import Piece
from spectra.engines.slurm_submission import JobForm, Submission
from tests.engines.slurm_work import quick
from tests.sweeps.fake_data import tiny


def test_a_folder_that_cannot_be_written_is_explained(tmp_path):
    folder = tmp_path / "folder"
    folder.touch()
    submission = Submission(None, JobForm({}, None, None), Making("runs"), folder=folder, execute=quick)
    with pytest.raises(OSError, match=r"folder.*: a file stands where a folder is needed; remove the file"):
        [*submission.jobs([Piece((tiny(),))])]
