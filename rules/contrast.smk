"""One job a contrast: its estimates, then its figures."""


rule estimate_contrast:
    input:
        spec="results/specs/estimate_contrast/{contrast}.json",
        fits=lambda wildcards: f"results/models/{model_of(wildcards.contrast)}/fits.json",
        tables=lambda wildcards: values_of(model_of(wildcards.contrast)),
        dictionaries=lambda wildcards: dictionaries(*values_of(model_of(wildcards.contrast))),
    output:
        tables=tables_of("estimate_contrast", "{contrast}"),
        dictionaries=dictionaries(*tables_of("estimate_contrast", "{contrast}")),
    log:
        "results/logs/estimate_contrast/{contrast}.log",
    benchmark:
        "results/benchmarks/estimate_contrast/{contrast}.tsv"
    group:
        group_of("estimate_contrast")
    localrule: beside("estimate_contrast")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("estimate_contrast"),
        runtime=minutes("estimate_contrast"),
    message:
        f"Estimate contrast {{wildcards.contrast}}: {EXTENT}"
    shell:
        'python "$MULTIPET_SCRIPTS"/estimate_contrast.py {input.spec:q} {output.tables:q} {input.fits:q}'
        " {input.tables:q} 2> {log:q}"


rule draw_contrast:
    input:
        spec="results/specs/draw_contrast/{contrast}.json",
        contrast=expand("results/contrasts/{{contrast}}/{table}.tsv", table=["contrast", "by_site"]),
        model=lambda wildcards: [
            f"results/models/{model_of(wildcards.contrast)}/{table}.tsv"
            for table in ["residuals", "random_effects", "shrinkage", "variance_components"]
        ],
    output:
        directory("results/contrasts/{contrast}/figures"),
    log:
        "results/logs/draw_contrast/{contrast}.log",
    benchmark:
        "results/benchmarks/draw_contrast/{contrast}.tsv"
    group:
        group_of("draw_contrast")
    localrule: beside("draw_contrast")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("draw_contrast"),
        runtime=minutes("draw_contrast"),
    message:
        "Draw the figures of contrast {wildcards.contrast}"
    shell:
        'python "$MULTIPET_SCRIPTS"/draw_contrast.py {input.spec:q} {input.contrast:q} {input.model:q}'
        " {output:q} 2> {log:q}"
