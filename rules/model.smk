"""One job a model: all its regions fitted, then its diagnostics."""


rule fit_model:
    input:
        spec="results/specs/fit_model/{model}.json",
        values=lambda wildcards: values_of(wildcards.model),
        raw=lambda wildcards: raw_values_of(wildcards.model),
        findings=lambda wildcards: harmonised(wildcards.model, "{id}.findings.tsv"),
        dictionaries=lambda wildcards: dictionaries(
            values_of(wildcards.model),
            *raw_values_of(wildcards.model),
            *harmonised(wildcards.model, "{id}.findings.tsv"),
        ),
    output:
        **tables_of("fit_model", "{model}"),
        dictionaries=dictionaries(*tables_of("fit_model", "{model}").values()),
        fits="results/models/{model}/fits.json",
        plan="results/models/{model}/plan.json",
    log:
        "results/logs/fit_model/{model}.log",
    benchmark:
        "results/benchmarks/fit_model/{model}.tsv"
    group:
        group_of("fit_model")
    localrule: beside("fit_model")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("fit_model"),
        runtime=minutes("fit_model"),
    params:
        asked=asked("fit_model"),
    message:
        f"Fit model {{wildcards.model}}: {EXTENT}"
    shell:
        'python "$MULTIPET_SCRIPTS"/fit_model.py --spec {input.spec:q} --values {input.values:q}'
        " --raw {input.raw:q} --harmonisation_findings {input.findings:q} --fits {output.fits:q}"
        " --plan {output.plan:q} 2> {log:q}"
        f" {table_options('fit_model')}"


rule diagnose_model:
    input:
        spec="results/specs/diagnose_model/{model}.json",
        fits="results/models/{model}/fits.json",
        values=lambda wildcards: values_of(wildcards.model),
        dictionaries=lambda wildcards: dictionaries(values_of(wildcards.model)),
    output:
        **tables_of("diagnose_model", "{model}"),
        dictionaries=dictionaries(*tables_of("diagnose_model", "{model}").values()),
    log:
        "results/logs/diagnose_model/{model}.log",
    benchmark:
        "results/benchmarks/diagnose_model/{model}.tsv"
    group:
        group_of("diagnose_model")
    localrule: beside("diagnose_model")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("diagnose_model"),
        runtime=minutes("diagnose_model"),
    params:
        asked=asked("diagnose_model"),
    message:
        "Check the fits of model {wildcards.model}: residuals, random effects, variances"
    shell:
        'python "$MULTIPET_SCRIPTS"/diagnose_model.py --spec {input.spec:q} --fits {input.fits:q}'
        " --values {input.values:q} 2> {log:q}"
        f" {table_options('diagnose_model')}"
