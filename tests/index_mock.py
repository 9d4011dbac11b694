"""Invented records and tables for the tests of the index, around the studies of report_mock."""

from typing import Any

import pandas as pd
import report_mock as mock
from report_study import spec
from specs_of import changed

from multipet.report.contrast.page import contrast_page, contrast_summary
from multipet.report.index.page import IndexPage, index_page

SCANNERS = {
    "turku": ("HRRT", "ECAT"),
    "aarhus": ("HRRT",),
    "yale": ("HRRT", "Vision"),
    "vancouver": ("HRRT",),
}
REGIONS = ("caudate", "putamen")
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 30"><text y="20">PET</text></svg>'


def pooled(people: int = 3) -> pd.DataFrame:
    """``people`` a scanner with a scan each; the first of Turku has one value, the last none."""
    rows = [
        {
            "participant_id": f"{site}{camera}{i}",
            "session": "1",
            "site": site,
            "scanner": f"{site}/{camera}",
            "region": region,
            "value": 2.5 + i / 10,
            "age": 30.0 + 7 * i,
            "group": "patient" if i % 2 else "control",
        }
        for site, cameras in SCANNERS.items()
        for camera in cameras
        for i in range(people)
        for region in REGIONS
    ]
    table = pd.DataFrame(rows)
    turku = table.index[table["site"] == "turku"]
    table.loc[turku[1], "value"] = float("nan")
    table.loc[turku[-2:], "value"] = float("nan")
    table.loc[table["participant_id"] == "yaleHRRT0", "age"] = float("nan")
    for name in ("site", "scanner", "region", "group"):
        table[name] = pd.Categorical(table[name], categories=list(dict.fromkeys(table[name])))
    return table


def sources(people: int = 3) -> list[dict[str, Any]]:
    """What each site's tables were made from: Turku repeats a row, Yale has rows not selected."""
    found = []
    for site, cameras in SCANNERS.items():
        scans, repeated, aside = people * len(cameras), site == "turku", 5 * (site == "yale")
        rows = {"delivered": scans + repeated + aside, "not_selected": aside}
        rows |= {"repeated": int(repeated), "read": scans}
        files = [{"name": f"{site}.csv", "sha256": "0" * 64}]
        record = {"site": site, "rows": rows, "n_scans_read": scans, "n_scans": scans}
        found.append(record | {"files": files})
    return found


def summary(name: str) -> dict[str, Any]:
    """Summary of one of the studies of report_mock."""
    files = mock.STUDIES[name]()
    return contrast_summary(files, contrast_page(files))


def failed(text: str = "every region has fewer scans than coefficients") -> dict[str, Any]:
    """Record of a contrast without a report."""
    return {"contrast": {"id": "age_in_patients", "title": "Age in patients"}, "failed": text}


def harmonisation(text: str = "ComBat over scanner, before and after") -> dict[str, Any]:
    """Record of a harmonisation."""
    return {
        "harmonisation": {"id": "combat_scanner", "title": text},
        "method": "combat",
        "batch": ["scanner"],
        "answer": [{"text": "310 scans on 6 scanners were brought to one level."}],
        "worries": [[{"text": "The smallest batch has 9 scans."}]],
        "used_by": [{"id": "patients_harmonised", "title": text}],
    }


def renamed(record: dict[str, Any], position: int) -> dict[str, Any]:
    """The same contrast under another id."""
    contrast = record["contrast"] | {"id": f"contrast_{position}"}
    return record | {"contrast": contrast, "model": f"model_{position % 8}"}


def page(*names: str, more: tuple[dict[str, Any], ...] = (), **fields: Any) -> IndexPage:
    """The index of studies of report_mock; ``more`` records, ``fields`` of its spec changed."""
    first = mock.STUDIES[names[0]]()
    changes = mock.hostile_config() if names[0] == "hostile" else {}
    asked = changed(spec("report_index", "all", **changes), **fields)
    records = [*map(summary, names), *more, *sources(52)]
    return index_page(asked, records, first.ingest_findings, pooled(52))


def pages() -> dict[str, IndexPage]:
    """Indices that a browser is shown: small with everything, hostile, and of many contrasts."""
    many = tuple(renamed(summary("many"), i) for i in range(20))
    return {
        "index": page("slope", "null", "pairwise", more=(failed(), harmonisation())),
        "index_hostile": page(
            "hostile", "null", more=(failed(mock.HOSTILE * 3), harmonisation(mock.HOSTILE))
        ),
        "index_many": page("many", more=many),
    }
