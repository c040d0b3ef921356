"""How the site is built: `make docs`, or `sphinx-build -W -b html docs docs/_build/html`.

Formulas (`$...$`, `$$...$$`, and `amsmath` environments in Markdown) become MathML while the site is built, with the
converter of docutils and a mathematical font in `_static/fonts`: no script, no network, and a screen reader reads them.
A command that the converter does not know is a warning, and so an error. Braces are needed: `\\tfrac{1}{2}`.
Every module in `_extensions` is an extension of this site.
"""

import logging
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path[:0] = [str(FOLDER / "_extensions"), str(FOLDER.parent)]

import spectra  # noqa: E402  # the site describes the code beside it, not another that is installed

project = "spectra"
author = "The spectra developers"
copyright = author
version = release = spectra.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    *(path.stem for path in sorted((FOLDER / "_extensions").glob("*.py"))),
]
exclude_patterns = ["_build", "examples", "gallery/**/*.ipynb", "sg_execution_times.rst"]

nitpicky = False

myst_enable_extensions = ["dollarmath", "amsmath", "deflist", "colon_fence", "attrs_inline"]
myst_heading_anchors = 3
html_math_renderer = "mathml"

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 80
python_use_unqualified_type_names = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

sphinx_gallery_conf = {
    "examples_dirs": "examples",
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "image_srcset": ["2x"],
    "matplotlib_animations": False,
    "abort_on_example_error": True,
    "reset_modules": ("matplotlib", "gallery_look.look"),
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "download_all_examples": False,
    "copyfile_regex": r".*\.toml",
}

# A space in the path of the whole repository is none in a link: no example has one in its name.
logging.getLogger("sphinx.sphinx-gallery").addFilter(lambda record: "with spaces found" not in str(record.msg))

html_theme = "furo"
html_title = "spectra"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_show_copyright = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b4f6c", "color-brand-content": "#0b4f6c"},
    "dark_css_variables": {"color-brand-primary": "#7cc4e8", "color-brand-content": "#7cc4e8"},
    "footer_icons": [],
}
