"""One finished run of the tiny study, shared by every test of the workflow."""

from pathlib import Path

import pytest
from snakemake_run import change, copy_of, jobs
from study import write_study


@pytest.fixture(scope="session")
def finished(tmp_path_factory) -> Path:
    """A finished run of the real snakemake: results in ``out``, not to be changed."""
    folder = tmp_path_factory.mktemp("study")
    write_study(folder)
    change(folder)
    ran = jobs(folder)
    assert "report_contrast:patients_harmonised" in ran
    return folder


@pytest.fixture
def study(finished, tmp_path) -> Path:
    """A copy of the finished run, Snakemake's records included, to be changed."""
    return copy_of(finished, tmp_path / "study")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The test on a cluster first: it mostly waits, while the others run in the other process."""
    items.sort(key=lambda item: "test_slurm" not in item.nodeid)
