"""A headless Chromium for the tests that look at pages as their readers do."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
#: Widths of a desk and of a phone, in CSS pixels.
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")
#: Width of a page of A4 between the margins of the style sheet.
A4 = 703

#: What sticks out of the window without standing in a box that scrolls.
TOO_WIDE = """() => {
  const root = document.documentElement, width = root.clientWidth;
  const found = root.scrollWidth > width ? [`page: ${root.scrollWidth} > ${width}`] : [];
  const open = (box) => !box || (getComputedStyle(box).overflowX === "visible"
    && open(box.parentElement));
  for (const box of document.body.querySelectorAll("*")) {
    const { left, right, height } = box.getBoundingClientRect();
    if (!height || (left > -2 && right < width + 2) || !open(box.parentElement)) continue;
    if (!box.matches(".skip")) found.push(`${box.outerHTML.slice(0, 120)}: ${left} to ${right}`);
  }
  return found;
}"""


@contextmanager
def chromium() -> Iterator[Browser]:
    """Open a browser; the test is skipped where none is installed."""
    path = next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on the path")
    flags = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=flags)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, html: str, folder: Path, width: int = WIDTHS[0]) -> Iterator[Page]:
    """A page from its HTML; what it asks of the network, its errors, dialogs and what its
    security policy blocks fail the test.
    """
    file = folder / "page.html"
    file.write_text(html, encoding="utf-8")
    page = browser.new_page(viewport={"width": width, "height": 900})
    complaints: list[str] = []
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("request", lambda request: complaints.append(request.url))
    page.goto(file.as_uri())
    yield page
    page.close()
    asked = [c for c in complaints if c != file.as_uri() and not c.startswith("data:")]
    assert asked == []


def too_wide(page: Page) -> list[str]:
    """Elements that stick out of the window or of their boxes."""
    return page.evaluate(TOO_WIDE)
