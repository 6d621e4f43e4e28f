"""Documents go to YAML and come back the same, whatever they say; and the YAML is as people write it."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from clew.core.configuration.vocabulary import bundled_vocabulary
from clew.rules.language.dumping import dump_document, dump_pack
from clew.rules.language.yaml_source import read_yaml
from clew.rules.packs.bundled import bundled_packs
from clew.rules.packs.reading import load_pack, rules_from_document

from .building import document, leaf
from .random_rules import random_rules

ODD = [
    *("2026-01-01", "2026-03-02T09:30:00+08:00", "yes", "on", "null", "~", "=", "<<", "1e5", "0x1f", "1_000", "12:30"),
    *("- a", "a: b", "#x", " lead", "trail ", "a\n", "a\n\n b\n", "\n", "\u2028x", "\x85", "\ufeff", "\x00", "'", '"'),
    *(">=", "!=", "{a}", "[", "|", "%", "@x", "!x", "&a", "*b", "华晨精工：急", "😀", "a\tb", "\\", "---", "..."),
]
SCALARS = st.one_of(
    st.text(),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.none(),
    st.sampled_from(ODD),
)
KEYS = st.one_of(st.text(max_size=8), st.sampled_from(ODD))
TREES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=20,
)


def _exactly(value: Any) -> str:
    """Python holds 1, 1.0 and True equal; JSON text tells them apart."""
    return json.dumps(value, sort_keys=True)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["id", "title", "rules", "when", "rows", "tests", "x"]), TREES, min_size=1))
def test_nothing_is_lost_in_yaml(found: dict[str, Any]) -> None:
    for dump in (dump_document, dump_pack):
        assert _exactly(read_yaml(dump(found), "<test>")) == _exactly(found)


@pytest.mark.parametrize("seed", range(3))
def test_random_rules_come_back_as_the_same_rules(seed: int) -> None:
    for one in random_rules(random.Random(seed), 0.5):
        again = read_yaml(dump_document(one), "<test>")
        assert rules_from_document(again) == rules_from_document(one)


def test_the_bundled_packs_come_back_and_their_comments_are_the_only_loss() -> None:
    for pack in bundled_packs(bundled_vocabulary()):
        again = load_pack(dump_pack(pack.document))
        assert again.documents == pack.documents
        assert [one.id for one in again.rules] == [one.id for one in pack.rules]


def test_a_document_is_written_as_people_write_it() -> None:
    scrambled = {
        "tests": [{"expect": {"fires": True}, "facts": {"lead.budget": 5}, "event": "t", "title": "够大"}],
        "then": [{"note": {"text": "第一行\n第二行"}}],
        "when": {
            "all": [{"value": ["汽车", "精密加工"], "op": "in", "field": "lead.industry"}, leaf("lead.budget", ">=", 5)]
        },
        "valid": {"until": "2027-01-01", "from": "2026-01-01"},
        "owner": "运营部",
        "title": {"en": "Large leads", "zh": "大额线索"},
        "id": "large",
        "trigger": "t",
        "purpose": {"en": "Why", "zh": "因"},
    }
    assert (
        dump_document(scrambled)
        == """\
id: large
title: {zh: 大额线索, en: Large leads}
purpose: {zh: 因, en: Why}
owner: 运营部
valid: {from: 2026-01-01, until: 2027-01-01}
trigger: t
when:
  all:
    - {field: lead.industry, op: in, value: [汽车, 精密加工]}
    - {field: lead.budget, op: '>=', value: 5}
then:
  - note:
      text: |-
        第一行
        第二行
tests:
  - title: 够大
    event: t
    facts: {lead.budget: 5}
    expect: {fires: true}
"""
    )


def test_other_readers_of_yaml_take_it_too() -> None:
    found = document("r", leaf("f", "in", ["yes", "1", "null", "0x1f"]))
    assert yaml.safe_load(dump_document(found)) == found
