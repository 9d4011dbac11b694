"""Names and bytes from anybody: they stay text, and what is no table or config is one line."""

import string
from typing import Any

import openpyxl
import pytest
import yaml
from fuzz.mutants import FORMULAS, NAMES, as_csv
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_study import plain, site_entry, small_study
from study import CONFIG, config, write_study

from multipet.config.loading import load_config
from multipet.core.columns import Column
from multipet.core.problems import Problem, UserError
from multipet.core.tables import read_table, write_table
from multipet.formulas.formula import parse_formula
from multipet.ingest.delivered_table import RESERVED, is_formula
from multipet.ingest.readers.raw_table import read_raw_table
from multipet.ingest.scans import read_site_file, write_site
from multipet.ingest.site_table import read_site

TEXT = st.text(max_size=40) | st.sampled_from(NAMES)
#: Names that a cell can hold: no bytes that no text table has, no blanks around them.
CELLS = TEXT.map(lambda text: text.replace("\0", "").strip()).filter(
    lambda text: text.isprintable() and text.encode("utf-8", "ignore").decode() == text
)
RELAXED = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60
)
SETTINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
#: Names that no file and no wildcard may have.
UNSAFE = [name for name in NAMES if not set(name) <= set(string.ascii_letters + "_")]
KEYS = [(section, key) for section, own in CONFIG.items() for key in own]


def as_bytes(text: str) -> bytes:
    return text.encode("utf-8", "replace")


def one_line_each(error: UserError) -> bool:
    lines = [str(problem) for problem in error.problems]
    return bool(lines) and all(line.isprintable() and line for line in lines)


@RELAXED
@given(
    data=st.binary(max_size=400) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "replace"))
)
def test_any_bytes_are_a_table_or_one_line(tmp_path, data):
    for name in ("t.csv", "t.xlsx"):
        (tmp_path / name).write_bytes(data)
        try:
            table = read_raw_table(tmp_path / name)
        except UserError as error:
            assert one_line_each(error)
        else:
            assert all(len(cells) == len(table.rows) for cells in table.columns.values())


@RELAXED
@given(text=TEXT | st.sampled_from(FORMULAS) | st.text("agesx()|+*:-/^0123 ", max_size=60))
def test_any_formula_is_parsed_or_one_line(text):
    try:
        parse_formula(text)
    except UserError as error:
        assert one_line_each(error)


@RELAXED
@given(where=st.sampled_from(KEYS), value=SETTINGS, name=TEXT)
def test_any_value_in_a_config_is_accepted_or_one_line(tmp_path, where, value, name):
    path = write_study(tmp_path, people=2)
    for key in (where[1], name):
        values = config()
        values[where[0]][key] = value
        path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
        try:
            load_config([path])
        except UserError as error:
            assert one_line_each(error)


@RELAXED
@given(names=st.lists(CELLS, min_size=3, max_size=3), region=CELLS)
def test_names_come_back_as_they_were_or_are_refused(tmp_path, names, region):
    """Person, session, scanner and region through csv, tidy table and back."""
    person, session, scanner = names
    header = ["participant_id", "session", "scanner", "age", "sex", f"bp_{region}"]
    path = tmp_path / "turku.csv"
    path.write_bytes(as_csv([header, [person, session, scanner, "33", "F", "2.5"]]))
    study = small_study()
    try:
        table = read_site("turku", site_entry(path), study)
    except UserError as error:
        assert one_line_each(error)
        known = any(word in RESERVED or is_formula(word) for word in (person, session, region))
        totals = "totals" in str(error) or "called" in str(error)
        assert known or is_formula(scanner) or totals or not region, str(error)
        return
    write_site(tmp_path / "out" / "turku.tsv", table, study)
    again = read_site_file(tmp_path / "out" / "turku.tsv", list(study["variables"]))
    assert (again.scans, list(again.regions)) == (table.scans, list(table.regions))
    for name, one in table.regions.items():
        assert plain(again.regions[name].values) == plain(one.values)
    (scan,) = again.scans
    assert (scan.participant_id, scan.session) == (person, session)
    assert scan.scanner == f"turku/{scanner or 'unspecified'}"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["out", "turku.csv"]


@RELAXED
@given(words=st.lists(TEXT.filter(lambda word: word != "n/a"), min_size=1, max_size=5))
def test_any_text_survives_a_table(tmp_path, words):
    import pandas as pd

    words = [word.encode("utf-8", "replace").decode() for word in words]
    columns = (Column("name", "a name", kind="text"), Column("value", "a number"))
    frame = pd.DataFrame({"name": pd.Series(words, dtype="str"), "value": 1.0})
    write_table(tmp_path / "t.tsv", frame, columns)
    assert read_table(tmp_path / "t.tsv")["name"].tolist() == words


@given(st.text(max_size=100))
def test_a_problem_is_one_line_that_prints(text):
    line = str(Problem(text, text, text))
    assert line.isprintable()


@pytest.mark.parametrize("section", ["sites", "models", "contrasts", "harmonisation", "variables"])
@pytest.mark.parametrize(
    "name", [name for name in NAMES if not set(name) <= set(string.ascii_letters + "_")]
)
def test_an_id_that_could_be_a_path_or_a_wildcard_is_refused(tmp_path, section, name):
    entry: dict[str, Any] = {
        "sites": CONFIG["sites"]["turku"],
        "models": CONFIG["models"]["main"],
        "contrasts": CONFIG["contrasts"]["patients"],
        "harmonisation": {"method": "combat"},
        "variables": {"kind": "number"},
    }
    values = config()
    values.setdefault(section, {})[name] = entry[section]
    path = write_study(tmp_path, people=2)
    path.write_text(yaml.safe_dump(values, allow_unicode=True), encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_config([path])
    assert one_line_each(caught.value)
    assert list(tmp_path.rglob("*escape*")) == []


@pytest.mark.parametrize("name", [name for name in NAMES if name.isprintable() and name.strip()])
def test_a_name_in_a_workbook_stays_what_it_is_or_is_refused(tmp_path, name):
    book = openpyxl.Workbook()
    book.active.append(["participant_id", "session", "scanner", "age", "sex", f"bp_{name}"])
    book.active.append([name, "1", name, 33, "F", 2.5])
    book.save(tmp_path / "t.xlsx")
    try:
        table = read_site("turku", site_entry(tmp_path / "t.xlsx"), small_study())
    except UserError as error:
        assert one_line_each(error)
        assert is_formula(name) or name in RESERVED or "formula" in str(error)
    else:
        (scan,) = table.scans
        assert (scan.participant_id, scan.scanner) == (name.strip(), f"turku/{name.strip()}")
        assert list(table.regions) == [name.strip()]
