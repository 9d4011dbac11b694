"""Bring the table of keys in config/README.md up to date with the schema of the config."""

from multipet.config.manual import MANUAL, manual_text
from multipet.core.files import write_text_if_changed

if __name__ == "__main__":
    write_text_if_changed(MANUAL, manual_text(MANUAL.read_text(encoding="utf-8")))
