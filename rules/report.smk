"""One self-contained page a contrast, and the index."""


rule report_contrast:
    input:
        spec="results/specs/report_contrast/{contrast}.json",
        contrast=lambda wildcards: [
            *tables_of("estimate_contrast", wildcards.contrast).values(),
            *reported_robustness(wildcards.contrast),
            *calibration_of(wildcards.contrast),
        ],
        model=lambda wildcards: [
            f"results/models/{model_of(wildcards.contrast)}/{file}"
            for file in [
                "plan.json",
                "findings.tsv",
                "variance_components.tsv",
                "residual_checks.tsv",
            ]
        ],
        findings="results/findings.tsv",
        figures=ancient("results/contrasts/{contrast}/figures"),
        robustness_figures=ancient("results/contrasts/{contrast}/robustness_figures"),
        harmonisation=lambda wildcards: [
            ancient(folder) for folder in harmonised(model_of(wildcards.contrast), "{id}/figures")
        ],
        checksums=lambda wildcards: [
            f"results/contrasts/{wildcards.contrast}/figures.sha256",
            f"results/contrasts/{wildcards.contrast}/robustness_figures.sha256",
            *harmonised(model_of(wildcards.contrast), "{id}/figures.sha256"),
        ],
        sources=expand("results/tidy/{site}.source.json", site=SITES),
    output:
        page=report(
            "results/reports/{contrast}.html",
            category="Contrasts",
            labels={"contrast": "{contrast}"},
        ),
        summary="results/contrasts/{contrast}/summary.json",
    log:
        "results/logs/report_contrast/{contrast}.log",
    benchmark:
        "results/benchmarks/report_contrast/{contrast}.tsv"
    group:
        group_of("report_contrast")
    localrule: beside("report_contrast")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("report_contrast"),
        runtime=minutes("report_contrast"),
    params:
        asked=asked("report_contrast"),
    message:
        "Report contrast {wildcards.contrast}"
    shell:
        'python "$MULTIPET_SCRIPTS"/report_contrast.py --spec {input.spec:q}'
        " --contrast {input.contrast:q} --model {input.model:q} --findings {input.findings:q}"
        " --figures {input.figures:q} --robustness_figures {input.robustness_figures:q}"
        " --harmonisation {input.harmonisation:q}"
        " --sources {input.sources:q} --page {output.page:q} --summary {output.summary:q}"
        " 2> {log:q}"


rule report_harmonisation:
    input:
        spec="results/specs/report_harmonisation/{harmonisation}.json",
        checks=ancient("results/harmonised/{harmonisation}/checks"),
        findings="results/harmonised/{harmonisation}.findings.tsv",
        dictionary="results/harmonised/{harmonisation}.findings.json",
        parameters="results/harmonised/{harmonisation}.parameters.json",
        figures=ancient("results/harmonised/{harmonisation}/figures"),
        checksums=[
            "results/harmonised/{harmonisation}/checks.sha256",
            "results/harmonised/{harmonisation}/figures.sha256",
        ],
    output:
        page=report(
            "results/reports/harmonisation_{harmonisation}.html",
            category="Harmonisation",
            labels={"harmonisation": "{harmonisation}"},
        ),
        summary="results/harmonised/{harmonisation}.summary.json",
    log:
        "results/logs/report_harmonisation/{harmonisation}.log",
    benchmark:
        "results/benchmarks/report_harmonisation/{harmonisation}.tsv"
    group:
        group_of("report_harmonisation")
    localrule: beside("report_harmonisation")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("report_harmonisation"),
        runtime=minutes("report_harmonisation"),
    params:
        asked=asked("report_harmonisation"),
    message:
        "Report harmonisation {wildcards.harmonisation}"
    shell:
        'python "$MULTIPET_SCRIPTS"/report_harmonisation.py --spec {input.spec:q}'
        " --checks {input.checks:q} --findings {input.findings:q}"
        " --parameters {input.parameters:q} --figures {input.figures:q} --page {output.page:q}"
        " --summary {output.summary:q} 2> {log:q}"


rule report_index:
    input:
        spec="results/specs/report_index/all.json",
        findings="results/findings.tsv",
        pooled="results/tidy/pooled.tsv",
        dictionaries=dictionaries("results/findings.tsv", "results/tidy/pooled.tsv"),
        contrasts=expand("results/contrasts/{contrast}/summary.json", contrast=CONTRASTS),
        harmonisations=expand("results/harmonised/{id}.summary.json", id=HARMONISATIONS),
        sources=expand("results/tidy/{site}.source.json", site=SITES),
    output:
        page=report("results/reports/index.html", category="Index", labels={"contrast": "all"}),
    log:
        "results/logs/report_index.log",
    benchmark:
        "results/benchmarks/report_index.tsv"
    localrule: True
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("report_index"),
        runtime=minutes("report_index"),
    params:
        asked=asked("report_index"),
    message:
        "Make the index of all reports"
    shell:
        'python "$MULTIPET_SCRIPTS"/report_index.py --spec {input.spec:q}'
        " --contrasts {input.contrasts:q} --harmonisations {input.harmonisations:q}"
        " --sources {input.sources:q} --findings {input.findings:q} --pooled {input.pooled:q}"
        " --page {output.page:q} 2> {log:q}"
