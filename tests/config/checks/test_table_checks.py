"""Every table read before any job: the mistakes of all of them at once."""

import pytest
from study import config, write_study

from multipet.config.checks.tables import check_tables
from multipet.config.loading import load_config
from multipet.core.problems import UserError


def refusal(folder, *edits, **changes) -> list[str]:
    """Problems of the tiny study, ``edits`` being (site, old, new) in its tables."""
    path = write_study(folder, config(**changes), people=6)
    for site, old, new in edits:
        table = folder / f"{site}.csv"
        assert old in table.read_text()
        table.write_text(table.read_text().replace(old, new, 1))
    with pytest.raises(UserError) as caught:
        check_tables(load_config([path]))
    lines = [str(problem) for problem in caught.value.problems]
    assert all("\n" not in line for line in lines)
    return lines


def scanner_contrast(**contrast) -> dict:
    return {"contrasts__cameras": {"model": "main", **contrast}}


def test_good_tables_pass(tmp_path):
    config_file = load_config([write_study(tmp_path, people=6)])
    before = sorted(path.name for path in tmp_path.iterdir())
    checked = check_tables(config_file)
    assert [len(table.scans) for table in checked.sites] == [12, 12]
    assert len(checked.pooled.scans) == 24
    assert checked.findings == []
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_scanners_of_the_tables_can_be_named(tmp_path):
    named = scanner_contrast(difference={"scanner": ["turku/HRRT", "aarhus/HRRT"]})
    check_tables(load_config([write_study(tmp_path, config(**named), people=6)]))


def test_mistakes_of_every_table_are_told_at_once(tmp_path):
    lines = refusal(tmp_path, ("turku", ",F,", ",X,"), ("aarhus", "HRRT,", "HRRT,1"))
    assert any(line.startswith('turku.csv, row 2, column "sex": "X" is not') for line in lines)
    assert any(line.startswith('aarhus.csv, row 2, column "age": age "1') for line in lines)


@pytest.mark.parametrize(
    ("contrast", "said"),
    [
        ({"difference": {"scanner": ["turku/HRRT", "turku/HRTT"]}}, '"turku/HRTT"; did you mean'),
        ({"slope": {"age": 10}, "at": {"scanner": "aarhus/HR"}}, '"aarhus/HR"; did you mean'),
        (
            {
                "combination": [
                    {"weight": 1, "at": {"scanner": "turku/<b>\n"}},
                    {"weight": -1, "at": {"scanner": "aarhus/HRRT"}},
                ]
            },
            'no scanner "turku/<b> "',
        ),
    ],
)
def test_a_contrast_of_a_scanner_that_no_table_has(tmp_path, contrast, said):
    (line,) = refusal(tmp_path, **scanner_contrast(**contrast))
    assert line.startswith("study.yaml:")
    assert "contrasts.cameras: no scanner" in line
    assert said in line


def test_a_reference_scanner_that_no_table_has(tmp_path):
    combat = {"method": "combat", "batch": "scanner", "reference": "turku/hrrt"}
    (line,) = refusal(tmp_path, harmonisation={"combat": combat})
    assert line.endswith(
        'harmonisation.combat.reference: no scanner "turku/hrrt"; did you mean "turku/HRRT"?'
    )


def test_a_mistake_that_shows_between_sites(tmp_path):
    path = write_study(tmp_path, people=6)
    header, *rows = (tmp_path / "turku.csv").read_text().splitlines()
    cells = [row.split(",") for row in rows]
    large = [[*row[:6], *(str(1000 * float(value)) for value in row[6:])] for row in cells]
    text = "\n".join([header, *(",".join(row) for row in large)])
    (tmp_path / "turku.csv").write_text(text + "\n")
    with pytest.raises(UserError) as caught:
        check_tables(load_config([path]))
    assert [problem.where for problem in caught.value.problems] == ["sites.turku"]


def test_a_participants_table_is_read_too(tmp_path):
    (tmp_path / "people.csv").write_text("participant_id,sex\nt000,F\nt000,M\n")
    lines = refusal(tmp_path, participants={"path": "people.csv"})
    assert any("people.csv" in line and "t000" in line for line in lines)


def one_scan_each(folder, **changes):
    """The tiny study without its second visits."""
    path = write_study(folder, config(**changes), people=6)
    for site in ("turku", "aarhus"):
        table = folder / f"{site}.csv"
        header, *rows = table.read_text().splitlines()
        table.write_text("\n".join([header, *rows[::2]]) + "\n")
    return load_config([path])


def test_a_random_effect_of_people_with_one_scan_each(tmp_path):
    more = {"formula": "age + (1 | group)", "harmonisation": "none"}
    with pytest.raises(UserError) as caught:
        check_tables(one_scan_each(tmp_path, models__other=more))
    (line,) = map(str, caught.value.problems)
    assert line.startswith("study.yaml:")
    assert line.endswith(
        "models.main.formula: everyone has one scan, so that (1 | participant_id) cannot be "
        "told from the residual; take it out"
    )


def test_one_scan_each_is_fine_without_the_random_effect_or_over_regions(tmp_path):
    check_tables(one_scan_each(tmp_path, models__main__formula="age + sex + group"))
    joint = {"formula": "region * age + sex + group + (1 | participant_id)", "regions": "joint"}
    check_tables(one_scan_each(tmp_path, models__main={**joint, "harmonisation": "none"}))


def test_second_scans_without_covariates_or_values_do_not_help(tmp_path):
    path = write_study(tmp_path, people=6)
    for site in ("turku", "aarhus"):
        table = tmp_path / f"{site}.csv"
        rows = [line.split(",") for line in table.read_text().splitlines()]
        for row in rows[2::4]:
            row[3] = "NA"
        for row in rows[4::4]:
            row[6:] = ["NA", "NA"]
        table.write_text("\n".join(map(",".join, rows)) + "\n")
    with pytest.raises(UserError, match="everyone has one scan"):
        check_tables(load_config([path]))


def test_a_factor_with_a_level_a_scan(tmp_path):
    formula = "age + sex + group + (1 | participant_id:session)"
    (line,) = refusal(tmp_path, models__main__formula=formula)
    assert "every level has one scan, so that (1 | participant_id:session) cannot" in line


def test_a_label_of_a_region_that_there_is_not(tmp_path):
    (line,) = refusal(tmp_path, regions={"labels": {"caudat": "Caudate", "putamen": "Putamen"}})
    assert line.startswith("study.yaml:")
    assert line.endswith('regions.labels.caudat: is no region; did you mean "caudate"?')


def test_regions_with_one_label(tmp_path):
    (line,) = refusal(tmp_path, regions={"labels": {"caudate": "putamen"}})
    assert 'is called "putamen", and so is regions.labels.caudate; give each' in line


def test_parts_and_wholes_can_have_labels(tmp_path):
    combine = {"striatum": {"parts": ["caudate", "putamen"]}}
    labels = {"striatum": "Striatum", "caudate": "Caudate"}
    path = write_study(tmp_path, config(regions={"combine": combine, "labels": labels}), people=6)
    assert list(check_tables(load_config([path])).pooled.regions) == ["striatum"]
