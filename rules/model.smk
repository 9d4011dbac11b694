"""One job a model: all its regions fitted, then its diagnostics."""


rule fit_model:
    input:
        spec="results/specs/fit_model/{model}.json",
        tables=lambda wildcards: values_of(wildcards.model),
        findings=lambda wildcards: harmonisation_findings_of(wildcards.model),
        dictionaries=lambda wildcards: dictionaries(
            *values_of(wildcards.model), *harmonisation_findings_of(wildcards.model)
        ),
    output:
        tables=tables_of("fit_model", "{model}"),
        dictionaries=dictionaries(*tables_of("fit_model", "{model}")),
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
    message:
        f"Fit model {{wildcards.model}}: {EXTENT}"
    shell:
        'python "$MULTIPET_SCRIPTS"/fit_model.py {input.spec:q} {output.fits:q} {output.plan:q}'
        " {output.tables:q} {input.tables:q} {input.findings:q} 2> {log:q}"


rule diagnose_model:
    input:
        spec="results/specs/diagnose_model/{model}.json",
        fits="results/models/{model}/fits.json",
        tables=lambda wildcards: values_of(wildcards.model),
        dictionaries=lambda wildcards: dictionaries(*values_of(wildcards.model)),
    output:
        tables=tables_of("diagnose_model", "{model}"),
        dictionaries=dictionaries(*tables_of("diagnose_model", "{model}")),
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
    message:
        "Check the fits of model {wildcards.model}: residuals, random effects, variances"
    shell:
        'python "$MULTIPET_SCRIPTS"/diagnose_model.py {input.spec:q} {input.fits:q} {input.tables[0]:q}'
        " {output.tables:q} 2> {log:q}"
