"""A page of a sweep that is still running: it says how far that is, and loads itself again."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp

from markupsafe import escape

from spectra.plain_text import clean
from spectra.report.leftovers import own_page
from spectra.report.page_scripts import closed, script_hash
from spectra.report.page_writing import replaced

SCRIPT = "page_reload.js"
STYLE = (
    "<style>.live-note { position: sticky; top: 0; z-index: 2; display: flex; gap: .3rem 1.2rem; flex-wrap: wrap; "
    "justify-content: space-between; align-items: center; } .live-note p { margin: 0; } .live-note button { "
    'padding: .1rem .8rem; } .live-note button[aria-pressed="true"] { background: var(--link); color: var(--paper); } '
    "@media print { .live-note { display: none; } }</style>"
)


def write_live(write: Callable[[Path], Path], folder: Path, lines: Sequence[str], *, seconds: float) -> Path:
    """Write a page that says how far its runs are, and loads itself again.

    The page appears by one rename after all files beside it, so that whoever looks at it never meets one that would
    not go on loading itself.

    Args:
        write: Writes the plain page into a folder and returns its path.
        folder: Where to; made if absent. A file notes.md in it is shown as text and never written.
        lines: How far the runs are.
        seconds: Between two times that it loads itself.

    Returns:
        Path of index.html.
    """
    folder.mkdir(parents=True, exist_ok=True)
    draft = Path(mkdtemp(prefix=".draft-", dir=folder))
    try:
        notes = folder / "notes.md"
        if notes.is_file():
            (draft / "notes.md").write_bytes(notes.read_bytes())
        text = write(draft).read_text(encoding="utf-8")
        (draft / "index.html").unlink()
        (draft / "notes.md").unlink(missing_ok=True)
        for file in sorted(path for path in draft.rglob("*") if path.is_file()):
            place = folder / file.relative_to(draft)
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
        return replaced(folder / "index.html", live(text, lines, seconds=seconds))
    finally:
        rmtree(draft, ignore_errors=True)


def live(text: str, lines: Sequence[str], *, seconds: float) -> str:
    """A page with a note on top that says how far its runs are, and with a script that loads it again.

    Args:
        text: A page of this library.
        lines: What the note says.
        seconds: Between two times that it is loaded.
    """
    told = " ".join(f"<p>{escape(clean(line))}</p>" for line in lines)
    button = '<button type="button" aria-pressed="false" hidden>Pause</button>'
    note = (
        f'<aside class="live-note missing" data-seconds="{seconds:g}" aria-label="How far the runs are">'
        f"<div>{told}</div>{button}</aside>"
    )
    script = closed(SCRIPT)
    # The first of each, which the template wrote: what follows may be a user's text.
    text = text.replace("script-src ", f"script-src {script_hash(script)} ", 1).replace(
        "</head>", f"{STYLE}\n</head>", 1
    )
    text = text.replace("<main", f"{note}\n<main", 1)
    head, end, rest = text.rpartition("</body>")
    return f"{head}<script>{script}</script>\n{end}{rest}"


def settled(folder: Path) -> None:
    """Take the note and the script from the page in a folder, if it is one that `write_live` wrote."""
    if not own_page(folder):
        return
    path = folder / "index.html"
    text = path.read_text(encoding="utf-8")
    script = f"<script>{closed(SCRIPT)}</script>\n"
    if script in text:
        text = text.replace(script, "").replace(f"{STYLE}\n", "", 1)
        replaced(path, re.sub(r'<aside class="live-note.*?</aside>\n', "", text, count=1, flags=re.DOTALL))
