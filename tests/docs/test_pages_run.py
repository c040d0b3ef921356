"""Every block of code on the site runs, and prints what the page shows: all Python of a page, then its commands."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.made_files import make_files
from tests.docs.site_pages import PAGES, ROOT, Block, blocks_of, commands_of

# Sweeps of minutes, and what needs a cluster or an account; their options are tested elsewhere.
NOT_HERE = ("make ", "pip ", "spectra run experiments/", "spectra report experiments/", "spectra status experiments/")
# Run with every change; the others, and all with commands, are many processes that each start torch.
QUICK = {"theory_spectra", "verdicts"}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[+-]?\d+)?")
# Each block has names of its own; what is shown after it must be printed by it.
ALONE = """
import sys, types
for code in {codes!r}:
    sys.modules["__main__"] = module = types.ModuleType("__main__")
    exec(compile(code, "<block>", "exec"), module.__dict__)
    print({end!r})
"""
END = "end of a block"


def pages():
    """Every page with code to run; slow are those that take long."""
    for page in PAGES:
        commands = run_here(page)
        if commands or codes_of(page):
            slow = commands or page.stem not in QUICK
            yield pytest.param(page, marks=[pytest.mark.slow] if slow else [], id=page.stem)


def codes_of(page: Path) -> list[str]:
    """The Python of the page, block by block."""
    return [block.code for block in blocks_of(page) if block.language == "python"]


def run_here(page: Path) -> list[str]:
    """The commands of the page that its test runs."""
    lines = (line for block in blocks_of(page) if block.language == "sh" for line in commands_of(block))
    return [line for line in lines if not line.startswith(NOT_HERE)]


def words(line: str) -> list[str]:
    """A line without its numbers."""
    return NUMBER.sub("0", line).split()


def assert_same_numbers(line: str, shown: str) -> None:
    """Equal to the last digit that is shown, which may round otherwise on another machine, or to 3 percent.

    Rounding parts trainings at the edge of stability: after 500 updates that of own_loop has given 1.997 to 2.032.
    Errors of the size of rounding, such as 2e-07, differ between machines, and are not compared.
    """
    for found, expected in zip(NUMBER.findall(line), NUMBER.findall(shown), strict=True):
        if "e" not in expected:
            last_digit = 10.0 ** -len(expected.partition(".")[2])
            assert float(found) == pytest.approx(float(expected), rel=0.03, abs=1.5 * last_digit), line


def assert_shown(code: str, printed: str) -> None:
    """The comments at the beginning of lines are printed, in this order; a block may print more than is shown."""
    shown = [line.removeprefix("# ") for line in code.splitlines() if line.startswith("# ")]
    lines = [line for line in printed.splitlines() if words(line) in map(words, shown)]
    assert [*map(words, lines)] == [*map(words, shown)], printed
    for line, expected in zip(lines, shown, strict=True):
        assert_same_numbers(line, expected)


def run_python(codes: list[str], folder: Path) -> None:
    script = ALONE.format(codes=codes, end=END)
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for code, printed in zip(codes, done.stdout.split(END)[:-1], strict=True):
        assert_shown(code, printed)


def run_line(line: str, folder: Path) -> None:
    command = [sys.executable, "-m", *shlex.split(line)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"


def save(block: Block, folder: Path, rest: str) -> None:
    """Files that the page tells the reader to save, under the name that it gives; others go by what commands read."""
    name = re.search(r"Saved as `([\w.]+)`", rest)
    file = name[1] if name else {"json": "published.json", "toml": "recipe.toml"}[block.language]
    (folder / file).write_text(block.code)


def prepare(page: Path, folder: Path) -> None:
    """The files that a reader of the page has, with the runs of the recipes that its commands report on."""
    for name in make_files(folder, run_here(page)):
        run_line(f"spectra run {name}", folder)
    (folder / "experiments").symlink_to(ROOT / "experiments")
    (folder / "reports" / "quickstart").mkdir(parents=True)
    (folder / "reports" / "quickstart" / "figures").symlink_to(ROOT / "reports" / "quickstart" / "figures")
    blocks = blocks_of(page)
    for block, following in zip(blocks, [*blocks[1:], None], strict=True):
        if block.language in ("json", "toml"):
            save(block, folder, following.before if following else "")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("page", [*pages()])
def test_every_block_of_a_page_runs(page, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    prepare(page, tmp_path)
    if codes_of(page):
        run_python(codes_of(page), tmp_path)
    for line in run_here(page):
        run_line(line, tmp_path)


def test_a_line_that_is_not_printed_is_noticed():
    with pytest.raises(AssertionError):
        assert_shown("print(1)\n# rate 0.20", "rate 0.30\n")
    with pytest.raises(AssertionError):
        assert_shown("print(1)\n# rate 0.20", "width 0.20\n")
    assert_shown("print(1)\n# rate 0.200 +- 2e-07", "rate 0.201 +- 4e-07\n")
