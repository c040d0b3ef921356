"""The page of a running sweep says how far it is and loads itself again; when all is over it is a plain page."""

import re
import time
from base64 import b64encode
from hashlib import sha256

import pytest

from spectra.report.live_page import live, settled, write_live
from spectra.report.page_writing import rendered, replaced
from tests.report.browser import opened

LINES = ["width: 4 runs, 1 done", "<script>alert(1)</script> & more"]


def plain(words="None yet"):
    """A page of the house with little in it."""
    recipe = [{"name": "a", "title": words, "sentence": "", "recipe": {"fault": words}}]
    content = {"title": words, "facts": ["0 runs"], "there": [], "groups": {}, "absent": recipe, "current": "1"}
    return rendered("gallery.html", [], content)


def writer(words="None yet"):
    def write(folder):
        (folder / "figures").mkdir(exist_ok=True)
        (folder / "figures/a.svg").write_text(words)
        (folder / "fits.csv").write_text(words)
        return replaced(folder / "index.html", plain(words))

    return write


def test_the_policy_lets_the_script_run_and_no_other():
    text = live(plain(), LINES, seconds=30)
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]+)"', text)
    scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
    hashes = {f"sha256-{b64encode(sha256(script.encode()).digest()).decode()}" for script in scripts}
    assert set(re.findall(r"sha256-[\w+/=]+", policy.replace("&#39;", "'"))) == hashes
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in text
    assert 'data-seconds="30"' in text


def test_settled_is_the_page_as_it_was(tmp_path):
    write_live(writer(), tmp_path, LINES, seconds=2.5)
    assert "live-note" in (tmp_path / "index.html").read_text()
    settled(tmp_path)
    text = (tmp_path / "index.html").read_text()
    assert "live-note" not in text
    allowed = re.findall(r"sha256-[\w+/=]+", text)
    assert text.replace(f"&#39;{allowed[0]}&#39; ", "").replace(f"'{allowed[0]}' ", "") == plain()
    settled(tmp_path)
    assert (tmp_path / "index.html").read_text() == text
    settled(tmp_path / "absent")


def test_files_beside_the_page_come_with_it_and_notes_stay(tmp_path):
    (tmp_path / "notes.md").write_text("by hand")
    (tmp_path / "figures").mkdir()
    (tmp_path / "figures/other.svg").write_text("older")
    seen = []

    def write(folder):
        seen.append((folder / "notes.md").read_text())
        return writer("second")(folder)

    page = write_live(write, tmp_path, LINES, seconds=1)
    assert page == tmp_path / "index.html"
    assert seen == ["by hand"]
    assert (tmp_path / "notes.md").read_text() == "by hand"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["figures", "fits.csv", "index.html", "notes.md"]
    assert (tmp_path / "figures/a.svg").read_text() == "second"


def test_a_page_that_could_not_be_written_leaves_the_old_one_and_no_draft(tmp_path):
    write_live(writer(), tmp_path, LINES, seconds=1)
    before = (tmp_path / "index.html").read_bytes()

    def write(folder):
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        write_live(write, tmp_path, LINES, seconds=1)
    assert (tmp_path / "index.html").read_bytes() == before
    assert not [*tmp_path.glob(".draft-*")]


def test_a_browser_sees_the_new_page_by_itself_until_the_sweep_is_over(chromium, tmp_path):
    page = write_live(writer("first"), tmp_path, LINES, seconds=0.5)
    with opened(chromium, page) as (tab, _):
        assert tab.title() == "first"
        write_live(writer("second"), tmp_path, LINES, seconds=0.5)
        tab.locator("h1", has_text="second").wait_for(timeout=5000)
        for line in LINES:  # each may be asked for just when the page loads itself again
            tab.locator(".live-note p").get_by_text(line, exact=True).wait_for(timeout=5000)
        tab.get_by_role("button", name="Pause").click()
        write_live(writer("third"), tmp_path, LINES, seconds=0.5)
        tab.wait_for_timeout(1100)
        assert tab.title() == "second"
        tab.get_by_role("button", name="Pause").click()
        tab.locator("h1", has_text="third").wait_for(timeout=5000)
        writer("last")(tmp_path)
        tab.locator("h1", has_text="last").wait_for(timeout=5000)
        tab.evaluate("window.same = true")
        time.sleep(0.8)
        assert tab.evaluate("window.same")


def test_the_note_is_accessible(chromium, tmp_path):
    page = write_live(writer(), tmp_path, LINES, seconds=1000)
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")
    with opened(chromium, page) as (tab, _):
        assert [each["id"] for each in axe.Axe().run(tab).response["violations"]] == []
