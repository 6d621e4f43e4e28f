"""A file kept on the server while it is asked about: taken in, mapped, answered, ticked, checked; one batch each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ....hooks.text import Text
from ...access.policy import may, require
from ...errors import Conflict, Invalid, NotFound, Problem
from ...journal.origin import Actor
from ...storage.database import write_transaction
from ...storage.ids import new_id
from ...storage.queries import Query
from ...storage.system_tables import ImportBatch, ImportMapping, ImportRow
from ...workspace import Workspace
from ..importing.extent import BadFile
from ..importing.mapping import BadMapping, Source, parse_mapping
from ..importing.tables import Table, read_table
from ..importing.targets import OUTCOME, Target, target, target_names
from .existing import NEW, UPDATE
from .mending import MENDED, Wrong, typed_in, with_mended, wrong_cells
from .overwriting import tick_fields
from .questions import Asked, ask
from .suggesting import Columns, suggest

ENDINGS = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
MOST_BYTES, MOST_ROWS = 10 * 1024 * 1024, 5_000
_LONGEST_NAME = 80
_SPEC = ("date", "number", "times")


@dataclass
class Draft:
    """A batch with its file read: the table, what may become of its rows, what was asked and what is said so far."""

    row: ImportBatch
    table: Table
    goal: Target
    asked: Asked

    @property
    def columns(self) -> Columns:
        """What was chosen for each column."""
        return dict(self.row.document.get("columns", {}))

    @property
    def reasons(self) -> Mapping[str, Text]:
        """Why each column was suggested as it was."""
        return {name: Text(*words) for name, words in self.row.document.get("reasons", {}).items()}

    def source(self, ws: Workspace) -> Source:
        """Return the mapping as the importer takes it. Raises BadMapping."""
        given: dict[str, Any] = {}
        for column, spec in self.asked.columns.items():
            if name := spec.get("field", ""):
                if name in given:
                    words = Text(f"两列都对应「{name}」", f"two columns are “{name}”")
                    raise BadMapping([words])
                meant = {**spec.get("map", {}), **spec.get("once", {})}
                read = {key: spec[key] for key in _SPEC if spec.get(key)}
                given[name] = {"column": column, **read, **({"map": meant} if meant else {})}
        missing = [group for group in self.goal.needed() if not {*group} & given.keys()]
        if missing or not given:
            labels = {name: one.label for name, one in self.goal.labelled()}
            groups = missing or [tuple(labels)[:1]]
            wanted = [labels.get(name, Text(name, name)) for name in groups[0]]
            zh, en = "或".join(f"「{one.zh}」" for one in wanted), " or ".join(f"“{one.en}”" for one in wanted)
            raise BadMapping([Text(f"请先选好哪一列是{zh}", f"say which column is {en}")])
        document: dict[str, Any] = {"columns": given}
        if "external_id" in given:
            document["key"] = given["external_id"]["column"]
        return parse_mapping(ws, document, self.row.file_name, self.goal.name).sources[0]


def kinds_of(ws: Workspace) -> tuple[str, ...]:
    """Return what the rows of a file may become in the console: leads first."""
    return tuple(name for name in target_names(ws) if name != OUTCOME)


def begin(ws: Workspace, actor: Actor, name: str, data: bytes, kind: str = "lead") -> ImportBatch:
    """Keep a file, with the mapping that is suggested for it. Raises Forbidden, BadFile, NotFound."""
    require(actor, "import")
    if kind not in kinds_of(ws):
        raise NotFound("不能导入这种记录。", f"{kind!r} can't be imported")
    name = Path(name.replace("\\", "/")).name[-200:] or "import.csv"
    if len(data) > MOST_BYTES:
        raise BadFile("文件超过 10 MB；请分成几份，或用命令 clew import。", "over 10 MB: split it, or use clew import")
    table = _read(name, data)
    if len(table.rows) > MOST_ROWS:
        raise BadFile(
            f"有 {len(table.rows):,} 行，一次最多 {MOST_ROWS:,} 行；请分成几份，或用命令 clew import。",
            f"{len(table.rows):,} rows, {MOST_ROWS:,} at most at once: split the file, or use clew import",
        )
    now = ws.clock.now()
    found = suggest(ws, target(ws, kind), table)
    document = {
        "headings": list(table.columns),
        "columns": found.columns,
        "reasons": {column: [words.zh, words.en] for column, words in found.reasons.items()},
        "template": found.template,
        "answers": {},
        "ticks": [],
    }
    with write_transaction():
        row: ImportBatch = ImportBatch.create(
            id=new_id(now),
            user_id=actor.id,
            user_name=actor.name,
            file_name=name,
            file=data,
            kind=kind,
            document=document,
            total=len(table.rows),
            due_at=now,
            created_at=now,
        )
    return row


def batches(actor: Actor) -> Query:
    """Return the imports that somebody sees: their own, and all for who sees every record; none with its file.

    What is compared with records is what the sender sees of them, and a file may be of 10 MB.
    """
    query = ImportBatch.select(*(one for one in ImportBatch._meta.sorted_fields if one.name != "file"))
    return query if may(actor, "see:all") else query.where(ImportBatch.user_id == actor.id)


def batch_of(actor: Actor, batch_id: str) -> ImportBatch:
    """Return an import, without its file. Raises Forbidden, NotFound."""
    require(actor, "import")
    row: ImportBatch | None = batches(actor).where(ImportBatch.id == batch_id).first()
    if row is None:
        raise NotFound("没有这次导入。", f"no import {batch_id}")
    return row


def draft_of(ws: Workspace, actor: Actor, batch_id: str) -> Draft:
    """Return an import that has not begun, its file read. Raises Forbidden, NotFound, Conflict."""
    row = batch_of(actor, batch_id)
    if row.state != "draft":
        raise Conflict("这次导入已经开始，不能再改。", "this import has begun: it can't be changed any more")
    file = ImportBatch.select(ImportBatch.file).where(ImportBatch.id == batch_id).scalar()
    table = with_mended(_read(row.file_name, bytes(file)), row.document.get(MENDED, {}))
    goal = target(ws, row.kind)
    return Draft(row, table, goal, ask(ws, goal, table, row.document["columns"], row.document["answers"]))


def choose(draft: Draft, fields: Mapping[str, str], tens: Mapping[str, bool]) -> None:
    """Say which column is which field ("" : left out), and whether its amounts are counted in 万."""
    columns = draft.columns
    for column in draft.table.columns:
        if column not in fields:
            continue
        chosen, was = fields[column], columns.get(column, {})
        if chosen and chosen not in draft.goal.fields():
            raise NotFound("没有这个字段。", f"no field {chosen!r}")
        spec: dict[str, Any] = dict(was) if chosen == was.get("field", "") else {"field": chosen}
        spec.pop("times", None)
        if tens.get(column):
            spec["times"] = 10_000
        columns[column] = spec
    _keep(draft.row, columns=columns, checked=None)


def answer(draft: Draft, question: str, value: str) -> None:
    """Answer a question; an empty value takes the answer back."""
    answers = {**draft.row.document.get("answers", {}), question: value}
    _keep(draft.row, answers={name: one for name, one in answers.items() if one}, checked=None)


def tick(draft: Draft, fields: Sequence[str]) -> None:
    """Say which fields of records that are there get the file's values in the place of their own."""
    tick_fields(draft.row, sorted(set(fields) & draft.goal.fields()))


