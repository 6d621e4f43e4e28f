"""An import in words: its columns, its rows, what became of them; personal data masked as on every page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from ...core.access.masking import masked_value
from ...core.intake.batches.existing import EMPTY
from ...core.intake.batches.keeping import Draft
from ...core.intake.batches.mending import MENDED, Wrong, can_be_mended
from ...core.intake.batches.overwriting import Differing, is_ticked
from ...core.intake.batches.questions import Question
from ...core.intake.importing.readings import read_number
from ...core.intake.importing.targets import Target
from ...core.schema.fields import Field
from ...core.storage.system_tables import ImportRow
from ...core.workspace import Workspace
from ...hooks.text import Text, n_of
from .. import words
from ..session import english, locale, t

MISSING = "—"
_SAMPLES, _MOST_COLUMNS, _LONGEST = 3, 6, 40
PLANS: Mapping[str, tuple[Text, str, str]] = {
    "new": (Text("新增", "New"), "blue", "plus"),
    "fill": (Text("补空", "Filled in"), "done", "pencil"),
    "differ": (Text("有不同", "Differs"), "risk", "pencil"),
    "same": (Text("一样", "Same"), "", "minus"),
    "refused": (Text("退回", "Refused"), "late", "x"),
    "asked": (Text("等你回答", "Asks you"), "risk", "alert-triangle"),
}
STATES: Mapping[str, tuple[Text, str, str]] = {
    "created": (Text("已新增", "Made"), "done", "plus"),
    "changed": (Text("已更新", "Updated"), "done", "pencil"),
    "same": (Text("没有变化", "No change"), "", "minus"),
    "refused": (Text("退回", "Refused"), "late", "x"),
    "": (Text("没有导入", "Not done"), "risk", "clock"),
    "undone": (Text("已撤销", "Taken back"), "done", "refresh"),
    "kept": (Text("保留", "Kept"), "risk", "lock"),
}
BATCHES: Mapping[str, tuple[Text, str]] = {
    "draft": (Text("没有提交", "Not sent yet"), "risk"),
    "queued": (Text("排队中", "Queued"), "blue"),
    "running": (Text("导入中", "Coming in"), "blue"),
    "done": (Text("已导入", "In"), "done"),
    "stopped": (Text("停下了", "Stopped"), "risk"),
    "failed": (Text("没有跑完", "Failed"), "late"),
    "undoing": (Text("撤销中", "Being taken back"), "blue"),
    "undone": (Text("已撤销", "Taken back"), ""),
}
MATCHED: Mapping[str, Text] = {
    "external_id": Text("编号相同", "same id"),
    "credit_code": Text("信用代码相同", "same credit code"),
    "phone": Text("手机相同", "same phone"),
    "email": Text("邮箱相同", "same e-mail"),
    "name": Text("名称相同", "same name"),
}


@dataclass(frozen=True)
class ColumnWords:
    """One column of the file: where it stands, some of its cells, what it becomes and why, how it is read."""

    letter: str
    name: str
    samples: str
    chosen: str
    reason: str
    reads: str
    tone: str
    amount: bool
    tens: bool


@dataclass(frozen=True)
class Cell:
    """What a row has of a field: its value, or before and after where the record is there already."""

    text: str
    before: str = ""
    way: str = ""
    name: str = ""
    label: str = ""


@dataclass(frozen=True)
class RowWords:
    """One row of the preview or the result."""

    line: int
    title: str
    matched: str
    chip: tuple[str, str, str]
    why: str
    cells: Sequence[Cell] = field(default_factory=tuple)
    path: str = ""
    differing: Sequence[Cell] = field(default_factory=tuple)
    """What the file says otherwise, of all its fields."""
    may_mend: bool = False
    mended: bool = False


class Fields:
    """The fields that the rows of a file may fill, by our names, and their values in words."""

    def __init__(self, ws: Workspace, goal: Target) -> None:
        self.ws = ws
        every = {one.name: one for one in ws.kinds.of(goal.kind)}
        labelled = dict(goal.labelled())
        self.known: dict[str, Field] = {
            name: labelled.get(name) or every[name] for name in goal.fields() if name in labelled or name in every
        }
        first = [name for group in goal.needed() for name in group]
        self.ordered = [*first, *sorted((one for one in self.known if one not in first), key=self.label)]

    def label(self, name: str) -> str:
        """Return what a field is called."""
        return self.known[name].label.for_locale(locale()) if name in self.known else name

    def text(self, name: str, value: Any) -> str:
        """Return a value as this page shows it: masked, in the words of its options, amounts in 万."""
        here = self.known.get(name)
        if value in EMPTY:
            return MISSING
        if here is None:
            return str(value)
        value = masked_value(here, value)
        if isinstance(value, list):
            return t("、", ", ").join(here.words(str(one), locale()) for one in value)
        if here.options:
            return here.words(str(value), locale())
        try:
            if here.type == "money":
                return words.wan(Decimal(str(value).replace(",", "")), english())
            if here.type == "moment":
                return self._moment(datetime.fromisoformat(str(value)))
        except (ArithmeticError, ValueError):
            pass  # As the file has it: it may be none.
        text = str(value)
        return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

    def _moment(self, moment: datetime) -> str:
        zone = self.ws.settings.zone
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return words.moment(moment, self.ws.clock.now(), zone, english())


def columns_of(draft: Draft, fields: Fields, questions: Sequence[Question]) -> list[ColumnWords]:
    """Return the columns of a draft's file in words."""
    open_ones = {one.column: one for one in questions if one.waits and one.column}
    found = []
    for number, name in enumerate(draft.table.columns):
        spec = draft.columns.get(name, {})
        chosen = spec.get("field", "")
        cells = [row.cells[name] for row in draft.table.rows if row.cells[name]]
        here = fields.known.get(chosen)
        shown = [masked_value(here, one) if here is not None else one for one in dict.fromkeys(cells)]
        reads, tone = _reads(draft, name, cells, open_ones.get(name))
        why = draft.reasons.get(name)
        found.append(
            ColumnWords(
                _letters(number),
                name,
                t("、", ", ").join(str(one)[:_LONGEST] for one in shown[:_SAMPLES]) or MISSING,
                chosen,
                why.for_locale(locale()) if why is not None and chosen else "",
                reads,
                tone,
                here is not None and here.type == "money",
                spec.get("times", 1) != 1,
            )
        )
    return found


