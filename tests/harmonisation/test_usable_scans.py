"""People of the usable scans."""

import numpy as np
import pandas as pd
import pytest

from multipet.core.problems import UserError
from multipet.harmonisation.scan_values import subject_codes

TABLE = pd.DataFrame({"id": ["b", "a", "b", "c"], "gap": ["x", None, "", "y"]})


def test_codes_are_of_the_usable_scans():
    usable = np.array([True, False, True, True])
    assert subject_codes(TABLE, "id", usable).tolist() == [0, 0, 1]
    assert subject_codes(TABLE, None, usable) is None


@pytest.mark.parametrize(
    ("column", "message"),
    [
        ("idd", 'subject: no column "idd"; did you mean "id"?'),
        ("gap", 'subject: column "gap" has no label in 2 scans: rows 3, 4; say whose they are'),
    ],
)
def test_mistakes_are_said(column, message):
    with pytest.raises(UserError) as caught:
        subject_codes(TABLE, column, np.ones(4, bool))
    assert str(caught.value) == message
