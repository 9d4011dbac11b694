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
    conda:
        "../envs/multipet.yaml"
    resources:
        mem_mb=4000,
        runtime=60,
    message:
        "Fit model {wildcards.model} in every region"
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
    conda:
        "../envs/multipet.yaml"
    resources:
        mem_mb=4000,
        runtime=30,
    message:
        "Residuals, random effects and variance components of model {wildcards.model}"
    shell:
        'python "$MULTIPET_SCRIPTS"/diagnose_model.py {input.spec:q} {input.fits:q} {input.tables[0]:q}'
        " {output.tables:q} 2> {log:q}"
