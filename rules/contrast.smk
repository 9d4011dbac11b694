"""One job a contrast: its estimates, then its figures."""


rule calibrate_contrast:
    input:
        spec="results/specs/calibrate_contrast/{contrast}.json",
        table="results/tidy/pooled.tsv",
        dictionary="results/tidy/pooled.json",
        plan=lambda wildcards: f"results/models/{model_of(wildcards.contrast)}/plan.json",
        parameters=parameters_of(HARMONISATIONS),
    output:
        table="results/contrasts/{contrast}/calibration.tsv",
        findings="results/contrasts/{contrast}/calibration.findings.tsv",
        dictionaries=dictionaries(
            "results/contrasts/{contrast}/calibration.tsv",
            "results/contrasts/{contrast}/calibration.findings.tsv",
        ),
    log:
        "results/logs/calibrate_contrast/{contrast}.log",
    benchmark:
        "results/benchmarks/calibrate_contrast/{contrast}.tsv"
    group:
        group_of("calibrate_contrast")
    localrule: beside("calibrate_contrast")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("calibrate_contrast"),
        runtime=minutes("calibrate_contrast"),
    message:
        "Calibrate contrast {wildcards.contrast}: harmonised and fitted anew in every draw"
    shell:
        'python "$MULTIPET_SCRIPTS"/calibrate_contrast.py {input.spec:q} {input.table:q} {input.plan:q}'
        " {output.table:q} {output.findings:q} 2> {log:q}"


rule estimate_contrast:
    input:
        spec="results/specs/estimate_contrast/{contrast}.json",
        fits=lambda wildcards: f"results/models/{model_of(wildcards.contrast)}/fits.json",
        tables=lambda wildcards: values_of(model_of(wildcards.contrast)),
        calibration=lambda wildcards: calibration_of(wildcards.contrast),
        dictionaries=lambda wildcards: dictionaries(
            *values_of(model_of(wildcards.contrast)), *calibration_of(wildcards.contrast)
        ),
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
        " {input.tables:q} {input.calibration:q} 2> {log:q}"


rule robustness_contrast:
    input:
        spec="results/specs/robustness_contrast/{contrast}.json",
        fits=lambda wildcards: f"results/models/{model_of(wildcards.contrast)}/fits.json",
        plan=lambda wildcards: f"results/models/{model_of(wildcards.contrast)}/plan.json",
        values=lambda wildcards: values_of(model_of(wildcards.contrast))[0],
        contrast=expand(
            "results/contrasts/{{contrast}}/{table}.tsv", table=["contrast", "sensitivity"]
        ),
        dictionaries=lambda wildcards: dictionaries(
            values_of(model_of(wildcards.contrast))[0],
            *expand(
                "results/contrasts/{contrast}/{table}.tsv",
                contrast=wildcards.contrast,
                table=["contrast", "sensitivity"],
            ),
        ),
    output:
        tables=tables_of("robustness_contrast", "{contrast}"),
        dictionaries=dictionaries(*tables_of("robustness_contrast", "{contrast}")),
    log:
        "results/logs/robustness_contrast/{contrast}.log",
    benchmark:
        "results/benchmarks/robustness_contrast/{contrast}.tsv"
    group:
        group_of("robustness_contrast")
    localrule: beside("robustness_contrast")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("robustness_contrast"),
        runtime=minutes("robustness_contrast"),
    message:
        "Refit contrast {wildcards.contrast} without each site, each scanner and each person"
    shell:
        'python "$MULTIPET_SCRIPTS"/robustness_contrast.py {input.spec:q} {output.tables:q}'
        " {input.fits:q} {input.plan:q} {input.values:q} {input.contrast:q} 2> {log:q}"


rule draw_contrast:
    input:
        spec="results/specs/draw_contrast/{contrast}.json",
        contrast=expand("results/contrasts/{{contrast}}/{table}.tsv", table=["contrast", "by_site"]),
        model=lambda wildcards: [
            f"results/models/{model_of(wildcards.contrast)}/{table}.tsv"
            for table in ["residuals", "random_effects", "shrinkage", "variance_components"]
        ],
        atlas=ATLAS_TABLES[:2] if ATLAS else [],
    output:
        folder=directory("results/contrasts/{contrast}/figures"),
        checksums="results/contrasts/{contrast}/figures.sha256",
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
        " {output.folder:q} {input.atlas:q} 2> {log:q}"


rule draw_robustness:
    input:
        spec="results/specs/draw_robustness/{contrast}.json",
        contrast=expand(
            "results/contrasts/{{contrast}}/{table}.tsv",
            table=[
                "contrast",
                "left_out",
                "specifications",
                "partial_residuals",
                "partial_lines",
                "curves",
                "linearity",
            ],
        ),
        model=lambda wildcards: [
            f"results/models/{model_of(wildcards.contrast)}/{table}.tsv"
            for table in ["random_effects", "variance_components"]
        ],
    output:
        folder=directory("results/contrasts/{contrast}/robustness_figures"),
        checksums="results/contrasts/{contrast}/robustness_figures.sha256",
    log:
        "results/logs/draw_robustness/{contrast}.log",
    benchmark:
        "results/benchmarks/draw_robustness/{contrast}.tsv"
    group:
        group_of("draw_robustness")
    localrule: beside("draw_robustness")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("draw_robustness"),
        runtime=minutes("draw_robustness"),
    message:
        "Draw how far contrast {wildcards.contrast} rests on what was chosen"
    shell:
        'python "$MULTIPET_SCRIPTS"/draw_robustness.py {input.spec:q} {input.contrast:q} {input.model:q}'
        " {output.folder:q} 2> {log:q}"
