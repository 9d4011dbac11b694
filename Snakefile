"""multipet: multi-site PET studies, from raw regional values to one report a contrast."""

from snakemake.utils import min_version

min_version("9.0")


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
