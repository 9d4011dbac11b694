"""The manual's table of keys is the schema's, and the demo config is right."""

import pytest
from places import ROOT

from multipet.config.loading import load_config
from multipet.config.manual import MANUAL, keys_table, manual_text

CONFIGS = [ROOT / "config" / f"{name}.yaml" for name in ("config", "minimal")]


def test_the_manual_is_up_to_date():
    text = MANUAL.read_text(encoding="utf-8")
    assert manual_text(text) == text, "run .venv/bin/python scripts/write_config_manual.py"


def test_the_table_has_nested_keys_defaults_and_choices():
    table = keys_table()
    assert "| `checks.few_levels.minimum` | `4` | integer, ≥ 2 |" in table
    assert "| `models.<name>.site` | `auto` | `auto`, `random`, `fixed`, `none` |" in table
    assert "`contrasts.<name>.combination[].weight` | required" in table


def test_lost_marks_are_told():
    with pytest.raises(ValueError, match="lacks the lines"):
        manual_text("no marks")


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_the_configs_to_copy_are_right(path):
    assert load_config([path]).values["study"]["title"]
