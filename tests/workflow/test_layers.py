"""Who may import whom: statistics below figures below reports, and never snakemake."""

import ast
import subprocess
import sys
from collections import Counter

import pytest
from places import SCRIPTS

PACKAGE = SCRIPTS / "multipet"
MODULES = sorted(PACKAGE.rglob("*.py"))
#: Rooms by floor, lowest first: a module imports from its own room and from lower floors. The
#: types of a study and of its specs lie at the bottom, as every room takes them.
FLOORS = (
    ("core",),
    ("config.part",),
    ("config.delivered",),
    ("config.models",),
    ("config.study",),
    ("config.specs",),
    ("config.page_specs",),
    ("formulas", "ingest"),
    ("atlas", "mixed_model"),
    ("config", "inference"),
    ("analysis", "harmonisation"),
    ("calibration",),
    ("figures",),
    ("report", "run"),
)
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS) for room in rooms}
FIGURES = FLOOR_OF["figures"]
MOST_MODULES, MOST_FILES = 315, 26


def imports(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield node.module


def module_name(path):
    name = ".".join(["multipet", *path.relative_to(PACKAGE).with_suffix("").parts])
    return name.removesuffix(".__init__")


def room_of(name):
    """The room of a module, or the module itself where it has a floor of its own."""
    parts = name.split(".")[1:]
    return next((r for r in (".".join(parts[:2]), *parts[:1]) if r in FLOOR_OF), "")


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_rooms_import_from_lower_floors(path):
    own = room_of(module_name(path))
    for name in imports(path):
        package = name.split(".")[0]
        assert package != "snakemake"
        if package == "multipet" and own and room_of(name) not in {own, ""}:
            assert FLOOR_OF[room_of(name)] < FLOOR_OF[own], f"{module_name(path)} imports {name}"
        if own and FLOOR_OF[own] < FIGURES:
            assert package not in {"matplotlib", "jinja2"}
        if own == "report":
            assert package not in {"scipy", "statsmodels", "matplotlib"}


def modules_imported(path):
    """Modules of multipet that a module imports when it is imported itself."""
    known = {module_name(other) for other in MODULES}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and node.module.split(".")[0] == "multipet":
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in known else node.module


def test_no_module_imports_itself_by_a_detour():
    waiting = {module_name(path): set(modules_imported(path)) for path in MODULES}
    while ready := [name for name, needs in waiting.items() if not needs & waiting.keys()]:
        for name in ready:
            del waiting[name]
    assert not waiting, f"a cycle among {sorted(waiting)}"


def test_the_house_stays_small():
    folders = Counter(path.parent for path in MODULES)
    assert max(folders.values()) <= MOST_FILES
    assert len(MODULES) <= MOST_MODULES


def test_parse_time_code_imports_nothing_heavy():
    """What the Snakefile imports runs at every parse, also in every cluster job."""
    heavy = {"numpy", "pandas", "scipy", "statsmodels", "matplotlib", "jinja2", "openpyxl"}
    code = "import sys, multipet.run.prepare; print(*{name.split('.')[0] for name in sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(PACKAGE.parent)},
    )
    assert not set(result.stdout.split()) & heavy
