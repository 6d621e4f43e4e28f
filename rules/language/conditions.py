"""Conditions: the tree of `all`, `any`, `not` and leaves, how it is read from a document, and its meaning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from .errors import Problems
from .operators import COMPARING, OPERATORS, compare
from .operators import holds as operator_holds
from .templates import DERIVED, key_of
from .values import FactView, Key, Value, key_for, kind_of
from .vocabulary import FieldType, Vocabulary

DEEPEST = 12
MOST_LEAVES = 200
_WORDS = ("==", "!=", "in", "not_in", "contains")
"""Operators that take any text; the others say themselves what they need."""


@dataclass(frozen=True)
class Leaf:
    """One comparison: of a fact, or (when `derived`) of a fact that another rule derives.

    It compares with `value`, or with the fact named by `than` ("derived.x" is one that a rule derives).
    """

    name: str
    op: str
    value: Any = None
    derived: bool = False
    than: str | None = None
    # Python holds 1, 1.0 and True equal; two leaves are the same only if their values are of one type.
    _typed: str = field(init=False, repr=False, default="")

    def __post_init__(self) -> None:
        object.__setattr__(self, "_typed", repr(self.value))

    @property
    def key(self) -> Key:
        """Where a view keeps the fact it looks at."""
        return key_for(self.name, self.derived)

    @property
    def than_key(self) -> Key | None:
        """Where a view keeps the fact it compares with, None when it compares with a value."""
        return None if self.than is None else key_of(self.than)

    @property
    def names(self) -> tuple[str, ...]:
        """The facts it speaks of, one or two; derived ones as "derived.<name>"."""
        own = f"{DERIVED}{self.name}" if self.derived else self.name
        return (own,) if self.than is None else (own, self.than)


@dataclass(frozen=True)
class All:
    """Holds when every item holds; without items it always holds."""

    items: tuple[Condition, ...]


@dataclass(frozen=True)
class AnyOf:
    """Holds when at least one item holds."""

    items: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """Holds when the item does not."""

    item: Condition


Condition = Leaf | All | AnyOf | Not
ALWAYS = All(())


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield every leaf, left to right."""
    if isinstance(condition, Leaf):
        yield condition
    elif isinstance(condition, Not):
        yield from leaves(condition.item)
    else:
        for item in condition.items:
            yield from leaves(item)


def flattened(condition: Condition, negated: bool = False) -> Iterator[Condition]:
    """Yield conditions that all have to hold, as small as they come."""
    if isinstance(condition, Not):
        yield from flattened(condition.item, not negated)
    elif isinstance(condition, AnyOf if negated else All):
        for item in condition.items:
            yield from flattened(item, negated)
    else:
        yield Not(condition) if negated else condition


def read(leaf: Leaf, view: FactView) -> Value | None:
    """Return what the leaf looks at, None when missing."""
    return view[leaf.key]


def wanted(leaf: Leaf, view: FactView) -> Any:
    """Return what the leaf compares with: its value, or the other fact's (None when that is missing)."""
    key = leaf.than_key
    return leaf.value if key is None else view[key]


def leaf_holds(leaf: Leaf, view: FactView) -> bool:
    """Say whether one comparison holds for these facts."""
    if leaf.than is None:
        return operator_holds(leaf.op, read(leaf, view), leaf.value, view.now)
    return compare(leaf.op, read(leaf, view), wanted(leaf, view), view.now)


def holds(condition: Condition, view: FactView) -> bool:
    """Say whether the condition holds for these facts."""
    if isinstance(condition, Leaf):
        return leaf_holds(condition, view)
    if isinstance(condition, Not):
        return not holds(condition.item, view)
    if isinstance(condition, All):
        return all(holds(item, view) for item in condition.items)
    return any(holds(item, view) for item in condition.items)


