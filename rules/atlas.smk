"""Where the regions are: the atlas's outlines for figures, and each contrast as NIfTI."""


rule outline_atlas:
    input:
        spec="results/specs/outline_atlas/all.json",
        atlas=ATLAS,
        pooled="results/tidy/pooled.tsv",
        dictionary="results/tidy/pooled.json",
    output:
        labels="results/atlas/labels.tsv",
        outlines="results/atlas/outlines.tsv",
        findings="results/atlas/findings.tsv",
        dictionaries=dictionaries(*ATLAS_TABLES),
    log:
        "results/logs/outline_atlas.log",
    benchmark:
        "results/benchmarks/outline_atlas.tsv"
    localrule: beside("outline_atlas")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("outline_atlas"),
        runtime=minutes("outline_atlas"),
    params:
        asked=asked("outline_atlas"),
    message:
        "Outline the study's regions on slices of the atlas"
    shell:
        'python "$MULTIPET_SCRIPTS"/outline_atlas.py --spec {input.spec:q} --pooled {input.pooled:q}'
        " --labels {output.labels:q} --outlines {output.outlines:q} --findings {output.findings:q}"
        " 2> {log:q}"


rule write_maps:
    input:
        spec="results/specs/write_maps/{contrast}.json",
        atlas=ATLAS,
        contrast="results/contrasts/{contrast}/contrast.tsv",
        dictionary="results/contrasts/{contrast}/contrast.json",
    output:
        folder=directory("results/contrasts/{contrast}/maps"),
    log:
        "results/logs/write_maps/{contrast}.log",
    benchmark:
        "results/benchmarks/write_maps/{contrast}.tsv"
    group:
        group_of("write_maps")
    localrule: beside("write_maps")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("write_maps"),
        runtime=minutes("write_maps"),
    params:
        asked=asked("write_maps"),
    message:
        "Write effect and t of contrast {wildcards.contrast} as NIfTI"
    shell:
        'python "$MULTIPET_SCRIPTS"/write_maps.py --spec {input.spec:q}'
        " --contrast {input.contrast:q} --folder {output.folder:q} 2> {log:q}"
