"""What runs again after an edit, by the real snakemake: what depends on it, and nothing else."""

import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
import yaml
from snakemake_run import (
    change,
    clone,
    copy_of,
    deliverables,
    jobs,
    planned,
)
from study import config, table_text

pytestmark = pytest.mark.slow

Edit = Callable[[Path], object]
INDEX = {"report_index"}
RAW = ("age_per_decade", "patients")
ALL = (*RAW, "patients_harmonised")


def of(rules: str, *names: str) -> set[str]:
    """Jobs of rules, for names each."""
    return {f"{rule}:{name}" for rule in rules.split() for name in names}


def pages(*contrasts: str) -> set[str]:
    """Jobs that show contrasts: figures, reports, the index."""
    return of("draw_contrast draw_robustness report_contrast", *contrasts) | INDEX


def answers(*contrasts: str) -> set[str]:
    """Jobs that answer contrasts and show the answers."""
    return of("estimate_contrast robustness_contrast", *contrasts) | pages(*contrasts)


def asked(*contrasts: str) -> set[str]:
    """Jobs that answer contrasts, from harmonised values too."""
    return of("calibrate_contrast", *contrasts) | answers(*contrasts)


POOLED = (
    {"pool_sites"}
    | of("harmonise check_harmonisation draw_harmonisation report_harmonisation", "combat")
    | of("fit_model diagnose_model", "main", "harmonised")
    | asked(*ALL)
)


def edited(**changes: object) -> Edit:
    """Change keys of the config."""
    return lambda folder: change(folder, **changes)


def a_comment(folder: Path) -> None:
    path = folder / "study.yaml"
    path.write_text("# a comment\n" + path.read_text())


def another_order(folder: Path) -> None:
    path = folder / "study.yaml"
    values = yaml.safe_load(path.read_text())
    values["contrasts"] = dict(values["contrasts"].items())
    values["variables"] = dict(reversed(values["variables"].items()))
    path.write_text(yaml.safe_dump(dict(reversed(values.items())), sort_keys=False))


def touch(folder: Path) -> None:
    for path in [*folder.glob("*.*"), *(folder / "out" / "results").rglob("*")]:
        os.utime(path)


def another_value(folder: Path) -> None:
    path = folder / "turku.csv"
    path.write_text(path.read_text().replace(",2.", ",3.", 1))


def another_site(folder: Path) -> None:
    (folder / "yale.csv").write_text(table_text("yale", 7, 24))
    site = {**config()["sites"]["turku"], "path": "yale.csv"}
    change(folder, sites__yale=site)


def of_the_future(edit: Edit) -> Edit:
    """An edit after results that a clock of the future dated."""

    def edit_later(folder: Path) -> None:
        for path in (folder / "out" / "results").rglob("*"):
            os.utime(path, (4e9, 4e9))
        edit(folder)

    return edit_later


def without_records(edit: Edit) -> Edit:
    """An edit after Snakemake's records of the run were lost."""

    def edit_later(folder: Path) -> None:
        shutil.rmtree(folder / "out" / ".snakemake")
        edit(folder)

    return edit_later


