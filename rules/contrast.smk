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
    conda:
        "../envs/multipet.yaml"
    resources:
        mem_mb=2000,
        runtime=30,
    message:
        "Estimate contrast {wildcards.contrast} in every region"
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
    conda:
        "../envs/multipet.yaml"
    resources:
        mem_mb=2000,
        runtime=15,
    message:
        "Draw the figures of contrast {wildcards.contrast}, each with its table beside it"
    shell:
        'python "$MULTIPET_SCRIPTS"/draw_contrast.py {input.spec:q} {input.contrast:q} {input.model:q}'
        " {output:q} 2> {log:q}"
