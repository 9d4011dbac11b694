"""The summary of a study that is right."""

from study import config, write_study

from multipet.config.checks.tables import check_tables
from multipet.config.loading import load_config
from multipet.run.check import confounded, counted, study_summary


def summary(folder, edit=None, **changes):
    """Summary of the tiny study; ``edit`` changes the cells of a site's table."""
    path = write_study(folder, config(**changes), people=6)
    for site in ("turku", "aarhus"):
        table = folder / f"{site}.csv"
        rows = [line.split(",") for line in table.read_text().splitlines()]
        if edit:
            edit(site, rows)
        table.write_text("\n".join(map(",".join, rows)) + "\n")
    loaded = load_config([path])
    return study_summary(loaded.values, check_tables(loaded)).splitlines()


def test_counts_are_singular_and_plural():
    assert [counted(count, "model") for count in (0, 1, 2)] == ["0 models", "1 model", "2 models"]


def test_findings_are_counted_with_an_example_and_the_drastic_first(tmp_path):
    def edit(site, rows):
        if site == "turku":
            rows[0].append("MRI")
            for row in rows[1:]:
                row.append("yes")
            rows[3][6] = rows[4][6] = "0"
            rows[5][7] = "NA"
            rows[7][7] = "33"

    lines = summary(tmp_path, edit)
    start = next(i for i, line in enumerate(lines) if line.startswith("Found in the tables"))
    assert [line.split()[:3] for line in lines[start + 2 : start + 6]] == [
        ["2", "non_positive", "excluded"],
        ["1", "missing_value", "missing"],
        ["1", "column_not_read", "noted"],
        ["1", "outlier_value", "noted"],
    ]
    assert lines[start + 2].endswith("turku.csv, row 4, caudate: 0: 0 or less has no logarithm")
    assert lines[start + 4].endswith("turku.csv has a column that the config does not read: MRI")
    assert "turku.csv, row 8, putamen: 33 is" in lines[start + 5]


def test_one_site_has_no_line_for_all(tmp_path):
    lines = summary(tmp_path, sites__aarhus=None)
    assert lines[:3] == [
        "site   scans  people  scanners  regions",
        "turku     12       6         1        2",
        "",
    ]
    assert not any("only" in line for line in lines)


def test_a_region_that_a_site_lacks_is_not_counted_there(tmp_path):
    def edit(site, rows):
        if site == "turku":
            for row in rows:
                row.pop()

    lines = summary(tmp_path, edit)
    assert [line.split()[-1] for line in lines[1:4]] == ["1", "2", "2"]


def test_a_level_at_one_site_only_is_told(tmp_path):
    def edit(site, rows):
        for row in rows[1:]:
            row[5] = "control" if site == "turku" else row[5]

    lines = summary(tmp_path, edit)
    assert lines[-4:] == [
        "site    control  patient",
        "turku        12        0",
        "aarhus        8        4",
        'group "patient" is at aarhus only: it is confounded with what sets that site apart.',
    ]


def test_levels_that_are_the_sites(tmp_path):
    counts = {"a": {"control": 3, "patient": 0}, "b": {"control": 0, "patient": 4}}
    (line,) = confounded("group", counts)
    assert line == "No site has two levels of group: its levels cannot be told from the sites."


def test_a_level_without_scans():
    counts = {"a": {"F": 3, "M": 2, "X": 0}, "b": {"F": 1, "M": 4, "X": 0}}
    assert list(confounded("sex", counts)) == ['No scan has sex "X".']
    assert list(confounded("sex", {"a": {"F": 3, "M": 2}})) == []


def test_contrasts_of_one_variable_share_a_table(tmp_path):
    more = {"model": "main", "pairwise": "group"}
    lines = summary(tmp_path, contrasts__pairs=more)
    heads = [line for line in lines if line.startswith("Scans by")]
    assert heads == ["Scans by group (2 contrasts: patients, pairs):"]