def mend(draft: Draft, line: int, cells: Mapping[str, str]) -> None:
    """Put what was typed in the place of cells of a row that can't come in. Raises NotFound, Conflict."""
    of_line = (ImportRow.batch_id == draft.row.id) & (ImportRow.line == line)
    row = ImportRow.select(ImportRow.line, ImportRow.plan).where(of_line).first()
    if row is None:
        raise NotFound("没有这一行。", f"no line {line}")
    _keep(draft.row, mended=typed_in(draft.row.document, draft.table, row, cells), checked=None)


def wrong_of(ws: Workspace, draft: Draft, line: int) -> Mapping[str, Wrong]:
    """Return what is wrong with each column of a row; empty if that can't be told by column."""
    try:
        source = draft.source(ws)
    except BadMapping:
        return {}
    return wrong_cells(ws, draft.goal, draft.table, source, draft.asked.columns, line)


def keep_mapping(ws: Workspace, draft: Draft, name: str) -> None:
    """Keep the mapping, with what was answered, under a name; files of the same headings are suggested it."""
    name = name.strip()
    if not name or len(name) > _LONGEST_NAME:
        words = Text(
            f"请给模板起名，最多 {_LONGEST_NAME} 个字", f"give it a name of at most {_LONGEST_NAME} characters"
        )
        raise Invalid([Problem("name", words)])
    values = {
        "kind": draft.goal.name,
        "headings": list(draft.table.columns),
        "document": {
            column: {key: value for key, value in spec.items() if key != "once"}
            for column, spec in draft.asked.columns.items()
        },
        "user_name": draft.row.user_name,
        "updated_at": ws.clock.now(),
    }
    with write_transaction():
        ImportMapping.insert(name=name, **values).on_conflict(
            conflict_target=[ImportMapping.name],
            update={getattr(ImportMapping, key): value for key, value in values.items()},
        ).execute()
    _keep(draft.row, template=name)


def remember(draft: Draft, checked: Mapping[str, Any]) -> None:
    """Keep what was found by checking the draft as it stands, so that its pages need not do that again."""
    _keep(draft.row, checked=dict(checked))


def drop(draft: Draft) -> None:
    """Drop a file that has not come in."""
    with write_transaction():
        ImportRow.delete().where(ImportRow.batch_id == draft.row.id).execute()
        ImportBatch.delete().where((ImportBatch.id == draft.row.id) & (ImportBatch.state == "draft")).execute()


def update_or_new(draft: Draft) -> str:
    """Return what was said of rows whose customer has an open lead; empty if nobody said."""
    said = draft.row.document.get("answers", {}).get("open", "")
    return said if said in (UPDATE, NEW) else ""


def _keep(row: ImportBatch, **more: Any) -> None:
    document = {**row.document, **more}
    with write_transaction():
        ImportBatch.update(document=document).where(
            (ImportBatch.id == row.id) & (ImportBatch.state == "draft")
        ).execute()
    row.document = document


def _read(name: str, data: bytes) -> Table:
    if Path(name).suffix.lower() not in ENDINGS:
        raise BadFile(
            f"「{name}」读不了；请用 {'、'.join(ENDINGS)}", f"{name} can't be read: use one of {', '.join(ENDINGS)}"
        )
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"file{Path(name).suffix.lower()}"
        path.write_bytes(data)
        try:
            found = read_table(path)
        except BadFile as error:
            raise BadFile(error.text.zh.replace(path.name, name), error.text.en.replace(path.name, name)) from None
    return replace(found, path=Path(name))
