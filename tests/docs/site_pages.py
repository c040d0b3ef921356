"""The pages of the site as a reader sees them: with what they include, cut into blocks of code."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs").glob("*.md"))

_INCLUDE = re.compile(r"```\{include\} (\S+)\n(.*?)```", re.DOTALL)
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of code, and the words before it."""

    language: str
    code: str
    before: str


def text_of(page: Path) -> str:
    """The page with its includes in place."""
    return _INCLUDE.sub(lambda match: _included(page.parent / match[1], match[2]), page.read_text())


def blocks_of(page: Path) -> list[Block]:
    """All blocks of code in their order."""
    text, end, found = text_of(page), 0, []
    for match in _BLOCK.finditer(text):
        found.append(Block(match[1], match[2], text[end : match.start()]))
        end = match.end()
    return found


def commands_of(block: Block) -> list[str]:
    """The lines of a shell block, without comments."""
    lines = (line.split("  #")[0].split(" # ")[0].strip() for line in block.code.splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def _included(path: Path, options: str) -> str:
    text = path.read_text()
    named = dict(re.findall(r':([\w-]+): "?([^"\n]*)"?', options))
    if "start-after" in named:
        text = text.split(named["start-after"], 1)[1]
    return text.split(named["end-before"], 1)[0] if "end-before" in named else text
