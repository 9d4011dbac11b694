"""Values with site or scanner differences removed, and what that did to them."""


rule harmonise:
    input:
        spec="results/specs/harmonise/{harmonisation}.json",
        table="results/tidy/pooled.tsv",
        dictionary="results/tidy/pooled.json",
        parameters=lambda wildcards: parameters_of([wildcards.harmonisation]),
    output:
        table="results/harmonised/{harmonisation}.tsv",
        effects="results/harmonised/{harmonisation}.site_effects.tsv",
        findings="results/harmonised/{harmonisation}.findings.tsv",
        dictionaries=dictionaries(
            "results/harmonised/{harmonisation}.tsv",
            "results/harmonised/{harmonisation}.site_effects.tsv",
            "results/harmonised/{harmonisation}.findings.tsv",
        ),
        parameters=[
            "results/harmonised/{harmonisation}.parameters.json",
            "results/harmonised/{harmonisation}.parameters_dictionary.json",
        ],
    log:
        "results/logs/harmonise/{harmonisation}.log",
    benchmark:
        "results/benchmarks/harmonise/{harmonisation}.tsv"
    group:
        group_of("harmonise")
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
        " {output.effects:q} {output.findings:q} {output.parameters:q} 2> {log:q}"


rule check_harmonisation:
    input:
        spec="results/specs/check_harmonisation/{harmonisation}.json",
        tables=[
            "results/tidy/pooled.tsv",
            "results/harmonised/{harmonisation}.tsv",
            "results/harmonised/{harmonisation}.site_effects.tsv",
        ],
        parameters="results/harmonised/{harmonisation}.parameters.json",
        dictionaries=dictionaries(
            "results/tidy/pooled.tsv",
            "results/harmonised/{harmonisation}.tsv",
            "results/harmonised/{harmonisation}.site_effects.tsv",
        ),
    output:
        folder=directory("results/harmonised/{harmonisation}/checks"),
        checksums="results/harmonised/{harmonisation}/checks.sha256",
    log:
        "results/logs/check_harmonisation/{harmonisation}.log",
    benchmark:
        "results/benchmarks/check_harmonisation/{harmonisation}.tsv"
    group:
        group_of("check_harmonisation")
    localrule: beside("check_harmonisation")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("check_harmonisation"),
        runtime=minutes("check_harmonisation"),
    message:
        "Look at the values before and after harmonisation {wildcards.harmonisation}"
    shell:
        'python "$MULTIPET_SCRIPTS"/check_harmonisation.py {input.spec:q} {input.tables:q}'
        " {input.parameters:q} {output.folder:q} 2> {log:q}"


rule draw_harmonisation:
    input:
        spec="results/specs/draw_harmonisation/{harmonisation}.json",
        checks=ancient("results/harmonised/{harmonisation}/checks"),
        checksums="results/harmonised/{harmonisation}/checks.sha256",
    output:
        folder=directory("results/harmonised/{harmonisation}/figures"),
        checksums="results/harmonised/{harmonisation}/figures.sha256",
    log:
        "results/logs/draw_harmonisation/{harmonisation}.log",
    benchmark:
        "results/benchmarks/draw_harmonisation/{harmonisation}.tsv"
    group:
        group_of("draw_harmonisation")
    localrule: beside("draw_harmonisation")
    conda:
        "../envs/multipet.yaml"
    threads: THREADS
    resources:
        mem_mb=memory("draw_harmonisation"),
        runtime=minutes("draw_harmonisation"),
    message:
        "Draw what harmonisation {wildcards.harmonisation} did"
    shell:
        'python "$MULTIPET_SCRIPTS"/draw_harmonisation.py {input.spec:q} {input.checks:q} {output.folder:q}'
        " 2> {log:q}"
