"""Values with site or scanner differences removed, and what that did to them."""


rule harmonise:
    input:
        spec="results/specs/harmonise/{harmonisation}.json",
        pooled="results/tidy/pooled.tsv",
        dictionary="results/tidy/pooled.json",
        saved=lambda wildcards: parameters_of([wildcards.harmonisation]),
    output:
        harmonised="results/harmonised/{harmonisation}.tsv",
        effects="results/harmonised/{harmonisation}.site_effects.tsv",
        findings="results/harmonised/{harmonisation}.findings.tsv",
        dictionaries=dictionaries(
            "results/harmonised/{harmonisation}.tsv",
            "results/harmonised/{harmonisation}.site_effects.tsv",
            "results/harmonised/{harmonisation}.findings.tsv",
        ),
        parameters="results/harmonised/{harmonisation}.parameters.json",
        parameters_dictionary="results/harmonised/{harmonisation}.parameters_dictionary.json",
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
    params:
        asked=asked("harmonise"),
    message:
        f"Harmonise by {{wildcards.harmonisation}}: {EXTENT}"
    shell:
        'python "$MULTIPET_SCRIPTS"/harmonise.py --spec {input.spec:q} --pooled {input.pooled:q}'
        " --harmonised {output.harmonised:q} --effects {output.effects:q}"
        " --findings {output.findings:q} --parameters {output.parameters:q}"
        " --parameters_dictionary {output.parameters_dictionary:q} 2> {log:q}"


rule check_harmonisation:
    input:
        spec="results/specs/check_harmonisation/{harmonisation}.json",
        pooled="results/tidy/pooled.tsv",
        harmonised="results/harmonised/{harmonisation}.tsv",
        effects="results/harmonised/{harmonisation}.site_effects.tsv",
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
    params:
        asked=asked("check_harmonisation"),
    message:
        "Look at the values before and after harmonisation {wildcards.harmonisation}"
    shell:
        'python "$MULTIPET_SCRIPTS"/check_harmonisation.py --spec {input.spec:q}'
        " --pooled {input.pooled:q} --harmonised {input.harmonised:q} --effects {input.effects:q}"
        " --parameters {input.parameters:q} --folder {output.folder:q} 2> {log:q}"


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
    params:
        asked=asked("draw_harmonisation"),
    message:
        "Draw what harmonisation {wildcards.harmonisation} did"
    shell:
        'python "$MULTIPET_SCRIPTS"/draw_harmonisation.py --spec {input.spec:q}'
        " --checks {input.checks:q} --folder {output.folder:q} 2> {log:q}"
