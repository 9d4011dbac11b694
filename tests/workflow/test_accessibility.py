"""Pages under axe-core in a browser, light and dark, on a desk and on a phone; and by keyboard."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import SCHEMES, WIDTHS, chromium, opened
from built_pages import KINDS, built

pytestmark = pytest.mark.slow

SERIOUS = ("serious", "critical")
FAULTS = {
    "image-alt": '<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=">',
    "color-contrast": '<p style="color: #aaa; background: #fff">too pale to be read</p>',
    "label": '<input type="text">',
}


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened_browser:
        yield opened_browser


def violations(page):
    """Serious and critical violations, each with the first element that it is about."""
    found = Axe().run(page).response["violations"]
    return [
        f"{v['id']} ({v['impact']}): {v['nodes'][0]['html'][:200]}"
        for v in found
        if v["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("name", KINDS)
def test_no_serious_violation(browser, tmp_path, name):
    with opened(browser, built(name), tmp_path) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            for scheme in SCHEMES:
                page.emulate_media(color_scheme=scheme)
                assert violations(page) == [], f"{width} px, {scheme}"


@pytest.mark.parametrize("rule", FAULTS)
def test_a_violation_is_seen(browser, tmp_path, rule):
    text = built("index").replace("</h1>", f"</h1>{FAULTS[rule]}")
    with opened(browser, text, tmp_path) as page:
        assert [words.split()[0] for words in violations(page)] == [rule]


def test_the_keyboard_skips_the_contents(browser, tmp_path):
    with opened(browser, built("slope"), tmp_path) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        assert page.locator(".skip").bounding_box()["x"] >= 0
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_every_scrolling_box_is_reached_by_keyboard(browser, tmp_path):
    with opened(browser, built("many"), tmp_path, 390) as page:
        stuck = page.evaluate("""() => [...document.querySelectorAll("main *")].filter((box) =>
          ["auto", "scroll"].includes(getComputedStyle(box).overflowX)
          && box.scrollWidth > box.clientWidth && box.tabIndex < 0).map((box) => box.outerHTML)""")
        assert stuck == []


def test_pages_read_without_scripts(browser, tmp_path):
    (tmp_path / "page.html").write_text(built("differing"), encoding="utf-8")
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((tmp_path / "page.html").as_uri())
    assert page.locator("#regions-table tbody tr").count() == 4
    page.locator("summary", has_text="What is checked").click()
    assert page.locator("table.rules").is_visible()
