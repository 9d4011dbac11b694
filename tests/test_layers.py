"""Who may import whom: statistics below figures below reports, and never snakemake."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "scripts" / "multipet"
MODULES = sorted(PACKAGE.rglob("*.py"))
#: Lowest first: a module imports from its own place and below.
ORDER = (
    ("columns", "problems", "files", "formulas.expression"),
    ("findings", "tables", "formulas.formula"),
    ("mixed_model.design",),
    ("mixed_model.fit",),
    ("mixed_model.models",),
    ("inference.estimates",),
    ("analysis.contrast_table",),
)


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module


def layer(name):
    if name.startswith("multipet.report"):
        return 2
    return 1 if name.startswith("multipet.figures") else 0


def module_name(path):
    return ".".join(["multipet", *path.relative_to(PACKAGE).with_suffix("").parts])


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_layers(path):
    own = layer(module_name(path))
    for name in imports(path):
        assert name.split(".")[0] != "snakemake"
        assert layer(name) <= own, f"{module_name(path)} imports {name}"
        if own == 0:
            assert name.split(".")[0] not in {"matplotlib", "jinja2"}
        if own == 2:
            assert name.split(".")[0] not in {"scipy", "statsmodels", "matplotlib"}


def reached(name, seen):
    path = PACKAGE.joinpath(*name.split(".")).with_suffix(".py")
    if name in seen or not path.is_file():
        return seen
    seen.add(name)
    for module in imports(path):
        if module.startswith("multipet."):
            reached(module.removeprefix("multipet."), seen)
    return seen


@pytest.mark.parametrize("place", range(len(ORDER)))
def test_order_of_the_statistics(place):
    above = {name for names in ORDER[place + 1 :] for name in names}
    for name in ORDER[place]:
        assert name in reached(name, set()), f"there is no module {name}"
        assert not reached(name, set()) & above


def test_parse_time_code_imports_nothing_heavy():
    """What the Snakefile imports runs at every parse, also in every cluster job."""
    heavy = {"numpy", "pandas", "scipy", "statsmodels", "matplotlib", "jinja2", "openpyxl"}
    code = "import sys, multipet.config.study; print(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PACKAGE.parent)},
    )
    assert not set(result.stdout.split()) & heavy
