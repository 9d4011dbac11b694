"""One job a contrast: its estimates, then its figures."""


rule calibrate_contrast:
    input:
        spec="results/specs/calibrate_contrast/{contrast}.json",
        pooled="results/tidy/pooled.tsv",
        dictionary="results/tidy/pooled.json",
        plan=of_model("plan.json"),
        saved=parameters_of(HARMONISATIONS),
    output:
        calibration="results/contrasts/{contrast}/calibration.tsv",
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
    params:
        asked=asked("calibrate_contrast"),
    message:
        "Calibrate contrast {wildcards.contrast}: harmonised and fitted anew in every draw"
    shell:
        'python "$MULTIPET_SCRIPTS"/calibrate_contrast.py --spec {input.spec:q}'
        " --pooled {input.pooled:q} --plan {input.plan:q} --calibration {output.calibration:q}"
        " --findings {output.findings:q} 2> {log:q}"


rule estimate_contrast:
    input:
        spec="results/specs/estimate_contrast/{contrast}.json",
        fits=of_model("fits.json"),
        values=lambda wildcards: values_of(model_of(wildcards.contrast)),
        raw=lambda wildcards: raw_values_of(model_of(wildcards.contrast)),
        calibration=lambda wildcards: calibration_of(wildcards.contrast),
        findings=lambda wildcards: calibration_of(wildcards.contrast, "calibration.findings"),
        dictionaries=lambda wildcards: dictionaries(
            values_of(model_of(wildcards.contrast)),
            *raw_values_of(model_of(wildcards.contrast)),
            *calibration_of(wildcards.contrast),
            *calibration_of(wildcards.contrast, "calibration.findings"),
        ),
    output:
        **tables_of("estimate_contrast", "{contrast}"),
        dictionaries=dictionaries(*tables_of("estimate_contrast", "{contrast}").values()),
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
    params:
        asked=asked("estimate_contrast"),
    message:
        f"Estimate contrast {{wildcards.contrast}}: {EXTENT}"
    shell:
        'python "$MULTIPET_SCRIPTS"/estimate_contrast.py --spec {input.spec:q} --fits {input.fits:q}'
        " --values {input.values:q} --raw {input.raw:q} --calibration {input.calibration:q}"
        " --calibration_findings {input.findings:q} "
        + table_options("estimate_contrast")
        + " 2> {log:q}"


rule robustness_contrast:
    input:
        spec="results/specs/robustness_contrast/{contrast}.json",
        fits=of_model("fits.json"),
        plan=of_model("plan.json"),
        values=lambda wildcards: values_of(model_of(wildcards.contrast)),
        contrast="results/contrasts/{contrast}/contrast.tsv",
        sensitivity="results/contrasts/{contrast}/sensitivity.tsv",
        dictionaries=lambda wildcards: dictionaries(
            values_of(model_of(wildcards.contrast)),
            f"results/contrasts/{wildcards.contrast}/contrast.tsv",
            f"results/contrasts/{wildcards.contrast}/sensitivity.tsv",
        ),
    output:
        **tables_of("robustness_contrast", "{contrast}"),
        dictionaries=dictionaries(*tables_of("robustness_contrast", "{contrast}").values()),
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
    params:
        asked=asked("robustness_contrast"),
    message:
        "Refit contrast {wildcards.contrast} without each site, each scanner and each person"
    shell:
        'python "$MULTIPET_SCRIPTS"/robustness_contrast.py --spec {input.spec:q}'
        " --fits {input.fits:q} --plan {input.plan:q} --values {input.values:q}"
        " --contrast {input.contrast:q} --sensitivity {input.sensitivity:q} "
        + table_options("robustness_contrast")
        + " 2> {log:q}"


rule draw_contrast:
    input:
        spec="results/specs/draw_contrast/{contrast}.json",
        contrast="results/contrasts/{contrast}/contrast.tsv",
        by_site="results/contrasts/{contrast}/by_site.tsv",
        residuals=of_model("residuals.tsv"),
        random_effects=of_model("random_effects.tsv"),
        shrinkage=of_model("shrinkage.tsv"),
        variance_components=of_model("variance_components.tsv"),
        labels=["results/atlas/labels.tsv"] if ATLAS else [],
        outlines=["results/atlas/outlines.tsv"] if ATLAS else [],
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
    params:
        asked=asked("draw_contrast"),
    message:
        "Draw the figures of contrast {wildcards.contrast}"
    shell:
        'python "$MULTIPET_SCRIPTS"/draw_contrast.py --spec {input.spec:q}'
        " --contrast {input.contrast:q} --by_site {input.by_site:q} --residuals {input.residuals:q}"
        " --random_effects {input.random_effects:q} --shrinkage {input.shrinkage:q}"
        " --variance_components {input.variance_components:q} --labels {input.labels:q}"
        " --outlines {input.outlines:q} --folder {output.folder:q} 2> {log:q}"


rule draw_robustness:
    input:
        spec="results/specs/draw_robustness/{contrast}.json",
        contrast="results/contrasts/{contrast}/contrast.tsv",
        left_out="results/contrasts/{contrast}/left_out.tsv",
        specifications="results/contrasts/{contrast}/specifications.tsv",
        partial_residuals="results/contrasts/{contrast}/partial_residuals.tsv",
        partial_lines="results/contrasts/{contrast}/partial_lines.tsv",
        curves="results/contrasts/{contrast}/curves.tsv",
        linearity="results/contrasts/{contrast}/linearity.tsv",
        random_effects=of_model("random_effects.tsv"),
        variance_components=of_model("variance_components.tsv"),
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
    params:
        asked=asked("draw_robustness"),
    message:
        "Draw how far contrast {wildcards.contrast} rests on what was chosen"
    shell:
        'python "$MULTIPET_SCRIPTS"/draw_robustness.py --spec {input.spec:q}'
        " --contrast {input.contrast:q} --left_out {input.left_out:q}"
        " --specifications {input.specifications:q} --curves {input.curves:q}"
        " --partial_residuals {input.partial_residuals:q} --partial_lines {input.partial_lines:q}"
        " --linearity {input.linearity:q} --random_effects {input.random_effects:q}"
        " --variance_components {input.variance_components:q} --folder {output.folder:q} 2> {log:q}"
