import sys
from types import ModuleType, SimpleNamespace

import pytest

from spectra.data.cifar import CIFAR10
from tests.data.written_files import same, write_python_cifar10


@pytest.fixture
def torchvision(monkeypatch):
    """A stand-in for the parts of torchvision that a download needs, which the test may change."""
    package, datasets, tools = (ModuleType(name) for name in ("torchvision", "datasets", "utils"))
    datasets.CIFAR10 = SimpleNamespace(url="an address", filename="a name", tgz_md5="a checksum")
    for name, module in (("", package), (".datasets", datasets), (".datasets.utils", tools)):
        monkeypatch.setitem(sys.modules, f"torchvision{name}", module)
    return tools


def test_torchvision_downloads_only_when_it_is_told_to_and_must(tmp_path, torchvision):
    calls = []

    def download(url, folder, *, filename, md5):
        calls.append((url, filename, md5))
        write_python_cifar10(tmp_path / "new" / "cifar-10-batches-py")

    torchvision.download_and_extract_archive = download
    with pytest.raises(FileNotFoundError, match="set download = true"):
        CIFAR10(str(tmp_path / "new"), 3).load()
    asked = CIFAR10(str(tmp_path / "new"), 3, download=True)
    assert same(asked.load(), asked.load())
    assert calls == [("an address", "a name", "a checksum")]


@pytest.mark.parametrize("failure", [OSError("no route"), RuntimeError("no route")])
def test_a_failed_download_is_one_clear_error(tmp_path, torchvision, failure):
    def download(*_, **__):
        raise failure

    torchvision.download_and_extract_archive = download
    with pytest.raises(ConnectionError, match=r"CIFAR10 to .* failed \(no route\); unpack .* and pass path="):
        CIFAR10(str(tmp_path), 3, download=True).load()


def test_a_download_without_torchvision_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchvision", None)
    with pytest.raises(ImportError, match="pip install torchvision; or unpack"):
        CIFAR10(str(tmp_path), 3, download=True).load()
