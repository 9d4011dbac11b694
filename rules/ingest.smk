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
    conda:
        "../envs/multipet.yaml"
    resources:
        mem_mb=1000,
        runtime=10,
    message:
        "Read the table of site {wildcards.site}: every value as delivered, typed and checked"
    shell:
        'python "$MULTIPET_SCRIPTS"/tidy_site.py {input.spec:q} {output.table:q} {output.findings:q}'
        " {output.source:q} 2> {log:q}"


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
        table="results/tidy/pooled.tsv",
        findings="results/findings.tsv",
        dictionaries=dictionaries("results/tidy/pooled.tsv", "results/findings.tsv"),
    log:
        "results/logs/pool_sites.log",
    conda:
        "../envs/multipet.yaml"
    resources:
        mem_mb=2000,
        runtime=10,
    message:
        "Pool the sites, combine regions and look for suspicious values"
    shell:
        'python "$MULTIPET_SCRIPTS"/pool_sites.py {input.spec:q} {output.table:q} {output.findings:q}'
        " --tables {input.tables:q} --findings {input.findings:q} 2> {log:q}"