def parse_condition(document: object, path: str, problems: Problems, vocabulary: Vocabulary | None) -> Condition:
    """Read a condition; what is wrong goes to `problems` (the result is then not to be used)."""
    condition = _parse(document, path, problems, vocabulary, 1)
    count = sum(1 for _ in leaves(condition))
    if count > MOST_LEAVES:
        problems.add(
            path,
            f"条件最多 {MOST_LEAVES} 个，请拆成几条规则",
            f"has over {MOST_LEAVES} comparisons; split the rule",
            found=count,
        )
    return condition


def _parse(document: object, path: str, problems: Problems, vocabulary: Vocabulary | None, depth: int) -> Condition:
    if depth > DEEPEST:
        problems.add(path, f"嵌套超过 {DEEPEST} 层", f"is nested more than {DEEPEST} deep")
        return ALWAYS
    shapes = ("all", "any", "not", "field", "derived")
    if not isinstance(document, dict):
        problems.add(path, "条件必须是一个映射", "a condition is a mapping", found=document, allowed=shapes)
        return ALWAYS
    used = [shape for shape in shapes if shape in document]
    if len(used) != 1:
        word = str(next(iter(document), ""))
        problems.add(
            path,
            "条件必须且只能有其中一个键",
            "a condition has exactly one of these keys",
            found=list(document),
            allowed=shapes,
            word=None if used else word,
        )
        return ALWAYS
    shape = used[0]
    if shape in ("field", "derived"):
        return _leaf(document, shape, path, problems, vocabulary)
    for key in document:
        if key != shape:
            problems.add(f"{path}.{key}", f"不能与 {shape} 并列", f"can't stand beside {shape}", found=key)
    inner = document[shape]
    if shape == "not":
        return Not(_parse(inner, f"{path}.not", problems, vocabulary, depth + 1))
    if not isinstance(inner, list) or not inner:
        problems.add(f"{path}.{shape}", "需要至少一个条件的列表", "needs a list of at least one condition", found=inner)
        return ALWAYS
    items = tuple(
        _parse(item, f"{path}.{shape}[{index}]", problems, vocabulary, depth + 1) for index, item in enumerate(inner)
    )
    return All(items) if shape == "all" else AnyOf(items)


def _leaf(
    document: dict[Any, Any], shape: str, path: str, problems: Problems, vocabulary: Vocabulary | None
) -> Condition:
    keys = (shape, "op", "value", "than")
    for key in document:
        if key not in keys:
            problems.add(f"{path}.{key}", "未知的键", "is an unknown key", found=key, allowed=keys, word=str(key))
    name = document[shape]
    if not isinstance(name, str) or not name:
        problems.add(f"{path}.{shape}", "需要一个名称", "needs a name", found=name)
        return ALWAYS
    op = document.get("op")
    operator = OPERATORS.get(op) if isinstance(op, str) else None
    if operator is None:
        word = op if isinstance(op, str) else None
        problems.add(f"{path}.op", "未知的运算符", "is no operator", found=op, allowed=OPERATORS, word=word)
    if shape == "field" and vocabulary is not None and not vocabulary.knows(name):
        problems.add(
            f"{path}.field",
            "未知的字段",
            "is no known field",
            found=name,
            allowed=vocabulary.fields,
            word=name,
        )
    if operator is None:
        return ALWAYS
    if "than" in document:
        return _comparing(document, Leaf(name, operator.name, None, shape == "derived"), path, problems, vocabulary)
    value = document.get("value")
    if "value" not in document and operator.takes_value:
        problems.add(f"{path}.value", f"{op} 需要 value", f"is needed by {op}")
        return ALWAYS
    fault = operator.fault(value)
    if fault:
        problems.add(f"{path}.value", fault[0], fault[1], found=value)
        return ALWAYS
    leaf = Leaf(name, operator.name, tuple(value) if isinstance(value, list) else value, shape == "derived")
    if vocabulary is not None and leaf.op in _WORDS and _empty(leaf.value):
        problems.add(
            f"{path}.value",
            "空值不能比较；请填写要比较的值，要找没填的用 missing",
            "is empty, and nothing compares with it: give a value, or use `missing` for what was left open",
            found=leaf.value,
        )
    elif vocabulary is not None and not leaf.derived:
        _check_type(leaf, path, problems, vocabulary)
    return leaf


