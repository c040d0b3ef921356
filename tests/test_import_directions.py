"""The table of the architecture: who may import whom."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "spectra"
ALLOWED = {
    "objectives": set(),
    "operators": {"objectives"},
    "eigen": {"operators"},
    "kernels": {"objectives", "operators", "eigen"},
    "features": {"objectives", "operators", "eigen", "kernels"},
    "scaling": set(),
    "models": {"scaling"},
    "data": {"objectives", "kernels"},
    "training": {"objectives", "operators", "eigen", "kernels", "features", "scaling", "models", "data"},
    "store": {"training"},
    "engines": {"store", "training"},
    "sweeps": {"store", "engines", "training", "models", "data"},
    "asymptotics": set(),
    "fitting": {"asymptotics"},
    "verdicts": {"fitting", "asymptotics"},
    "checks": {"objectives", "scaling", "models", "data", "training", "verdicts"},
    "report": {"fitting", "verdicts", "asymptotics"},
    "cli": {"scaling", "data", "training", "store", "engines", "sweeps", "checks"}
    | {"asymptotics", "fitting", "verdicts", "report"},
}
WITHOUT_TORCH = ("asymptotics", "fitting", "verdicts", "report")
FOLDERS = sorted(path.name for path in PACKAGE.iterdir() if path.is_dir() and path.name != "__pycache__")


def imported(path: Path) -> set[str]:
    """Full names of everything that a file imports."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} has a relative import, which this test could not follow"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_every_folder_stands_in_the_table():
    assert sorted(ALLOWED) == FOLDERS


@pytest.mark.parametrize("folder", FOLDERS)
def test_packages_import_only_what_the_architecture_allows(folder):
    for path in (PACKAGE / folder).rglob("*.py"):
        for name in imported(path):
            if name.startswith("spectra.") and (PACKAGE / name.split(".")[1]).is_dir():
                assert name.split(".")[1] in ALLOWED[folder] | {folder}, f"{path} imports {name}"


@pytest.mark.parametrize("folder", WITHOUT_TORCH)
def test_fits_and_pages_never_name_torch(folder):
    for path in (PACKAGE / folder).rglob("*.py"):
        assert not any(name.split(".")[0] == "torch" for name in imported(path)), path


@pytest.mark.parametrize(
    "statement",
    [
        "import spectra",
        "import spectra.fitting",
        "import spectra.report",
        "import sys; from spectra.cli import main; sys.argv = ['spectra', '--help']; main()",
        "import sys; from spectra.cli import main; sys.argv = ['spectra', 'fit', '--help']; main()",
    ],
)
def test_light_parts_do_not_load_torch(statement):
    check = "import atexit, sys; atexit.register(lambda: print('torch' in sys.modules))"
    done = subprocess.run([sys.executable, "-c", f"{check}; {statement}"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    "statement",
    ["import spectra", "import sys; from spectra.cli import main; sys.argv = ['spectra', 'fit', '--help']; main()"],
)
def test_what_must_be_quick_loads_nothing_that_computes(statement):
    check = "import atexit, sys; atexit.register(lambda: print({'numpy', 'pandas', 'matplotlib'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", f"{check}; {statement}"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "set()"
