"""Every format that is read: to add one, write its module and name its reader here."""

from multipet.ingest.readers.delivery import Reader
from multipet.ingest.readers.long import LONG
from multipet.ingest.readers.wide import WIDE

#: Readers by ``format`` of a site, in the order of the manual.
READERS: dict[str, Reader] = {reader.format: reader for reader in (WIDE, LONG)}


def formats_in_words() -> str:
    """The formats with their meaning, as the schema describes them."""
    return " ".join(f"{name}: {reader.meaning}." for name, reader in READERS.items())
