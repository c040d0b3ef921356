"""Formulas as MathML, made while the site is built."""

from __future__ import annotations

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.writers.html5 import HTML5Translator

_logger = logging.getLogger(__name__)


def setup(app: Sphinx) -> dict[str, bool]:
    """Add the renderer that `html_math_renderer` names."""
    app.add_html_math_renderer("mathml", (_visit_formula, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def mathml(text: str, *, as_block: bool) -> str:
    """The formula as an element; Markdown hands whole environments over, which are aligned in MathML.

    Raises:
        MathError: If a command is not known.
    """
    for name in ("align", "align*", "equation", "equation*"):
        inner = "aligned" if name.startswith("align") else None
        for end in ("begin", "end"):
            text = text.replace(rf"\{end}{{{name}}}", rf"\{end}{{{inner}}}" if inner else "")
    return tex2mathml(text.strip(), as_block=as_block)


def _visit_formula(translator: HTML5Translator, node: nodes.math) -> None:
    translator.body.append(_element(translator, node, as_block=False))
    raise nodes.SkipNode


def _visit_block(translator: HTML5Translator, node: nodes.math_block) -> None:
    translator.body.append(translator.starttag(node, "div", CLASS="formula"))
    if node["number"]:
        translator.body.append(f'<span class="formula-number">({node["number"]})</span>')
    translator.body.append(_element(translator, node, as_block=True) + "</div>\n")
    raise nodes.SkipNode


def _element(translator: HTML5Translator, node: nodes.Element, *, as_block: bool) -> str:
    try:
        return mathml(node.astext(), as_block=as_block)
    except MathError as error:
        _logger.warning("formula %r: %s", node.astext(), error, location=node)
        return f"<code>{translator.encode(node.astext())}</code>"
