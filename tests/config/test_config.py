"""A whole config: defaults, paths, and every kind of mistake as one line."""

import pytest
import yaml
from study import config, write_study

from multipet.config.loading import load_config
from multipet.core.problems import UserError


def emptied(values):
    """``values`` with nothing where ``...`` stands: the shorthand of ``config`` removes keys."""
    if isinstance(values, dict):
        return {key: emptied(value) for key, value in values.items()}
    return None if values is ... else values


def refusal(tmp_path, **changes):
    path = write_study(tmp_path, emptied(config(**changes)), people=3)
    with pytest.raises(UserError) as caught:
        load_config([path])
    lines = [str(problem) for problem in caught.value.problems]
    assert all("\n" not in line for line in lines)
    return lines


def test_the_tiny_study_is_right_and_gets_its_defaults(tmp_path):
    loaded = load_config([write_study(tmp_path, people=3)])
    assert loaded.values["models"]["main"]["site"] == "auto"
    assert loaded.values["checks"]["few_levels"] == {"minimum": 4, "action": "note"}
    assert loaded.values["contrasts"]["patients"]["at"] == {}
    assert loaded.values["participants"] is None


def test_paths_are_relative_to_their_file(tmp_path, monkeypatch):
    path = write_study(tmp_path / "deep", people=3)
    monkeypatch.chdir(tmp_path)
    assert load_config([path]).values["sites"]["turku"]["path"] == "deep/turku.csv"
    absolute = config(sites__turku__path=str(tmp_path / "deep" / "turku.csv"))
    path.write_text(yaml.safe_dump(absolute))
    found = load_config([path]).values["sites"]["turku"]["path"]
    assert found == str(tmp_path / "deep" / "turku.csv")


def test_command_line_values_win(tmp_path):
    path = write_study(tmp_path, people=3)
    loaded = load_config([path], {"study": {"title": "Other"}})
    assert loaded.values["study"]["title"] == "Other"
    assert loaded.values["study"]["outcome"]["scale"] == "log"