def _comparing(
    document: dict[Any, Any], leaf: Leaf, path: str, problems: Problems, vocabulary: Vocabulary | None
) -> Condition:
    """Read a comparison of one fact with another."""
    other = document["than"]
    if "value" in document:
        problems.add(f"{path}.value", "不能与 than 并列", "can't stand beside than", found=document["value"])
    if not isinstance(other, str) or not other.removeprefix(DERIVED):
        problems.add(f"{path}.than", "需要另一个事实的名称", "needs the name of another fact", found=other)
        return ALWAYS
    if leaf.op not in COMPARING:
        where, zh, en = f"{path}.op", "不能与另一个事实比较", "can't compare with another fact"
        problems.add(where, zh, en, found=leaf.op, allowed=COMPARING)
        return ALWAYS
    if vocabulary is None:
        return replace(leaf, than=other)
    if not other.startswith(DERIVED) and not vocabulary.knows(other):
        fields = vocabulary.fields
        problems.add(f"{path}.than", "未知的字段", "is no known field", found=other, allowed=fields, word=other)
    known, second = None if leaf.derived else vocabulary.fields.get(leaf.name), vocabulary.fields.get(other)
    kinds = ("text", "number", "bool") if leaf.op in ("==", "!=") else ("number", "datetime")
    if known is not None and known.kind not in kinds:
        zh, en = f"{leaf.name} 的类型是 {known.kind}，不能这样比较", f"does not fit {leaf.name}, of type {known.kind}"
        problems.add(f"{path}.op", zh, en, found=leaf.op)
    elif known is not None and second is not None and known.kind != second.kind:
        problems.add(
            f"{path}.than",
            f"{leaf.name} 是 {known.kind}，而 {other} 是 {second.kind}",
            f"is of type {second.kind}, and {leaf.name} of type {known.kind}",
            found=other,
        )
    return replace(leaf, than=other)


def _empty(value: object) -> bool:
    some = value if isinstance(value, list | tuple) else (value,)
    return any(isinstance(one, str) and not one.strip() for one in some)


def _check_type(leaf: Leaf, path: str, problems: Problems, vocabulary: Vocabulary) -> None:
    """Check that operator and value fit the field's type and options."""
    known = vocabulary.fields.get(leaf.name)
    if known is None:
        return
    if known.kind not in OPERATORS[leaf.op].kinds:
        problems.add(
            f"{path}.op",
            f"{leaf.name} 的类型是 {known.kind}，不能用此运算符",
            f"does not fit {leaf.name}, which is of type {known.kind}",
            found=leaf.op,
            allowed=[name for name, operator in OPERATORS.items() if known.kind in operator.kinds],
        )
        return
    if leaf.op == "between":
        wanted = "number" if known.kind == "number" else "text"
        if kind_of(leaf.value[0]) != wanted:
            problems.add(
                f"{path}.value",
                f"{leaf.name} 是 {known.kind}",
                f"{leaf.name} is of type {known.kind}",
                found=leaf.value,
            )
        return
    if leaf.op == "contains" and known.kind == "list" and known.known is not None:
        _check_known(leaf.value, known, f"{path}.value", problems)
    if leaf.op not in ("==", "!=", "in", "not_in"):
        return
    for value in leaf.value if isinstance(leaf.value, tuple) else (leaf.value,):
        if kind_of(value) != known.kind:
            problems.add(
                f"{path}.value",
                f"{leaf.name} 是 {known.kind}",
                f"{leaf.name} is of type {known.kind}",
                found=value,
            )
        elif known.options and value not in known.options:
            problems.add(
                f"{path}.value",
                f"不是 {leaf.name} 的选项",
                f"is no option of {leaf.name}",
                found=value,
                allowed=known.options,
                word=str(value),
            )
        else:
            _check_known(value, known, f"{path}.value", problems)


def _check_known(value: object, known: FieldType, path: str, problems: Problems) -> None:
    if known.known is not None and value not in known.known:
        problems.add(
            path, "没有这个名称", "is no name that is there", found=value, allowed=known.known, word=str(value)
        )
