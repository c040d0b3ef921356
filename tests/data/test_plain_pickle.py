import os
import pickle
import struct

import numpy as np
import pytest

from spectra.data.cifar import CIFAR10
from spectra.data.plain_pickle import plain_pickle
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


def plain(value):
    """The operations that put a plain value on the stack."""
    return pickle.dumps(value, 2)[2:-1]


def test_an_array_that_would_mislead_numpy_about_memory_is_refused(tmp_path):
    """Its type holds objects and says that it does not: numpy would take eight letters for an address, and go there."""
    kind = b"cnumpy\ndtype\n" + plain(([("a", "O")], False, True)) + b"R"
    inner = b"cnumpy\ndtype\n" + plain(("O", False, True)) + b"R"
    fields = b"}" + plain("a") + b"(" + inner + plain(0) + b"ts"
    state = b"(" + plain(3) + plain("|") + b"N" + plain(("a",)) + fields + plain(8) + plain(1) + plain(0) + b"t"
    content = b"\x96" + struct.pack("<Q", 8) + b"ABCDEFGH"
    array = b"cnumpy\nndarray\n(" + plain((1,)) + kind + state + b"b" + content + b"tR"
    (tmp_path / "file").write_bytes(b"\x80\x05" + array + plain(0) + plain((1,)) + b"s.")
    with pytest.raises(ValueError, match="only arrays of numbers are accepted"):
        plain_pickle(tmp_path / "file")


@pytest.mark.parametrize("number", [2**27, 2**32 - 1])
def test_a_few_bytes_do_not_ask_for_gigabytes(tmp_path, number):
    (tmp_path / "file").write_bytes(b"\x80\x02Nr" + struct.pack("<I", number) + b".")
    with pytest.raises(ValueError, match="2000000 operations or places"):
        plain_pickle(tmp_path / "file")


@pytest.mark.parametrize("kind", ["u1", ">i4", "<f8", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_numbers_come_back(tmp_path, kind, order):
    array = np.arange(6).reshape(2, 3).astype(kind, order=order)
    (tmp_path / "file").write_bytes(pickle.dumps({"data": array}, protocol=4))
    found = plain_pickle(tmp_path / "file")["data"]
    assert found.dtype == array.dtype
    assert np.array_equal(found, array)


def test_an_array_without_content_is_none(tmp_path):
    (tmp_path / "file").write_bytes(b"\x80\x02}U\x04datacnumpy\nndarray\n(K\x05tRs.")
    assert plain_pickle(tmp_path / "file") == {b"data": None}
