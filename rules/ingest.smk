"""Every site's raw table as one tidy table; then all of them pooled."""


rule tidy_site:
    input:
        spec="results/specs/tidy_site/{site}.json",
        tables=lambda wildcards: raw_tables_of(wildcards.site),
    output:
        table="results/tidy/{site}.tsv",
        findings="results/tidy/{site}.findings.tsv",
        dictionaries=dictionaries("results/tidy/{site}.tsv", "results/tidy/{site}.findings.tsv"),
        source="results/tidy/{site}.source.json",
    log:
        "results/logs/tidy_site/{site}.log",
    benchmark:
        "results/benchmarks/tidy_site/{site}.tsv"
    localrule: True
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("tidy_site"),
        runtime=minutes("tidy_site"),
    params:
        asked=asked("tidy_site"),
    message:
        "Read the table of site {wildcards.site}"
    shell:
        'python "$MULTIPET_SCRIPTS"/tidy_site.py --spec {input.spec:q} --table {output.table:q}'
        " --findings {output.findings:q} --source {output.source:q} 2> {log:q}"


rule pool_sites:
    input:
        spec="results/specs/pool_sites/all.json",
        tables=expand("results/tidy/{site}.tsv", site=SITES),
        findings=expand("results/tidy/{site}.findings.tsv", site=SITES),
        dictionaries=dictionaries(
            *expand("results/tidy/{site}.{part}", site=SITES, part=["tsv", "findings.tsv"])
        ),
        participants=PARTICIPANTS,
    output:
        pooled="results/tidy/pooled.tsv",
        all_findings="results/findings.tsv",
        dictionaries=dictionaries("results/tidy/pooled.tsv", "results/findings.tsv"),
    log:
        "results/logs/pool_sites.log",
    benchmark:
        "results/benchmarks/pool_sites.tsv"
    localrule: beside("pool_sites")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("pool_sites"),
        runtime=minutes("pool_sites"),
    params:
        asked=asked("pool_sites"),
    message:
        f"Pool {len(SITES)} sites and look for suspicious values: {EXTENT}"
    shell:
        'python "$MULTIPET_SCRIPTS"/pool_sites.py --spec {input.spec:q} --tables {input.tables:q}'
        " --findings {input.findings:q} --pooled {output.pooled:q}"
        " --all_findings {output.all_findings:q} 2> {log:q}"
