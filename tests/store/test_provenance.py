"""What is recorded of how a run was made."""

import subprocess
import sys

import numpy as np
import pytest

from spectra.store.provenance import peak_memory

PROGRAM = "from spectra.store.provenance import peak_memory; print(peak_memory('cpu'))"


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a process has no peak of its own")
def test_the_memory_of_a_process_is_not_that_of_the_one_that_started_it():
    held = np.ones(10**8)
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    assert 10**7 < int(done.stdout) < held.nbytes < peak_memory("cpu")
