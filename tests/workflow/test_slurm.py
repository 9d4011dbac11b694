"""The demo study to all its reports on a real SLURM of two nodes."""

import pytest
from slurm_run import ROOT, cluster, cluster_jobs, missing, plugin, snakemake

pytestmark = pytest.mark.slow

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "runs")


def test_the_demo_runs_to_all_reports_on_two_nodes(tmp_path):
    plugins = plugin(tmp_path / "plugin")
    with cluster(tmp_path / "cluster"):
        # fewer draws: how long they take is not what is asked here
        draws = tmp_path / "draws.yaml"
        draws.write_text("inference: {calibration: {draws: 199}}\n")
        files = ["--configfile", str(ROOT / "config" / "config.yaml"), str(draws)]
        result = snakemake(plugins, tmp_path / "out", *files)
    assert result.returncode == 0, result.stderr[-3000:]
    jobs = cluster_jobs(tmp_path / "cluster")
    contrasts = [path.name for path in (tmp_path / "out/results/contrasts").iterdir()]
    models = [path.name for path in (tmp_path / "out/results/models").iterdir()]
    assert {job.state for job in jobs} == {"COMPLETED"}
    # one job a model and a contrast; besides, pooling, one harmonisation and the atlas
    assert len(jobs) == len(models) + len(contrasts) + 3
    pages = {path.stem for path in (tmp_path / "out/results/reports").glob("*.html")}
    assert pages == {*contrasts, "harmonisation_combat_scanner", "index"}
