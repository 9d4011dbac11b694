"""Reads and checks the config before any job, and writes what each job depends on."""

import os
import sys
from pathlib import Path

SCRIPTS = Path(str(workflow.current_basedir)).parent / "scripts"
sys.path.insert(0, str(SCRIPTS))
# jobs call `python`: this one, unless a conda environment puts its own in front
os.environ.update(
    MULTIPET_SCRIPTS=str(SCRIPTS),
    PATH=os.pathsep.join([str(Path(sys.executable).parent), os.getenv("PATH", "")]),
)

from multipet.config.resolved import atlas_files
from multipet.config.resolved import calibrated_contrasts
from multipet.run.prepare import prepare_study
from multipet.run.prepare import read_size
from multipet.run.prepare import recorded_study
from multipet.core.files import sha256_of
from multipet.core.columns.registry import TABLES
from multipet.core.columns.registry import table_name
from multipet.core.problems import UserError

DEMO = SCRIPTS.parent / "config" / "config.yaml"
# a workflow that uses this one as a module may put a prefix before every path
RESULTS = Path(workflow.modifier.modify_path("results"))


def configured():
    """The checked config; a mistake in it ends the run here, with a line each.

    Jobs have the config that their run began with, whatever it is by now.
    """
    if not workflow.is_main_process:
        return recorded_study(RESULTS)
    files = workflow.config_settings.configfiles or [DEMO]
    overrides = workflow.config_settings.config
    if not workflow.modifier.is_main_snakefile():
        # a module has the config that the workflow around it gives
        files, overrides = [], config
    try:
        return prepare_study(files, overrides, RESULTS, dry_run=workflow.output_settings.dryrun)
    except UserError as error:
        for problem in error.problems:
            print(f"ERROR {problem}", file=sys.stderr)
        sys.exit(1)


def delivered(path):
    """Path of a raw table, to which a module's prefix does not belong."""
    return path if workflow.modifier.is_main_snakefile() else os.path.abspath(path)


STUDY = configured()
SIZE = read_size(RESULTS / "specs")
EXTENT = f"{SIZE.regions} regions, {SIZE.all_scans} scans"
SITES = list(STUDY.sites)
MODELS = list(STUDY.models)
CONTRASTS = list(STUDY.contrasts)
PARTICIPANTS = [delivered(STUDY.participants.path)] if STUDY.participants else []
RAW_TABLES = {name: delivered(site.path) for name, site in STUDY.sites.items()}
HARMONISATIONS = list(STUDY.harmonisation)
CALIBRATED = calibrated_contrasts(STUDY)
ATLAS = [delivered(path) for path in atlas_files(STUDY)]
ATLAS_TABLES = [f"results/atlas/{name}.tsv" for name in ["labels", "outlines", "findings"]]


wildcard_constraints:
    site="|".join(SITES),
    harmonisation="|".join(HARMONISATIONS) or "(?!)",
    model="|".join(MODELS),
    contrast="|".join(CONTRASTS),


def asked(rule):
    """Checksum of the spec of a job: Snakemake compares it by content, whatever the dates."""

    def checksum(wildcards):
        return sha256_of(RESULTS / "specs" / rule / f"{[*wildcards, 'all'][0]}.json")

    return checksum


def dictionaries(*tables):
    """Data dictionaries beside tables."""
    return [table.replace(".tsv", ".json") for table in tables]


def tables_of(rule, name):
    """Tables that a rule makes of one model or contrast, by name."""
    folder = "contrasts" if rule.endswith("_contrast") else "models"
    return {table_name(file): f"results/{folder}/{name}/{file}.tsv" for file in TABLES[rule]}


def table_options(rule):
    """Part of a shell command that names the tables that a rule makes."""
    return " ".join(f"--{name} {{output.{name}:q}}" for name in map(table_name, TABLES[rule]))


def model_of(contrast):
    """Model that a contrast is estimated in."""
    return STUDY.contrasts[contrast].model


def of_model(file):
    """A file of the model that a contrast is estimated in, as an input of the contrast."""
    return lambda wildcards: f"results/models/{model_of(wildcards.contrast)}/{file}"


def raw_tables_of(site):
    """Raw tables that a site's tidy table is made from."""
    return [RAW_TABLES[site], *PARTICIPANTS]


def harmonised(model, file):
    """A file of the harmonisation of a model's values, its id ``{id}``; none where they are raw."""
    harmonisation = STUDY.models[model].harmonisation
    return expand(f"results/harmonised/{file}", id=[] if harmonisation == "none" else harmonisation)


def values_of(model):
    """Table of values that a model is fitted to."""
    return (harmonised(model, "{id}.tsv") or ["results/tidy/pooled.tsv"])[0]


def raw_values_of(model):
    """Table of raw values beside harmonised ones; none where a model is fitted to it."""
    return ["results/tidy/pooled.tsv"] if harmonised(model, "{id}.tsv") else []


def calibration_of(contrast, part="calibration"):
    """A table of a contrast's calibration, where it has answers from harmonised values."""
    return [f"results/contrasts/{contrast}/{part}.tsv"] if contrast in CALIBRATED else []


def reported_robustness(contrast):
    """Tables of how robust a contrast is that its report prints; the others are drawn."""
    drawn = ["partial_residuals", "partial_lines", "curves"]
    tables = tables_of("robustness_contrast", contrast)
    return [table for name, table in tables.items() if name not in drawn]


def parameters_of(harmonisations):
    """Saved parameters that harmonisations read."""
    files = [STUDY.harmonisation[name].parameters for name in harmonisations]
    return [delivered(file) for file in files if file]


def index_page():
    """Where the index of the reports is, as a message can print it."""
    return str((RESULTS / "reports/index.html").absolute()).replace("{", "{{").replace("}", "}}")


def deliverables():
    """Every file that a run leaves to its user."""
    files = ["results/tidy/pooled.tsv", "results/findings.tsv"]
    files += expand("results/tidy/{site}.tsv", site=SITES)
    files += expand("results/harmonised/{id}.tsv", id=HARMONISATIONS)
    for model in MODELS:
        for step in ["fit_model", "diagnose_model"]:
            files += tables_of(step, model).values()
    for contrast in CONTRASTS:
        for step in ["estimate_contrast", "robustness_contrast"]:
            files += tables_of(step, contrast).values()
        for part in ["calibration", "calibration.findings"]:
            files += calibration_of(contrast, part)
    files += ATLAS_TABLES if ATLAS else []
    files += dictionaries(*files)
    files += expand("results/models/{model}/{file}.json", model=MODELS, file=["fits", "plan"])
    files += expand("results/contrasts/{contrast}/maps", contrast=CONTRASTS if ATLAS else [])
    for folder in ["figures", "robustness_figures"]:
        files += expand("results/contrasts/{contrast}/{folder}", contrast=CONTRASTS, folder=folder)
    files += expand("results/harmonised/{id}/{part}", id=HARMONISATIONS, part=["checks", "figures"])
    pages = [*CONTRASTS, *expand("harmonisation_{id}", id=HARMONISATIONS), "index"]
    return [*files, *expand("results/reports/{page}.html", page=pages)]
