"""Pages in a browser: nothing sticks out on a desk, a phone or paper, whatever names are like."""

import pytest
import report_mock as mock
from browser import A4, WIDTHS, chromium, opened, too_wide
from built_pages import NAMES, built

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened_browser:
        yield opened_browser


@pytest.mark.parametrize("name", NAMES)
def test_nothing_sticks_out(browser, tmp_path, name):
    with opened(browser, built(name), tmp_path) as page:
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 900})
            page.evaluate("document.querySelectorAll('details').forEach((d) => { d.open = true })")
            assert too_wide(page) == []


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_cut_on_paper(browser, tmp_path, name):
    with opened(browser, built(name), tmp_path, A4) as page:
        page.emulate_media(media="print")
        assert too_wide(page) == []
        assert page.locator("nav").is_hidden()
        folded = page.locator("details > :not(summary, .filter)")
        assert all(folded.nth(i).is_visible() for i in range(folded.count()))


def test_what_sticks_out_is_seen(browser, tmp_path):
    wide = '<div style="width: 2000px">x</div>'
    text = built("index").replace("</h1>", f"</h1>{wide}")
    with opened(browser, text, tmp_path) as page:
        assert too_wide(page)[0].startswith("page: ")


def test_the_tables_of_the_demo_fit_a_desk(browser, tmp_path):
    """Those with a column a site: effects, variance components, what each site gave."""
    with opened(browser, built("differing"), tmp_path) as page:
        for table in ("by-site-table", "variance-table", "sites-table", "regions-table"):
            box = page.locator(f"#{table}").locator("xpath=..")
            assert box.evaluate("(box) => box.scrollWidth <= box.clientWidth")


def test_the_first_column_stays_while_a_table_scrolls(browser, tmp_path):
    with opened(browser, built("differing"), tmp_path, 390) as page:
        cell = page.locator("#regions-table tbody tr").first.locator("th")
        before = cell.bounding_box()["x"]
        box = page.locator("#regions-table").locator("xpath=..")
        assert box.evaluate("(box) => (box.scrollLeft = 200, box.scrollLeft)") == 200
        assert cell.bounding_box()["x"] == pytest.approx(before, abs=1)


@pytest.mark.parametrize("name", ["hostile", "index_hostile"])
def test_hostile_text_is_read_as_text(browser, tmp_path, name):
    with opened(browser, built(name), tmp_path) as page:
        shown = page.locator("h1").text_content()
        assert shown == mock.HOSTILE.replace("\x07", "\ufffd")
        assert page.evaluate("document.scripts.length") == 1
        assert "<script>alert(1)</script>" in page.locator("main").inner_text()


def test_figures_take_the_inks_of_the_page(browser, tmp_path):
    line = '<text style="font-size: 10px; fill: #1b1f24" x="9" y="9">ink</text></svg>'
    text = built("slope").replace("</svg>", line, 1)
    with opened(browser, text, tmp_path) as page:
        ink = page.locator("svg text", has_text="ink")
        fill = "(e) => getComputedStyle(e).fill"
        assert ink.evaluate(fill) == "rgb(27, 31, 36)"
        page.emulate_media(color_scheme="dark")
        assert ink.evaluate(fill) == page.evaluate("getComputedStyle(document.body).color")
        page.emulate_media(color_scheme="dark", media="print")
        assert ink.evaluate(fill) == "rgb(27, 31, 36)"


def test_tables_are_sorted_and_filtered(browser, tmp_path):
    with opened(browser, built("index_many"), tmp_path) as page:
        rows = page.locator("#glance tbody tr")
        assert rows.count() == 21
        page.get_by_role("searchbox").first.fill("no such contrast")
        assert page.get_by_role("status").first.text_content() == "0 of 21"
        heads = page.locator("#glance thead th")
        assert heads.nth(2).locator("button").count() == 0
        heads.nth(1).locator("button").press("Enter")
        assert heads.nth(1).get_attribute("aria-sort") == "ascending"
