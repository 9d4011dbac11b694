"""multipet: multi-site PET studies, from raw regional values to one report a contrast."""

from snakemake import __version__ as running
from snakemake.exceptions import WorkflowError
from snakemake.utils import min_version

min_version("9.0")
# tests/workflow/test_snakemake_version.py names what may be another thing in a later one
BELOW = "10"
if int(running.split(".")[0]) >= int(BELOW):
    raise WorkflowError(f"multipet runs on Snakemake 9; this is {running}: see envs/")


include: "rules/common.smk"
include: "rules/resources.smk"
include: "rules/run.smk"
include: "rules/ingest.smk"
include: "rules/harmonise.smk"
include: "rules/model.smk"
include: "rules/contrast.smk"
include: "rules/atlas.smk"
include: "rules/report.smk"


# every deliverable is listed, so that a lost one is made again
rule all:
    default_target: True
    input:
        deliverables(),
    message:
        f"All done: the reports are in {index_page()}"