def test_a_logo_is_looked_for_beside_the_config(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    changes = {"report": {"logo": "lab.png", "logo_alt": "The lab"}}
    (line,) = refusal(tmp_path / "deep", **changes)
    assert "report.logo: no file lab.png" in line
    (tmp_path / "deep" / "lab.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    loaded = load_config([tmp_path / "deep" / "study.yaml"])
    assert loaded.values["report"]["logo"] == "deep/lab.png"


BAD_CONFIGS = {
    "unknown key": (
        {"contrasts__patients__hypotesis": "x"},
        "contrasts.patients.hypotesis: is not a known key",
    ),
    "missing key": (
        {"models__main__harmonisation": None},
        'models.main: key "harmonisation" is missing',
    ),
    "unquoted text": (
        {"variables__sex__levels": ["F", True]},
        "variables.sex.levels[1]: true is not a text; YAML reads yes, no",
    ),
    "no such model": (
        {"contrasts__patients__model": "mian"},
        'contrasts.patients.model: no model "mian"; did you mean "main"?',
    ),
    "no such level": (
        {"contrasts__patients__difference": {"group": ["patients", "control"]}},
        'contrasts.patients.difference.group[0]: group has no level "patients"; did you mean',
    ),
    "no such variable": (
        {"models__main__formula": "agee + sex + group"},
        'models.main.formula: "agee" is not declared under variables; did you mean "age"?',
    ),
    "formula that does not parse": (
        {"models__main__formula": "age + (1 | participant_id"},
        "models.main.formula: ",
    ),
    "formula that would run code": (
        {"models__main__formula": "age + __import__('os').system('true')"},
        "models.main.formula: ",
    ),
    "unknown function": (
        {"models__main__formula": "age + sqrtt(age) + group"},
        'models.main.formula: no function "sqrtt"; did you mean "sqrt"?',
    ),
    "outcome in the formula": (
        {"models__main__formula": "bp_nd ~ age + group"},
        'models.main.formula: has the outcome "bp_nd"; write the right side only',
    ),
    "site in the formula and in its key": (
        {"models__main__formula": "age + group + (1 | site)"},
        "models.main.formula: names site itself; the key site: adds it",
    ),
    "two questions in one contrast": (
        {"contrasts__patients__slope": {"age": 10}},
        "contrasts.patients: wants exactly one of slope, difference, pairwise, combination",
    ),
    "slope of a level variable": (
        {"contrasts__age_per_decade__slope": {"sex": 1}},
        "contrasts.age_per_decade.slope.sex: has levels, so that it has no slope",
    ),
    "slope over a negative amount": (
        {"contrasts__age_per_decade__slope": {"age": -10}},
        "contrasts.age_per_decade.slope.age: is a change over -10; give a positive amount",
    ),
    "at beside a combination": (
        {
            "contrasts__patients": {
                "model": "main",
                "at": {"sex": "F"},
                "combination": [
                    {"weight": 1, "at": {"group": "patient"}},
                    {"weight": -1, "at": {"group": "control"}},
                ],
            }
        },
        "contrasts.patients.at: does not go with a combination; give each term its own at",
    ),
    "weights that do not sum to 0": (
        {
            "contrasts__patients": {
                "model": "main",
                "combination": [{"weight": 1, "at": {"group": "patient"}}],
            }
        },
        "contrasts.patients.combination: has weights that sum to 1; the weights of a comparison",
    ),
    "level compared with itself": (
        {"contrasts__patients__difference": {"group": ["patient", "patient"]}},
        'contrasts.patients.difference.group: compares "patient" with itself',
    ),
    "no such file": (
        {"sites__turku__path": "turkku.csv"},
        'sites.turku.path: no file turkku.csv (relative to study.yaml); did you mean "turku.csv"?',
    ),
    "no such folder": (
        {"sites__turku__path": "../tables/turku.csv"},
        "sites.turku.path: no file ../tables/turku.csv (relative to study.yaml); there is no "
        "folder ../tables",
    ),
    "a section without anything": (
        {"sites__turku__regions": ...},
        "sites.turku.regions: is empty, keys with values wanted; leave it out, or write for "
        "example regions: {prefix: bp_}",
    ),
    "no harmonisation said as none": (
        {"harmonisation": "none"},
        'harmonisation: "none" is not keys with values; leave it out, or write for example '
        "harmonisation: {my_combat: {method: combat}}",
    ),
    "a required section without anything": (
        {"study__outcome": ...},
        "study.outcome: is empty, keys with values wanted; write for example "
        "outcome: {column: bp_nd, scale: log}",
    ),
    "a title without anything": ({"study__title": ...}, "study.title: is empty, a text wanted"),
    "unsafe id": (
        {"contrasts__../escape": {"model": "main", "slope": {"age": 10}}},
        "contrasts.../escape: is not a safe id",
    ),
    "ids that differ by case": (
        {"contrasts__Patients": {"model": "main", "slope": {"age": 10}}},
        'contrasts.Patients: differs from "patients" by case alone',
    ),
    "recode to no level": (
        {"sites__turku__values": {"sex": {"1": "male"}}},
        'sites.turku.values.sex.1: "male" is no level of sex; allowed: F, M',
    ),
    "harmonisation that is not declared": (
        {"models__main__harmonisation": "combat"},
        'models.main.harmonisation: no harmonisation "combat"',
    ),
    "sites compared on values harmonised over them": (
        {
            "harmonisation": {"combat": {"method": "combat", "batch": "site"}},
            "models__main__harmonisation": "combat",
            "contrasts__sites": {"model": "main", "pairwise": "site"},
        },
        "contrasts.sites.model: compares sites on values harmonised over site: it would test",
    ),
    "sites compared where site is random": (
        {
            "models__main__site": "random",
            "contrasts__sites": {"model": "main", "pairwise": "site"},
        },
        "contrasts.sites.model: names sites, which this model has not as fixed",
    ),
    "fixed scanners under random sites": (
        {"models__main__site": "random", "models__main__scanner": "fixed"},
        "models.main.site: is random while scanner is fixed",
    ),
    "joint model without region": (
        {"models__main__regions": "joint"},
        "models.main.formula: does not name region",
    ),
    "wide table without region columns": (
        {"sites__turku__regions": {}},
        "sites.turku.regions: does not say which columns are regions",
    ),
    "column of sites in a site's table": (
        {"sites__turku__columns": {"participant_id": "ID", "site": "Center"}},
        "sites.turku.columns.site: is not read: every row of a site's table is of that site; to "
        "take one site's rows of a shared file, use select: {Center: [...]}",
    ),
    "constant site": (
        {"sites__turku__constants": {"site": "turku"}},
        "sites.turku.constants.site: is not read",
    ),
    "recoded site": (
        {"sites__turku__values": {"site": {"1": "turku"}}},
        "sites.turku.values.site: is not read",
    ),
    "levels with one label": (
        {"variables__group__labels": {"control": "people", "patient": " people"}},
        'variables.group.labels.patient: is called " people", and so is '
        "variables.group.labels.control; give each a label of its own",
    ),
    "level labelled as another is called": (
        {"variables__sex__labels": {"F": "M"}},
        'variables.sex.labels.M: is called "M", and so is variables.sex.labels.F',
    ),
    "sites with one label": (
        {"sites__aarhus__label": "turku"},
        'sites.aarhus.label: is called "turku", and so is sites.turku.label',
    ),
    "level that means missing": (
        {"variables__sex__levels": ["F", "M", "n/a"]},
        'variables.sex.levels: level "n/a" would be read as missing',
    ),
    "combined region that names nothing": (
        {"regions": {"combine": {"n/a": {"parts": ["caudate", "putamen"]}}}},
        'regions.combine.n/a: "n/a" names nothing',
    ),
    "infinite number": (
        {"variables__age__maximum": float("inf")},
        "variables.age.maximum: inf is not a finite number; write a number, or leave it out",
    ),
    "number that is none": (
        {"checks": {"outlier_value": {"action": "note", "mads": float("nan")}}},
        "checks.outlier_value.mads: nan is not a finite number",
    ),
    "number out of range": (
        {"inference": {"confidence": 95}},
        "inference.confidence: 95 is out of range; it must be less than 1",
    ),
}


@pytest.mark.parametrize("case", BAD_CONFIGS)
def test_each_mistake_is_one_line_at_its_key(tmp_path, case):
    changes, said = BAD_CONFIGS[case]
    lines = refusal(tmp_path, **changes)
    assert any(said in line for line in lines), lines
    assert all(line.startswith("study.yaml:") for line in lines)


def test_every_mistake_is_told_at_once(tmp_path):
    lines = refusal(
        tmp_path,
        models__main__formula="agee + group",
        contrasts__patients__model="mian",
        sites__turku__path="no.csv",
    )
    # age_per_decade has lost its covariate, too
    assert len(lines) == 4


def test_allowed_words_are_told_once(tmp_path):
    lines = refusal(tmp_path, sites__turku__format="wide", sites__aarhus__format="long_tabel")
    assert any(
        line.endswith('sites.turku.format: "wide" is not one of wide_table, long_table')
        for line in lines
    )
    assert any(line.endswith('long_table; did you mean "long_table"?') for line in lines)


def test_paths_are_told_as_written_from_any_folder(tmp_path, monkeypatch):
    path = write_study(tmp_path / "deep", config(sites__turku__path="tables/turkku.csv"), people=3)
    (tmp_path / "deep" / "tables").mkdir()
    (tmp_path / "deep" / "tables" / "turku.csv").write_text("")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError) as caught:
        load_config([path])
    (line,) = map(str, caught.value.problems)
    assert line.endswith(
        'no file tables/turkku.csv (relative to study.yaml); did you mean "tables/turku.csv"?'
    )
    (tmp_path / "deep" / "study.yaml").write_text(
        yaml.safe_dump(config(sites__turku__path=str(tmp_path / "turkku.csv")))
    )
    with pytest.raises(UserError, match=f"no file {tmp_path}/turkku.csv;"):
        load_config([path])


def test_a_long_table_may_ignore_regions(tmp_path):
    entry = {"format": "long_table", "path": "turku.csv", "regions": {"ignore": ["putamen_r"]}}
    loaded = load_config([write_study(tmp_path, config(sites__turku=entry), people=3)])
    assert loaded.values["sites"]["turku"]["regions"]["ignore"] == ["putamen_r"]
    with pytest.raises(UserError, match="belongs to wide_table"):
        write_study(tmp_path, config(sites__turku={**entry, "regions": {"prefix": "x"}}), people=3)
        load_config([tmp_path / "study.yaml"])


def test_the_slope_of_a_curve_is_taken_at_a_place(tmp_path):
    curve = config(
        models__main__formula="poly(age, 2) + sex + group",
        contrasts__age_per_decade__at={"age": 70},
    )
    loaded = load_config([write_study(tmp_path, curve, people=3)])
    assert loaded.values["contrasts"]["age_per_decade"]["at"] == {"age": 70}


def test_sites_of_a_participants_table_may_be_mapped_and_recoded(tmp_path):
    people = {"path": "people.csv", "columns": {"site": "Center"}}
    people["values"] = {"site": {"TKU": "turku"}}
    path = write_study(tmp_path, config(participants=people), people=3)
    (tmp_path / "people.csv").write_text("participant_id,Center,age\nt000,TKU,40\n")
    assert load_config([path]).values["participants"]["values"] == people["values"]


@pytest.mark.parametrize("number", [float("inf"), float("nan")])
def test_a_value_of_the_command_line_is_finite(tmp_path, number):
    path = write_study(tmp_path, people=3)
    with pytest.raises(UserError, match=r"maximum: (inf|nan) is not a finite number"):
        load_config([path], {"variables": {"age": {"maximum": number}}})


@pytest.mark.parametrize("name", ["region", "value", "volume", "row"])
def test_a_column_that_no_participants_table_has_is_not_mapped(tmp_path, name):
    table = tmp_path / "people.tsv"
    table.write_text("participant_id\tx\n1\t2\n")
    people = {"path": "people.tsv", "columns": {name: "x"}}
    path = write_study(tmp_path, config(participants=people), people=3)
    with pytest.raises(UserError, match=rf"participants\.columns\.{name}: is no column"):
        load_config([path])
