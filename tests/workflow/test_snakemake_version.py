"""What the workflow uses of Snakemake beyond its documented interface, by name."""

import inspect
import re

import pytest
import snakemake
from packaging.version import Version
from places import ROOT
from snakemake.api import Workflow
from snakemake.dag import DAG
from snakemake.modules import WorkflowModifier
from snakemake.persistence import PersistenceBase
from snakemake.settings.types import ConfigSettings, OutputSettings

RULES = [*sorted((ROOT / "rules").glob("*.smk")), ROOT / "Snakefile"]
#: Class -> members that the rules use.
USED = {
    Workflow: "dag persistence modifier is_main_process config_settings output_settings",
    DAG: "jobs needrun_jobs dependencies bfs",
    WorkflowModifier: "modify_path is_main_snakefile",
    PersistenceBase: "cleanup_metadata",
    ConfigSettings: "configfiles config",
    OutputSettings: "dryrun",
}


@pytest.mark.parametrize("kind", USED, ids=lambda kind: kind.__name__)
def test_snakemake_still_has_what_the_rules_use(kind):
    # attributes of an instance stand in the source alone
    source = inspect.getsource(kind)
    has = [rf"def {name}\(|^    {name}:|self\.{name}\b" for name in USED[kind].split()]
    lost = [one for one in has if not re.search(one, source, re.MULTILINE)]
    assert not lost, f"Snakemake {snakemake.__version__}: {kind.__name__} has no {lost}"


def test_every_member_that_the_rules_use_is_listed():
    text = "".join(path.read_text(encoding="utf-8") for path in RULES)
    used = set(re.findall(r"\bworkflow\.((?:\w+\.)*\w+)", text))
    used |= {f"dag.{name}" for name in re.findall(r"\bdag\.(\w+)", text)}
    listed = {name for names in USED.values() for name in names.split()}
    documented = {"current_basedir"}
    assert {part for name in used for part in name.split(".")} <= listed | documented


def test_the_handler_of_the_screen_has_its_name():
    assert "DefaultStreamHandler" in inspect.getsource(snakemake.logging)


def test_this_snakemake_is_within_the_bounds():
    text = (ROOT / "Snakefile").read_text(encoding="utf-8")
    lowest = re.search(r'min_version\("([\d.]+)"\)', text)
    below = re.search(r'BELOW = "([\d.]+)"', text)
    assert Version(lowest[1]) <= Version(snakemake.__version__) < Version(below[1])
