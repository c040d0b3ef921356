"""A real browser for tests of pages: what they say on its console, what they ask for, what they show."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

# No sandbox, because in a container there is none to be had; no service that would speak to anyone.
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@dataclass
class Heard:
    """What a page did while it was open."""

    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """Chromium of this machine; tests are skipped where it or Playwright is absent."""
    api = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed: pip install '.[browser]'")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@contextmanager
def opened(chromium: Any, path: Path, *, width: int = 1280, **options: Any) -> Iterator[tuple[Any, Heard]]:
    """A page in a fresh context; when it is left, it must have said no error and asked for nothing."""
    context = chromium.new_context(viewport={"width": width, "height": 900}, **options)
    page, heard = context.new_page(), Heard()
    page.on("console", lambda said: heard.errors.append(said.text) if said.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: heard.errors.append(str(error)))
    page.on("request", lambda asked: heard.requests.append(asked.url))
    page.goto(path.as_uri())
    yield page, heard
    context.close()
    own = {path.as_uri()}
    assert heard.errors == []
    assert [url for url in heard.requests if url not in own and not url.startswith(("data:", "blob:"))] == []


def explored(tab: Any, name: str) -> Any:
    """The charts of a figure, opened by its button."""
    figure = tab.locator(f"section[aria-labelledby=about-{name}] figure")
    figure.get_by_role("button", name="Explore the values").click()
    return figure
