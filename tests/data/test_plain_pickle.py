import os

import numpy as np
import pytest

from spectra.data.cifar import CIFAR10
from tests.data.written_files import write_python_cifar10


class Malicious:
    """What it names is called when it is unpickled without restriction."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


@pytest.mark.parametrize(
    ("function", "arguments", "name"),
    [
        (os.mkdir, ["ran"], "mkdir"),
        (eval, ["__import__('os').mkdir('ran')"], "builtins.eval"),
        (getattr, ["text", "upper"], "builtins.getattr"),
        (np.frombuffer, [b"1"], "frombuffer"),
    ],
)
def test_a_pickle_that_would_run_something_is_refused_and_does_not(tmp_path, monkeypatch, function, arguments, name):
    monkeypatch.chdir(tmp_path)
    write_python_cifar10(tmp_path, lambda *_: {"data": Malicious(function, *arguments)})
    with pytest.raises(ValueError, match=rf"data_batch_1 is refused: it names .*{name}, and only arrays"):
        CIFAR10(str(tmp_path), 3).load()
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("opcode", [b"cos\nsystem\n.", b"\x80\x04\x8c\x02os\x8c\x06system\x93.", b"(ios\nsystem\n."])
def test_every_way_to_name_something_is_restricted(tmp_path, opcode):
    write_python_cifar10(tmp_path)
    (tmp_path / "data_batch_1").write_bytes(opcode)
    with pytest.raises(ValueError, match=r"it names os\.system"):
        CIFAR10(str(tmp_path), 3).load()


@pytest.mark.parametrize("content", [b"", b"\x80\x04", b"no pickle", b"\x80\x04]\x94.", b"}.", b"(lp0\nI1\na"])
def test_a_damaged_pickle_is_refused_by_name(tmp_path, content):
    write_python_cifar10(tmp_path)
    (tmp_path / "data_batch_1").write_bytes(content)
    with pytest.raises(ValueError, match="data_batch_1"):
        CIFAR10(str(tmp_path), 3).load()


@pytest.mark.parametrize(
    "batch",
    [
        lambda images, classes: {"data": images.astype(float), "labels": classes},
        lambda images, classes: {"data": images[:, 1:], "labels": classes},
        lambda images, classes: {"data": images, "labels": classes[1:]},
        lambda images, classes: {"data": images, "labels": ["cat"] * len(classes)},
        lambda images, classes: {"data": images},
        lambda images, classes: [images, classes],
    ],
)
def test_a_pickle_of_something_else_is_refused_by_name(tmp_path, batch):
    write_python_cifar10(tmp_path, batch)
    with pytest.raises(ValueError, match="data_batch_1 has no"):
        CIFAR10(str(tmp_path), 3).load()
