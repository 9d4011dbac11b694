"""A part of a document between two marks."""

import pytest

from multipet.core.marked_text import Marks, between_marks

MARKS = Marks("<begin>", "<end>")


def test_only_the_part_changes():
    assert between_marks("a <begin>old<end> b", MARKS, "new") == "a <begin>\n\nnew\n<end> b"


@pytest.mark.parametrize("document", ["", "a <begin> b", "a <end> b"])
def test_lost_marks_are_told(document):
    with pytest.raises(ValueError, match="lacks the lines"):
        between_marks(document, MARKS, "new")
