"""Every block of code on the site runs, in the order of its page, and prints what the page shows."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.made_files import make_files
from tests.docs.site_pages import PAGES, ROOT, Block, blocks_of, commands_of, text_of

# Sweeps of minutes, and what needs a cluster or an account; their options are tested elsewhere.
NOT_HERE = ("make ", "spectra run experiments/", "spectra report experiments/", "spectra status experiments/")
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")


def words(line: str) -> list[str]:
    """A printed line without its numbers, whose last digits differ between machines."""
    return NUMBER.sub("0", line).split()


def run_python(code: str, folder: Path) -> None:
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    shown = [line.removeprefix("# ") for line in code.splitlines() if line.startswith("# ")]
    printed = [line for line in done.stdout.splitlines() if line]
    assert not shown or [words(line) for line in printed if words(line) in map(words, shown)] == [*map(words, shown)]


def run_shell(block: Block, folder: Path) -> None:
    for line in commands_of(block):
        if line.startswith(NOT_HERE):
            continue
        run_line(line, folder)


def run_line(line: str, folder: Path) -> None:
    command = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def save(block: Block, folder: Path, rest: str) -> None:
    """Files that the page tells the reader to save, under the name that it gives; others go by what commands read."""
    name = re.search(r"Saved as `([\w.]+)`", rest)
    file = name[1] if name else {"json": "published.json", "toml": "recipe.toml"}[block.language]
    (folder / file).write_text(block.code)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", [page for page in PAGES if blocks_of(page)], ids=lambda page: page.stem)
def test_every_block_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    make_files(tmp_path, text_of(page))
    if any("X.toml" in block.code for block in blocks_of(page)):
        run_line("spectra run X.toml", tmp_path)
    (tmp_path / "experiments").symlink_to(ROOT / "experiments")
    blocks = blocks_of(page)
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block.language in ("json", "toml"):
            save(block, tmp_path, following.before if following else "")
    for block in blocks:
        if block.language == "python":
            run_python(block.code, tmp_path)
        elif block.language == "sh":
            run_shell(block, tmp_path)
