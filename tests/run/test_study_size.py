"""How large a study is."""

from study import write_study

from multipet.config.checks.tables import check_tables
from multipet.config.loading import load_config
from multipet.run.prepare import StudySize, read_size, size_of, write_size


def test_regions_and_scans_are_counted(tmp_path):
    path = write_study(tmp_path)
    size = size_of(check_tables(load_config([path])))
    assert size.scans == {"turku": 48, "aarhus": 48}
    assert size.all_scans == 96
    assert size.regions == 2
    assert size.values == 192


def test_a_size_is_kept_for_jobs_elsewhere(tmp_path):
    size = StudySize(8, {"turku": 45, "no": 7})
    write_size(tmp_path, size)
    assert read_size(tmp_path) == size
    assert read_size(tmp_path / "none").values == 0