EDITS: dict[str, tuple[Edit, set[str]]] = {
    "nothing": (lambda _: None, set()),
    "a comment": (a_comment, set()),
    "the order of keys": (another_order, set()),
    "every date": (touch, set()),
    "the title of a contrast": (edited(contrasts__patients__title="Ill"), pages("patients")),
    "the weights of a contrast": (
        edited(contrasts__patients__difference={"group": ["control", "patient"]}),
        asked("patients"),
    ),
    "a subgroup in a contrast": (edited(contrasts__patients__at={"sex": "F"}), asked("patients")),
    "the formula of a model": (
        edited(models__main__formula="age + group + (1 | participant_id)"),
        of("fit_model diagnose_model", "main") | asked(*RAW),
    ),
    "a new contrast": (
        edited(contrasts__sexes={"model": "main", "difference": {"sex": ["F", "M"]}}),
        asked("sexes"),
    ),
    "a lost contrast": (edited(contrasts__age_per_decade=None), INDEX),
    "a new site": (another_site, {"tidy_site:yale"} | POOLED),
    "one value": (another_value, {"tidy_site:turku"} | POOLED),
    "the threshold of a check of contrasts": (
        edited(checks={"confounded_site": {"r_squared": 0.4}}),
        answers(*ALL),
    ),
    "the threshold of a check of values": (
        edited(checks={"outlier_value": {"mads": 12}}),
        POOLED,
    ),
    "the settings of reports": (
        edited(report={"participant_ids": True}),
        pages(*ALL) | of("report_harmonisation", "combat"),
    ),
    "the draws of the calibration": (
        edited(inference={"calibration": {"draws": 299}}),
        asked(*ALL),
    ),
    "nothing, results of the future": (of_the_future(lambda _: None), set()),
    "a level, results of the future": (
        of_the_future(edited(contrasts__patients__at={"sex": "F"})),
        asked("patients"),
    ),
    "one value, results of the future": (
        of_the_future(another_value),
        {"tidy_site:turku"} | POOLED,
    ),
    "a level, results of the future, no records": (
        without_records(of_the_future(edited(contrasts__patients__at={"sex": "F"}))),
        asked("patients"),
    ),
    "the title of the study": (
        edited(study__title="Another"),
        of("report_contrast", *ALL) | of("report_harmonisation", "combat") | INDEX,
    ),
}
CODE: dict[str, tuple[str, str, str, set[str]]] = {
    "of a step": (
        "scripts/estimate_contrast.py",
        "spec = read_spec(EstimateSpec, files.spec)",
        "spec = read_spec(EstimateSpec, str(files.spec))",
        answers(*ALL),
    ),
    "of figures": (
        "scripts/multipet/figures/contrast/forest.py",
        "\n\n\n",
        "\n\n\nADDED = 1\n\n\n",
        of("draw_contrast draw_robustness report_contrast", *ALL) | INDEX,
    ),
    "of the index": (
        "scripts/multipet/report/index/page.py",
        "(map(entry_of, contrasts))",
        "([*map(entry_of, contrasts)])",
        INDEX,
    ),
    "in its comments": (
        "scripts/multipet/report/index/page.py",
        '"""The index:',
        '"""An index:',
        set(),
    ),
}


def plan_of_edit(finished: Path, folder: Path, case: str) -> set[str]:
    """Jobs that would run after an edit of the study."""
    study = copy_of(finished, folder)
    EDITS[case][0](study)
    return planned(study)


def plan_of_code(finished: Path, folder: Path, case: str) -> set[str]:
    """Jobs that would run after an edit of the workflow's code."""
    name, old, new, _ = CODE[case]
    root = clone(folder)
    text = (root / name).read_text()
    assert old in text
    (root / name).write_text(text.replace(old, new, 1))
    return planned(copy_of(finished, folder / "study"), root=root)


@pytest.fixture(scope="module")
def plans(finished, tmp_path_factory) -> dict[str, Future]:
    """What would run after each edit, two asked at a time."""
    folder = tmp_path_factory.mktemp("edits")
    cases = [(case, plan_of_edit) for case in EDITS] + [(case, plan_of_code) for case in CODE]
    with ThreadPoolExecutor(2) as pool:
        return {
            case: pool.submit(plan, finished, folder / str(number), case)
            for number, (case, plan) in enumerate(cases)
        }


@pytest.mark.parametrize("case", EDITS)
def test_an_edit_reruns_what_depends_on_it_alone(plans, case):
    assert plans[case].result() == EDITS[case][1]


@pytest.mark.parametrize("case", CODE)
def test_edited_code_reruns_what_uses_it_alone(plans, case):
    assert plans[case].result() == CODE[case][-1]


def test_untouched_contrasts_keep_their_bytes(study):
    """A new contrast, another's title and a third taken out, all in one real run."""
    before = deliverables(study)
    sexes = {"model": "main", "difference": {"sex": ["F", "M"]}}
    change(study, contrasts__sexes=sexes, contrasts__age_per_decade=None, study__title="Other")
    others = of("report_contrast", "patients", "patients_harmonised")
    expected = asked("sexes") | others | of("report_harmonisation", "combat") | INDEX
    assert jobs(study) == expected
    shown = ("sexes", "/reports/", "/report_", "/specs/", "config.yaml", "summary.json")
    after = {n: text for n, text in deliverables(study).items() if not any(s in n for s in shown)}
    assert after == {name: before[name] for name in after}
    assert any("contrasts/patients/" in name for name in after)
