"""Every table read before any job: the mistakes of all of them at once."""

import pytest
from study import config, write_study

from multipet.config import load_config
from multipet.problems import UserError
from multipet.table_checks import check_tables


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
    assert check_tables(config_file) is None
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
