"""What the README shows is what a reader gets."""

import re
import subprocess
import sys
from pathlib import Path

import spectra

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
GUIDE = (ROOT / "experiments" / "README.md").read_text()


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def test_the_python_of_the_readme_runs_and_prints_what_it_shows():
    for block in blocks("python"):
        shown = [line.removeprefix("# ") for line in block.splitlines() if line.startswith("# ")]
        done = subprocess.run([sys.executable, "-W", "error", "-c", block], capture_output=True, text=True, check=True)
        assert [line.split()[0] for line in done.stdout.splitlines()] == [line.split()[0] for line in shown]


def test_the_theory_of_the_guide_runs_and_prints_what_it_shows():
    (block,) = (block for block in blocks("python", GUIDE) if "spectra.asymptotics" in block)
    done = subprocess.run([sys.executable, "-W", "error", "-c", block], capture_output=True, text=True, check=True)
    first, second = done.stdout.splitlines()
    assert f"# {first}" in block
    assert f"# {second}" in block


def test_the_readme_is_short_and_its_files_exist():
    assert len(README.splitlines()) < 180
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target


def test_every_folder_of_the_package_is_on_the_map():
    folders = {path.name for path in (ROOT / "spectra").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert all(f"`spectra/{folder}`" in README for folder in folders)


def test_every_command_of_the_readme_exists():
    commands = set(re.findall(r"^spectra (\w+)", "\n".join(blocks("sh")), re.MULTILINE))
    shown = subprocess.run([sys.executable, "-m", "spectra", "--help"], capture_output=True, text=True, check=True)
    assert all(command in shown.stdout for command in commands)


def test_the_make_targets_of_the_readme_exist():
    targets = set(re.findall(r"^make ([\w-]+)", "\n".join(blocks("sh")), re.MULTILINE))
    makefile = (ROOT / "Makefile").read_text()
    assert targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


def test_every_public_name_can_be_loaded():
    for name in spectra.__all__:
        assert getattr(spectra, name) is not None