def _reads(draft: Draft, name: str, cells: Sequence[str], question: Question | None) -> tuple[str, str]:
    spec = draft.asked.columns.get(name, {})
    if not spec.get("field"):
        return t("不导入", "left out"), "muted"
    if question is not None:
        rows = question.rows
        return t(f"{rows} 行要问你", f"{n_of(rows, 'row')} to answer"), "risk"
    empty = len(draft.table.rows) - len(cells)
    said = t(f"{len(cells)} 行", n_of(len(cells), "row")) + (
        t(f"；{empty} 行空着", f"; {empty} empty") if empty else ""
    )
    if spec.get("times", 1) != 1 and cells:
        read = read_number(cells[0], spec.get("number", ""), spec["times"])
        said = t(f"按万读：{cells[0]} → {_grouped(read)}", f"in 10,000s: {cells[0]} → {_grouped(read)}")
    elif spec.get("date") in ("mdy", "dmy"):
        said += t("，月/日/年", ", month/day/year") if spec["date"] == "mdy" else t("，日/月/年", ", day/month/year")
    elif spec.get("map"):
        count = len(spec["map"])
        said += t(f"，{count} 种写法已说明", f", {count} spellings explained")
    return said, "done"


def shown_columns(draft_fields: Sequence[str], fields: Fields, title: Sequence[str]) -> list[str]:
    """Return the fields that the preview has columns for: as many as fit, what titles the row not among them."""
    return [name for name in draft_fields if name in fields.known and name not in title][:_MOST_COLUMNS]


def row_words(
    row: ImportRow,
    fields: Fields,
    columns: Sequence[str],
    document: Mapping[str, Any],
    *,
    ended: bool,
    path: str = "",
) -> RowWords:
    """Return a row in words: what is planned, or what became of it. `document` is that of its import."""
    text, tone, mark = STATES.get(row.state, STATES[""]) if ended else PLANS[row.plan]
    why = row.en if english() else row.zh
    matched = MATCHED.get(row.matched)
    planned = not ended and row.plan == "differ"
    return RowWords(
        row.line,
        row.title or MISSING,
        matched.for_locale(locale()) if matched else "",
        (text.for_locale(locale()), tone, mark),
        why,
        [_cell(row, fields, name, document) for name in columns],
        path,
        [
            _cell(row, fields, name, document)
            for name, (before, _) in row.differences.items()
            if planned and before not in EMPTY
        ],
        not ended and can_be_mended(document, row),
        str(row.line) in document.get(MENDED, {}),
    )


@dataclass(frozen=True)
class Typed:
    """A cell of a row that is mended: its column, what stands there, what is wrong with it and what was meant likely."""

    number: int
    column: str
    label: str
    text: str
    wrong: str = ""
    likely: str = ""


def typed_cells(draft: Draft, fields: Fields, line: int, wrong: Mapping[str, Wrong], *, own: bool) -> list[Typed]:
    """Return the cells of a row that something is made of, those that are wrong first.

    What is masked and not wrong is left out unless the file is one's `own`.
    """
    row = next((one for one in draft.table.rows if one.line == line), None)
    found = []
    for number, column in enumerate(draft.table.columns if row is not None else ()):
        name = draft.asked.columns.get(column, {}).get("field", "")
        if row is None or not name:
            continue
        here = wrong.get(column)
        known, text = fields.known.get(name), row.cells[column]
        if here is None and not own and known is not None and masked_value(known, text) != text:
            continue
        why = here.why.for_locale(locale()) if here else ""
        found.append(Typed(number, column, fields.label(name), text, why, here.likely if here else ""))
    return sorted(found, key=lambda one: not one.wrong)


def _cell(row: ImportRow, fields: Fields, name: str, document: Mapping[str, Any]) -> Cell:
    if name in row.differences:
        before, after = row.differences[name]
        over = is_ticked(document, row.line, name, (before, after))
        way = "fill" if before in EMPTY else "over" if over else "left"
        return Cell(fields.text(name, after), fields.text(name, before), way, name, fields.label(name))
    value = row.values.get(name)
    return Cell(fields.text(name, value), way="same" if row.record_id and value not in EMPTY else "")


def told_ticks(found: Mapping[str, Differing]) -> str:
    """Return how many values the file's take the place of, and how many stay; empty if none differs."""
    values, over = (sum(getattr(one, name) for one in found.values()) for name in ("values", "over"))
    if not values:
        return ""
    left = values - over
    return t(f"{values} 处不同：覆盖 {over}，留着 {left}", f"{values} differ: {over} overwritten, {left} stay")


def told_field(one: Differing) -> str:
    """Return the same of one field."""
    rows = n_of(one.values, "row")
    return t(f"{one.values} 行不同，覆盖 {one.over}", f"differs in {rows}, {one.over} overwritten")


def _letters(number: int) -> str:
    found = ""
    number += 1
    while number:
        number, rest = divmod(number - 1, 26)
        found = chr(65 + rest) + found
    return found


def _grouped(text: str) -> str:
    try:
        return f"¥{Decimal(text):,f}"
    except ArithmeticError:
        return text
