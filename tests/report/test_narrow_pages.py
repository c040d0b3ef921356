"""Pages in a window as narrow as that of a telephone: what is cut says so, and no button covers words."""

from tests.report.browser import opened

COVERED = """() => [...document.querySelectorAll(".sheet")].filter((sheet) => {
  const button = sheet.querySelector(".save").getBoundingClientRect();
  const words = document.createRange();
  words.selectNodeContents(sheet.querySelector("caption"));
  return [...words.getClientRects()].some((box) => box.right > button.left && box.top < button.bottom - 2);
}).length"""
SILENT = """() => [...document.querySelectorAll(".drawing")].filter((drawing) =>
  drawing.scrollWidth > drawing.clientWidth && getComputedStyle(drawing.nextElementSibling).display === "none"
).length"""


def test_no_button_covers_a_caption_and_what_is_cut_says_so(chromium, page):
    with opened(chromium, page, width=390) as (tab, _):
        tab.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
        tab.wait_for_function(
            "document.querySelectorAll('.sheet .save').length === document.querySelectorAll('.sheet').length"
        )
        assert tab.evaluate(COVERED) == 0
        assert tab.evaluate(SILENT) == 0
