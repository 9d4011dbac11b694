"""Make the demo study: the raw tables of four sites, each as that site delivers, and their truth.

Run ``.venv/bin/python config/demo/make_demo.py [folder]``; without a folder it writes beside
itself. README.md says what the files hold.
"""

import csv
import io
import json
import sys
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter
from simulated_study import REGIONS, SIDES, Person, Scan, Values, simulate, truth

Cell = str | int | float
Table = list[list[Cell]]  # the header, then the rows


def turku_table(scans: Sequence[Scan], values: Sequence[Values]) -> Table:
    """One row a scan; sex as 1 = man, 2 = woman."""
    header = ["ID", "Visit", "Camera", "Age", "Sex", "Group"]
    rows = [
        [
            *(participant_id(scan.person), str(scan.visit), scan.camera, f"{scan.age:.1f}"),
            *("2" if scan.person.woman else "1", "patient" if scan.person.patient else "control"),
            *(f"{value:.4f}" for value in of_scan.values()),
        ]
        for scan, of_scan in zip(scans, values, strict=True)
    ]
    return [header + [f"bp_{region}_{side[0]}" for region in REGIONS for side in SIDES], *rows]


def aarhus_table(scans: Sequence[Scan], values: Sequence[Values]) -> Table:
    """One row a region of a scan; the group is in participants.tsv."""
    header = ["participant_id", "session", "scanner", "age", "sex", "roi", "BPnd"]
    rows = [
        [
            *(participant_id(scan.person), str(scan.visit), scan.camera, f"{scan.age:.1f}"),
            *("F" if scan.person.woman else "M", f"{region[:3]}_{side[0]}".upper(), f"{value:.4f}"),
        ]
        for scan, of_scan in zip(scans, values, strict=True)
        for (region, side), value in of_scan.items()
    ]
    return [header, *rows]


def yale_table(scans: Sequence[Scan], values: Sequence[Values]) -> Table:
    """One row a scan; numbers with decimal commas."""
    header = ["subject", "scan", "camera", "age_at_scan", "gender", "dx"]
    rows = [
        [
            *(participant_id(scan.person), str(scan.visit), scan.camera, _with_comma(scan.age, 1)),
            *("female" if scan.person.woman else "male", "PD" if scan.person.patient else "HC"),
            *(_with_comma(value, 4) for value in of_scan.values()),
        ]
        for scan, of_scan in zip(scans, values, strict=True)
    ]
    names = [f"{side[0].upper()}_{region}" for region in REGIONS for side in SIDES]
    return [header + names, *rows]


def vancouver_table(scans: Sequence[Scan], values: Sequence[Values]) -> Table:
    """One row a scan; age, sex and group are in participants.tsv."""
    names = [f"{region} {side} BPnd" for region in REGIONS for side in SIDES]
    rows = [
        [participant_id(scan.person), scan.visit, scan.camera]
        + [round(value, 4) for value in of_scan.values()]
        for scan, of_scan in zip(scans, values, strict=True)
    ]
    return [["Study ID", "Session", "Scanner", *names], *rows]


def participants_table(scans: Sequence[Scan]) -> Table:
    """Demographics at each visit, for the sites whose tables lack some of them."""
    rows = [
        [
            *(participant_id(scan.person), scan.person.site, str(scan.visit), f"{scan.age:.1f}"),
            *("F" if scan.person.woman else "M", "patient" if scan.person.patient else "control"),
        ]
        for scan in scans
        if scan.person.site in {"aarhus", "vancouver"}
    ]
    return [["participant_id", "site", "session", "age", "sex", "group"], *rows]


def participant_id(person: Person) -> str:
    """The pseudonym that the person's site gives."""
    forms = {"turku": "{:03d}", "aarhus": "A-{:03d}", "yale": "5{:03d}", "vancouver": "UBC-{:03d}"}
    return forms[person.site].format(person.number)


def soil(tables: Mapping[str, Table]) -> None:
    """Put in, once each, what real deliveries have; README.md lists it."""
    turku, yale = tables["turku"], tables["yale"]
    _set_cell(turku, {"ID": "012", "Visit": "1"}, "bp_thalamus_r", "")
    turku.append(list(_row(turku, {"ID": "031", "Visit": "1"})))
    where = {"participant_id": "A-017", "session": "1", "roi": "PUT_L"}
    _set_cell(tables["aarhus"], where, "BPnd", "NA")
    _set_cell(yale, {"subject": "5023", "scan": "1"}, "L_accumbens", "n/a")
    _set_cell(yale, {"subject": "5044", "scan": "1", "camera": "ECAT HRRT"}, "camera", "ECAT hrrt")
    where = {"participant_id": "UBC-031", "session": "1"}
    _set_cell(tables["participants"], where, "age", "n/a")


def site_tables(scans: Sequence[Scan], values: Sequence[Values]) -> dict[str, Table]:
    """Every table as delivered, by name."""
    makers = {
        "turku": turku_table,
        "aarhus": aarhus_table,
        "yale": yale_table,
        "vancouver": vancouver_table,
    }
    tables = {"participants": participants_table(scans)}
    for site, make in makers.items():
        chosen = [i for i, scan in enumerate(scans) if scan.person.site == site]
        tables[site] = make([scans[i] for i in chosen], [values[i] for i in chosen])
    soil(tables)
    return tables


def write_demo(folder: Path) -> None:
    """Write the tables and truth.json into ``folder``; the bytes are the same at every run."""
    effects, scans, _, values = simulate()
    tables = site_tables(scans, values)
    folder.mkdir(parents=True, exist_ok=True)
    _write_text_table(folder / "turku.csv", tables["turku"], ",", "utf-8-sig")
    _write_text_table(folder / "aarhus.tsv", tables["aarhus"], "\t")
    _write_text_table(folder / "yale.csv", tables["yale"], ";")
    _write_text_table(folder / "participants.tsv", tables["participants"], "\t")
    _write_workbook(folder / "vancouver.xlsx", tables["vancouver"])
    text = json.dumps(truth(effects), indent=1, ensure_ascii=False)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8", newline="\n")


def _with_comma(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace(".", ",")


def _row(table: Table, where: Mapping[str, str]) -> list[Cell]:
    header, *rows = table
    position = {header.index(column): text for column, text in where.items()}
    (row,) = [row for row in rows if all(row[i] == text for i, text in position.items())]
    return row


def _set_cell(table: Table, where: Mapping[str, str], column: str, text: str) -> None:
    _row(table, where)[table[0].index(column)] = text


def _write_text_table(path: Path, table: Table, delimiter: str, encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(table)


def _write_workbook(path: Path, table: Table) -> None:
    workbook = Workbook()
    workbook.properties.created = workbook.properties.modified = datetime(2026, 1, 1)
    sheet = workbook.active
    sheet.title = "BPnd"
    for row in table:
        sheet.append(row)
    notes = workbook.create_sheet("notes")
    notes.append(["BPnd: simplified reference tissue model, cerebellum as reference region"])
    notes.append(["Age, sex and group of each visit: see participants.tsv"])
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        ExcelWriter(workbook, archive).save()
    path.write_bytes(_without_clock(buffer))


def _without_clock(buffer: io.BytesIO) -> bytes:
    """The same archive without compression and dates, which differ between machines and runs."""
    plain = io.BytesIO()
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(plain, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.create_system = 3
            target.writestr(entry, source.read(name))
    return plain.getvalue()


if __name__ == "__main__":
    write_demo(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
