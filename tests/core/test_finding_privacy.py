"""No finding of the ingest says in words whose it is: ids stand in a column that reports hide."""

import re

from places import SCRIPTS
from small_study import checks_with, people_entry, regions_with, site_entry, small_study, written

from multipet.ingest.participants import read_participants
from multipet.ingest.pooling import pool
from multipet.ingest.site_table import read_site

PACKAGE = SCRIPTS / "multipet"
# modules whose findings are made when a table is read or the sites are pooled
HEADER = (
    "participant_id;session;scanner;age;sex;bp_a;bp_b_l;bp_b_r;bp_c;note;bp_x;bp_summary;tracer;qc"
)
TURKU = (
    "qid1;1;HRRT;33,5;F;2,5;1;1;1;n;9;;PIB;1",
    "qid1;1;HRRT;33,5;F;2,5;1;1;1;n;9;;AV45;0",
    "qid2;1;hrrt;;F;;1;1;1;n;9;;PIB;1",
    "qid3;1;;40;F;0;1;1;;n;9;;AV45;0",
    "qid3;2;HRRT;41;M;900000;1;;;n;9;;PIB;1",
    "qid4;1;HRRT;;F;;;;;n;9;;AV45;0",
    "qid5;1;GE;50;F;;;;;n;9;;PIB;1",
    *(f"qid{i};1;HRRT;{i};F;2,{i};1;1;1;n;9;;AV45;0" for i in range(20, 30)),
    "qid30;1;HRRT;30;F;0,00001;1;1;1;n;9;;PIB;1",
    "qid31;1;HRRT;30;F;2,4;1;1;1;n;9;;AV45;0",
    "QID30;PRE;HRRT;30;F;2,4;1;1;1;n;9;;PIB;1",
    "QID30;pre;HRRT;30;F;2,4;1;1;1;n;9;;AV45;0",
    "QID30;PRE;HRRT;30;F;2,4;1;1;1;n;9;;PIB;1",
    "QID30;pre;HRRT;30;F;2,4;1;1;1;n;9;;AV45;0",
)
PEOPLE = ("qid1 turku 33.5", "qid1 yale 60", "qid1 yale 60", "qid2 turku 52", "qid05 turku 50")


def everything(folder):
    """Findings of a study in which as many checks as possible fire."""
    rows = [row.replace(" ", "\t") for row in ("participant_id site age", *PEOPLE, "qid9 turku 44")]
    people = people_entry(written(folder / "people.tsv", *rows))
    regions = regions_with(["a", "b", "c", "summary"], {"b": {"parts": ["b_l", "b_r"]}})
    checks = checks_with(impossible_value={"action": "note", "deviations": 1000})
    study = small_study(participants=people, regions=regions, checks=checks)
    turku = written(folder / "turku.csv", HEADER, *TURKU, encoding="utf-16")
    long = written(
        folder / "yale.csv",
        "participant_id,age,sex,region,value",
        "qid1,,F,a,2.5",
        "qid1,60,F,junk,2.5",
        "qid77,61,F,a,2.6",
        "qid77,,F,drop,2.6",
        "qid78,61,Må,a,2.6",
        encoding="cp1252",
    )
    sites = {
        "turku": site_entry(
            turku,
            select={
                "participant_id": ["QID30", *(f"qid{i}" for i in (*range(1, 6), *range(20, 31)))]
            },
            missing=["", "n"],
        ),
        "yale": site_entry(
            long,
            format="long_table",
            values={"sex": {"Må": "M"}},
            regions={"prefix": "", "suffix": "", "names": {"zz": "z"}, "ignore": ["drop"]},
            columns={"value": "value"},
        ),
    }
    participants = read_participants(study)
    tables = [read_site(name, entry, study, participants) for name, entry in sites.items()]
    pooled = pool(tables, study, participants)
    return [*(finding for table in tables for finding in table.findings), *pooled.findings]


def test_messages_and_values_hold_no_ids(tmp_path):
    findings = everything(tmp_path)
    assert {finding.participant_id for finding in findings} >= {"qid1", "qid3", "qid05, qid9"}
    for finding in findings:
        assert "qid" not in finding.message + finding.value + finding.row, finding


def test_every_finding_of_the_ingest_was_tried(tmp_path):
    """A new check must be added to the study above."""
    modules = sorted((PACKAGE / "ingest").rglob("*.py"))
    code = "".join(module.read_text(encoding="utf-8") for module in modules)
    known = set(re.findall(r'(?:notes\.finding|about_scan)\(\s*"(\w+)"', code))
    known |= set(re.findall(r'check="(\w+)"', code))
    assert len(known) > 20
    # what workbooks alone have and a site of other units cannot be had in the same study
    assert known - {finding.check for finding in everything(tmp_path)} <= {
        "first_sheet",
        "hidden_cells",
        "site_scale",
        "covariate_scale",
    }
