"""docs/rules.md tells the truth: its examples run, its tables name what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.engine.ruleset import Ruleset
from clew.rules.language.operators import OPERATORS
from clew.rules.language.schema import KEYS
from clew.rules.packs.reading import load_pack

from .building import NOW

PAGE = (Path(__file__).parents[2] / "docs" / "rules.md").read_text("utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: (\w+))?\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
EXAMPLES = [
    (pack[2], json.loads(facts[2]), json.loads(decisions[2]))
    for pack, facts, decisions in zip(BLOCKS, BLOCKS[1:], BLOCKS[2:], strict=False)
    if pack[0] == "yaml" and facts[1] == "facts" and decisions[1] == "decisions"
]


def test_every_pack_on_the_page_is_an_example_with_facts_and_decisions() -> None:
    assert len(EXAMPLES) == PAGE.count("```yaml") > 0


@pytest.mark.parametrize(("pack", "facts", "decisions"), EXAMPLES)
def test_an_example_decides_what_the_page_says(pack: str, facts: dict, decisions: list) -> None:
    ruleset = Ruleset.compile(load_pack(pack, "docs/rules.md", bundled_vocabulary()).rules)
    outcome = ruleset.evaluate(facts.pop("event"), facts, NOW)
    assert [{decision.action: decision.args} for decision in outcome.decisions] == decisions
    ruleset.close()


def test_the_python_example_runs() -> None:
    (code,) = [text for language, _, text in BLOCKS if language == "python"]
    exec(compile(code, "docs/rules.md", "exec"), {})


def test_every_word_of_the_language_is_documented() -> None:
    words = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", PAGE, flags=re.MULTILINE | re.DOTALL))
    vocabulary = bundled_vocabulary()
    arguments = {argument for action in vocabulary.actions.values() for argument in action.args}
    rows = {name for collection in vocabulary.collections.values() for name in collection.fields}
    keys = {*KEYS, *vocabulary.collections, *rows}
    wanted = {*OPERATORS, *vocabulary.fields, *vocabulary.triggers, *vocabulary.actions, *arguments, *keys}
    assert wanted - set(words) == set()
