"""Every kind of page, built once from invented studies, for the tests of HTML and layout."""

from functools import cache

import index_mock
import report_mock as mock
from harmonisation_mock import files_of

from multipet.report.contrast.page import contrast_html, contrast_page
from multipet.report.harmonisation.page import harmonisation_html, harmonisation_page
from multipet.report.html.embedded import Figure
from multipet.report.index.page import index_html

NAMES = (*mock.STUDIES, "index", "index_hostile", "index_many", "harmonisation")
#: One of each kind, and the one with the most that can go wrong.
KINDS = ("differing", "harmonised", "hostile", "index", "index_hostile", "harmonisation")


@cache
def built(name: str) -> str:
    """HTML of a page."""
    if name in mock.STUDIES:
        return contrast_html(contrast_page(mock.STUDIES[name]()))
    if name == "harmonisation":
        return harmonisation_html(harmonisation_page(_harmonisation()))
    return index_html(index_mock.pages()[name])


def _harmonisation():
    rows = mock.slope().contrast.to_dict("records")
    drawn = Figure(
        "shifts", mock.svg("shifts", rows), "A caption.", "alt", "shifts", title="Shifts"
    )
    files = files_of()
    return type(files)(**vars(files) | {"figures": (drawn,)})
