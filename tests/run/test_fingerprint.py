"""The fingerprint changes with the code of a step, and only then."""

import shutil
from pathlib import Path

import pytest

import multipet.run.fingerprint as module

SCRIPTS = Path(module.__file__).parents[2]


@pytest.fixture
def copy_of_scripts(tmp_path, monkeypatch):
    scripts = tmp_path / "scripts"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(module, "PACKAGE", scripts / "multipet")
    module._files.cache_clear()
    yield scripts
    # files of the copy are not those of the package
    module._files.cache_clear()


def fingerprint(scripts, step="fit_model"):
    for cached in (
        module._hash,
        module._tree,
        module._imported,
        module._names,
        module._libraries,
        module._files,
    ):
        cached.cache_clear()
    return module.fingerprint(scripts / f"{step}.py")


def edit(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_comments_and_docstrings_do_not_count(copy_of_scripts):
    before = fingerprint(copy_of_scripts)
    path = copy_of_scripts / "multipet" / "analysis" / "contrast" / "table.py"
    path.write_text("# a comment\n" + path.read_text().replace('"""The table', '"""A table'))
    edit(copy_of_scripts / "fit_model.py", '"""Step', '"""A step')
    assert fingerprint(copy_of_scripts) == before


def test_code_counts_for_the_steps_that_import_it(copy_of_scripts):
    steps = ("estimate_contrast", "tidy_site")
    before = [fingerprint(copy_of_scripts, step) for step in steps]
    edit(
        copy_of_scripts / "multipet" / "analysis" / "contrast" / "table.py",
        "return float(",
        "return 1.0 * float(",
    )
    after = [fingerprint(copy_of_scripts, step) for step in steps]
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_templates_count_for_the_report(copy_of_scripts):
    before = fingerprint(copy_of_scripts, "report_contrast")
    template = next((copy_of_scripts / "multipet" / "report").rglob("*.css"))
    template.write_text(template.read_text() + "\np { color: red }\n")
    assert fingerprint(copy_of_scripts, "report_contrast") != before


@pytest.mark.parametrize(
    ("library", "steps"),
    [
        ("matplotlib", {"draw_contrast"}),
        ("nibabel", {"outline_atlas"}),
        ("numpy", {"draw_contrast", "fit_model", "outline_atlas"}),
    ],
)
def test_a_library_counts_for_the_steps_that_import_it(monkeypatch, library, steps):
    every = ("draw_contrast", "fit_model", "outline_atlas")
    before = {step: fingerprint(SCRIPTS, step) for step in every}
    version = module.version
    monkeypatch.setattr(module, "version", lambda name: version(name) + "+" * (name == library))
    module._version.cache_clear()
    changed = {step for step in every if fingerprint(SCRIPTS, step) != before[step]}
    module._version.cache_clear()
    assert changed == steps
