"""Mappings are read strictly; all that is wrong is said at once, with what was probably meant."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from clew.core.intake.importing.mapping import BadMapping, guess_mapping, parse_mapping, read_mapping, source_for
from clew.core.intake.importing.tables import read_table
from clew.core.workspace import Workspace

WRONG = """
colums: {}
as: laed
columns:
  compnay: Name
  phone: {column: Tel, maps: {}}
  budget: {map: {a: b}}
  source: {column: Origin, format: no place}
constants: {source: exhibitoin}
until: someday
"""


def test_every_problem_is_named_at_once_with_what_was_meant(ws: Workspace) -> None:
    with pytest.raises(BadMapping) as caught:
        parse_mapping(ws, yaml.safe_load(WRONG), "map.yaml")
    said = "\n".join(problem.en for problem in caught.value.problems)
    for part in (
        "map.yaml: colums is an unknown key; did you mean 'columns'?",
        "map.yaml: as can't be 'laed'; did you mean 'lead'?",
        "columns.compnay no field 'compnay'; did you mean 'company'?",
        "columns.phone.maps is an unknown key; did you mean 'map'?",
        "columns.budget should be a column",
        "columns.source.format should hold {value}",
        "constants.source “Source” no option 'exhibitoin'; did you mean 'exhibition'?",
        "constants.source stands in columns too",
        "until “Received” 'someday' is not a time",
    ):
        assert part in said


@pytest.mark.parametrize("document", [None, [], "text", {"columns": []}, {"sources": {}}, {"sources": ["x"]}])
def test_documents_of_the_wrong_shape_are_refused(ws: Workspace, document: object) -> None:
    with pytest.raises(BadMapping):
        parse_mapping(ws, document)


def test_outcomes_need_a_key_and_an_outcome(ws: Workspace) -> None:
    with pytest.raises(BadMapping) as caught:
        parse_mapping(ws, {"as": "outcome", "columns": {"closed_at": "won"}})
    assert "key" in caught.value.text.en
    assert "outcome" in caught.value.text.en


def test_columns_that_the_file_lacks_are_named(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("Company name,Tel\na,1\n", encoding="utf-8")
    mapping = parse_mapping(ws, {"columns": {"company": "Company nmae", "phone": "Tel"}, "key": "Number"})
    with pytest.raises(BadMapping) as caught:
        source_for(mapping, read_table(path))
    assert len(caught.value.problems) == 2
    assert "no column 'Company nmae'; did you mean 'Company name'?" in caught.value.text.en


def test_a_column_is_translated_shortened_and_put_into_words(ws: Workspace) -> None:
    spec = {
        "column": "c",
        "lower": True,
        "map": {"abcdef": "123456"},
        "first": 3,
        "format": "no. {value}",
        "default": "?",
    }
    (source,) = parse_mapping(ws, {"columns": {"company": spec}}).sources
    assert source.values({"c": "ABCDEF"}) == {"company": "no. 123"}
    assert source.values({"c": ""}) == {"company": "?"}


def test_without_a_mapping_headings_are_our_names_or_words(ws: Workspace, tmp_path: Path) -> None:
    path = tmp_path / "leads.csv"
    path.write_text("公司名称,Phone,预算,source,心情\n恒锐,13812345678,10,展会,好\n", encoding="utf-8")
    guessed, unknown = guess_mapping(ws, read_table(path))
    assert {name: column.column for name, column in guessed.sources[0].columns.items()} == {
        "company": "公司名称",
        "phone": "Phone",
        "budget": "预算",
        "source": "source",
    }
    assert unknown == ("心情",)


def test_a_missing_mapping_is_named(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(BadMapping, match=r"can't read the mapping"):
        read_mapping(ws, tmp_path / "nowhere.yaml")


def test_the_mappings_in_the_documentation_and_the_bundled_one_hold(ws: Workspace) -> None:
    page = (Path(__file__).parents[2] / "docs" / "import.md").read_text(encoding="utf-8")
    examples = re.findall(r"```yaml mapping\n(.*?)```", page, re.DOTALL)
    assert [len(parse_mapping(ws, yaml.safe_load(text)).sources) for text in examples] == [1, 2]
    assert [source.kind for source in read_mapping(ws, Path("olist")).sources] == ["lead", "outcome"]
