"""Every page as HTML: valid, its references resolved, its headings and tables in order."""

from itertools import pairwise

import html5lib
import pytest
from built_pages import NAMES, built

pytestmark = pytest.mark.slow

HTML = "{http://www.w3.org/1999/xhtml}"
REFERENCES = ("aria-labelledby", "aria-describedby", "aria-controls", "for")
GOOD = (
    '<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><main id="m"><h1>a</h1>'
    '<h2 id="h">b</h2><section aria-labelledby="h"><a href="#m">c</a><table><caption>d</caption>'
    '<thead><tr><th scope="col">e</th></tr></thead><tbody><tr><th scope="row">f</th></tr></tbody>'
    "</table></section></main></body></html>"
)


def complaints(text):
    """What is wrong with a page."""
    parser = html5lib.HTMLParser()
    root = parser.parse(text)
    found = [f"parse error {code} at {place}" for place, code, _ in parser.errors]
    return [*found, *_ids(root), *_headings(root), *_landmarks(root), *_tables(root)]


def _named(root, *names):
    wanted = {f"{HTML}{name}" for name in names}
    return [element for element in root.iter() if element.tag in wanted]


def _ids(root):
    every = [e.get("id") for e in root.iter() if e.get("id") is not None]
    yield from (f"id {name!r} twice or empty" for name in {*every} if every.count(name) > 1)
    yield from (f"id {name!r} has a space" for name in every if not name or " " in name)
    for element in root.iter():
        for name in REFERENCES:
            for reference in (element.get(name) or "").split():
                if reference not in every:
                    yield f"{name}={reference!r} names nothing"
        link = element.get("href") or ""
        if element.tag == f"{HTML}a" and link.startswith("#") and link[1:] not in every:
            yield f"{link} leads nowhere"


def _headings(root):
    levels = [int(e.tag[-1]) for e in _named(root, "h1", "h2", "h3", "h4", "h5", "h6")]
    if levels.count(1) != 1 or levels[0] != 1:
        yield "not one h1, before the others"
    yield from (f"h{b} after h{a}" for a, b in pairwise(levels) if b - a > 1)
    yield from (
        "empty heading" for e in _named(root, "h1", "h2", "h3") if not "".join(e.itertext()).strip()
    )


def _landmarks(root):
    (html,) = _named(root, "html")
    if html.get("lang") != "en":
        yield "no language"
    if len(_named(root, "main")) != 1:
        yield "not one main"
    named = ("aria-label", "aria-labelledby")
    for element in _named(root, "nav", "section"):
        if not any(element.get(name) for name in named):
            yield f"{element.tag} without a name"
    for element in root.iter():
        if element.get("role") in ("img", "region") and not any(map(element.get, named)):
            yield f"role {element.get('role')} without a name"
    yield from ("image without alt" for e in _named(root, "img") if e.get("alt") is None)


def _tables(root):
    for table in _named(root, "table"):
        caption = table.find(f"{HTML}caption")
        if caption is None or not "".join(caption.itertext()).strip():
            yield "table without a caption"
        heads, body = table.find(f"{HTML}thead"), table.find(f"{HTML}tbody")
        columns = _named(heads, "th")
        if [e.get("scope") for e in columns] != ["col"] * len(columns) or _named(heads, "td"):
            yield "head of a table without scope"
        for row in _named(body, "tr"):
            scopes = [e.get("scope") for e in _named(row, "th")]
            if scopes not in ([], ["row"]):
                yield f"row of a table with heads {scopes}"
            if len(row) != len(columns):
                yield f"row of {len(row)} cells under {len(columns)} heads"


@pytest.mark.parametrize("name", NAMES)
def test_page(name):
    assert complaints(built(name)) == []


def test_a_page_without_faults_has_none():
    assert complaints(GOOD) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("<!DOCTYPE html>", ""),
        ("</section>", ""),
        ('id="h"', 'id="m"'),
        ('href="#m"', 'href="#n"'),
        ('aria-labelledby="h"', 'aria-labelledby="k"'),
        (' aria-labelledby="h"', ""),
        ("<h1>a</h1>", ""),
        ('<h2 id="h">b</h2>', '<h3 id="h">b</h3>'),
        (' lang="en"', ""),
        ("<caption>d</caption>", ""),
        (' scope="col"', ""),
        ('<th scope="row">f</th>', "<th>f</th>"),
        ('<th scope="row">f</th>', '<th scope="row">f</th><td>g</td>'),
        ("<h1>a</h1>", '<h1>a</h1><img src="data:,">'),
    ],
)
def test_each_fault_is_seen(right, wrong):
    assert right in GOOD
    assert complaints(GOOD.replace(right, wrong, 1)) != []
