"""The scripts of a page, and the policy that lets a browser run these and load nothing."""

from base64 import b64encode
from functools import cache
from hashlib import sha256
from pathlib import Path

from markupsafe import Markup

HERE = Path(__file__).parent
TABLES = "page_tables.js"
LIBRARY = "vendor/uplot/uPlot.iife.min.js"
CHARTS = ("page_axes.js", "page_points.js", "page_plot.js", "page_charts.js")


@cache
def page_scripts(*, charts: bool) -> tuple[Markup, ...]:
    """The texts of the script elements of a page.

    Args:
        charts: Whether a figure of the page has a chart: without one the library that draws them is not needed.
    """
    texts = [closed(TABLES)]
    if charts:
        license_text = _text("vendor/uplot/LICENSE").strip()
        texts += [f"/*! uPlot 1.6.32\n{license_text}\n*/\n{_text(LIBRARY)}", closed(*CHARTS)]
    # Our own files: nothing in them is a user's.
    return tuple(Markup(text) for text in texts)


@cache
def content_policy(*, charts: bool) -> str:
    """A content security policy: scripts whose hashes it names, styles within the page, nothing from elsewhere."""
    hashes = " ".join(script_hash(script) for script in page_scripts(charts=charts))
    return (
        f"default-src 'none'; script-src {hashes}; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def closed(*names: str) -> str:
    """Scripts of these files as one whose names nothing else on the page sees."""
    return "\n".join(["(() => {", '"use strict";', *(_text(name).strip() for name in names), "})();"])


def script_hash(script: str) -> str:
    """How a policy names a script."""
    return f"'sha256-{b64encode(sha256(script.encode('utf-8')).digest()).decode('ascii')}'"


@cache
def _text(name: str) -> str:
    return (HERE / name).read_text(encoding="utf-8").replace("\r\n", "\n")
