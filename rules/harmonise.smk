"""Values with site or scanner differences removed, for the models that ask for it."""


rule harmonise:
    input:
        spec="results/specs/harmonise/{harmonisation}.json",
        table="results/tidy/pooled.tsv",
        dictionary="results/tidy/pooled.json",
    output:
        table="results/harmonised/{harmonisation}.tsv",
        effects="results/harmonised/{harmonisation}.site_effects.tsv",
        findings="results/harmonised/{harmonisation}.findings.tsv",
        dictionaries=dictionaries(
            "results/harmonised/{harmonisation}.tsv",
            "results/harmonised/{harmonisation}.site_effects.tsv",
            "results/harmonised/{harmonisation}.findings.tsv",
        ),
        parameters="results/harmonised/{harmonisation}.parameters.json",
    log:
        "results/logs/harmonise/{harmonisation}.log",
    benchmark:
        "results/benchmarks/harmonise/{harmonisation}.tsv"
    localrule: beside("harmonise")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("harmonise"),
        runtime=minutes("harmonise"),
    message:
        f"Harmonise by {{wildcards.harmonisation}}: {EXTENT}"
    shell:
        'python "$MULTIPET_SCRIPTS"/harmonise.py {input.spec:q} {input.table:q} {output.table:q}'
        " {output.effects:q} {output.parameters:q} {output.findings:q} 2> {log:q}"
