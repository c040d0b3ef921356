"""Pages as older versions of this library wrote them, and recipes of a gallery."""

from spectra.report.gallery import Recipe
from spectra.report.leftovers import SIGNATURE

DRAWING = (
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="496.8pt" height="{height}pt" viewBox="0 0 496.8 200"><defs><style type="text/css">.c0{{fill:#ffffff}}'
    '</style></defs><path class="c0" d="M0 0h9v9z"/></svg>'
)


def planted(folder, *, title="A page", case="muP", verdict="super consistent", version="0.0.1", height=200.0):
    """A page as an older version of this library wrote it."""
    (folder / "figures").mkdir(parents=True)
    (folder / "figures/trend.svg").write_text(DRAWING.format(height=height))
    (folder / "index.html").write_text(
        f"""<html><body><header><h1>{title}</h1><p class="facts"><span>8 runs</span><span>2 seeds</span></p></header>
        <article class="card"><h3>Does it depend on the width?</h3><div><p class="regime"><b>{case}</b>
        <span class="verdict same"><span aria-hidden="true">=</span> {verdict}</span></p><p>It does not.</p></div>
        </article><section><h2 id="x">The trend &amp; more</h2><figure><a href="figures/trend.svg">trend.svg</a>
        </figure></section>{SIGNATURE}{version}.</p></footer></body></html>"""
    )


def recipe(name, **words):
    return Recipe(**{"name": name, "title": f"About {name}", "description": "", "path": f"{name}.toml"} | words)
