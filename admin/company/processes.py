"""流程 processes: the stages of one on the thread, what each needs, and what publishing does to the records in them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose

from ...core.company.named_in_records import by_stage
from ...core.company.process_publishing import definition_of, publish_process, touched_by_process
from ...core.company.publishing import Asked, Touch
from ...core.company.undoing import can_undo
from ...core.company.use import counted
from ...core.errors import ClewError, Conflict, Forbidden, Invalid, NotFound, Problem
from ...core.kinds import CompanyChange
from ...core.process.processes import Process
from ...core.schema.definitions import BAD_NAME, NAME
from ...core.schema.kind import Kind
from ..base import ConsoleView
from ..session import english, locale, origin
from .field_forms import answers_of, published_words, revision_of
from .process_forms import blank, document_of, state_of

_SHOWN_CHANGES = 8


class ProcessesView(ConsoleView):
    """流程: every process, and the page on which one is edited and published."""

    permission, group, words_ = "company", ("规则", "Rules"), ("流程", "Processes")
    icon_name = "route"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Processes", url="/processes", endpoint="processes")

    @expose("/")
    def index(self) -> str:
        """List the processes, and the kinds that have none."""
        rows = []
        for process in sorted(self.ws.processes.all(), key=lambda one: (one.kind != "lead", one.kind, one.name)):
            kind, row = self.ws.kinds.get(process.kind), definition_of(process.name)
            if kind is not None:
                rows.append(
                    (
                        process,
                        kind,
                        sum(by_stage(self.ws, process.name).values()),
                        self.plugin_title(row.plugin if row else ""),
                    )
                )
        with_one = {process.kind for process, *_ in rows}
        free = [one for one in self.ws.kinds.values() if one.data and not one.plugin and one.name not in with_one]
        return self.show("company/processes", rows=rows, free=free, **self._common())

    @expose("/new")
    def new(self) -> Any:
        """Show the page for a new process of a kind."""
        kind = self.ws.kinds.get(request.args.get("kind", ""))
        if kind is None or "stage" not in kind.columns:
            raise NotFound("没有这类记录，或者它没有阶段。", "there is no such kind, or it has no stages")
        document = blank(kind)
        taken = {process.name for process in self.ws.processes.all()}
        if document["name"] in taken:
            document["name"] += "_2"
        return self._page(document["name"], kind, document, None, None)

    @expose("/<process>/")
    def one(self, process: str) -> Any:
        """Show one process."""
        found = self._found(process)
        return self._page(process, self.ws.kinds[found.kind], dict(found.document), found, None)

    @expose("/<process>/impact", methods=["POST"])
    def impact(self, process: str) -> Any:
        """Return what publishing the document as it is would touch, as a part of the page."""
        try:
            kind = self._kind(request.form.get("kind", ""))
            found = touched_by_process(self.ws, process, kind.name, document_of(request.form))
        except (Invalid, NotFound) as error:
            problems = error.problems if isinstance(error, Invalid) else (Problem("", error.text),)
            words = [one.text.for_locale(locale()) for one in problems]
            return self.show("company/process_impact", errors=words, touched=[], **self._common())
        return self.show(
            "company/process_impact",
            errors=[],
            touched=found,
            totals=counted([one.use for one in found]),
            answers=answers_of(request.form),
            **self._common(),
        )

    @expose("/<process>/publish", methods=["POST"])
    def publish(self, process: str) -> Any:
        """Publish the document: a new process, or changes of one that is there."""
        kind = self._kind(request.form.get("kind", ""))
        present = next((one for one in self.ws.processes.all() if one.name == process), None)
        document: dict[str, Any] = dict(present.document) if present is not None else blank(kind)
        try:
            document = document_of(request.form)
            if not NAME.fullmatch(process):
                raise Invalid([Problem("name", BAD_NAME)])
            asked = Asked(origin(), revision_of(request.form), answers_of(request.form))
            change = publish_process(self.ws, process, kind.name, document, asked)
        except (Invalid, Conflict, Forbidden) as error:
            try:
                Process({**document, "name": process})
            except (LookupError, TypeError, ValueError, AttributeError):  # No page can show it.
                document = dict(present.document) if present is not None else blank(kind)
            return self._page(process, kind, document, present, error), error.status
        flash(published_words(change))
        return redirect(url_for(".one", process=process))

    # ---- Inside

    def _found(self, name: str) -> Process:
        found = next((one for one in self.ws.processes.all() if one.name == name), None)
        if found is None or found.kind not in self.ws.kinds:
            raise NotFound("没有这个流程。", "there is no such process")
        return found

    def _kind(self, name: str) -> Kind:
        kind = self.ws.kinds.get(name)
        if kind is None or "stage" not in kind.columns:
            raise NotFound("没有这类记录，或者它没有阶段。", "there is no such kind, or it has no stages")
        return kind

    def _common(self) -> dict[str, Any]:
        locale = "en" if english() else "zh"
        return {"locale": locale, "as_text": lambda text: text.for_locale(locale)}

    def _page(
        self, name: str, kind: Kind, document: dict[str, Any], present: Process | None, error: ClewError | None
    ) -> str:
        row = definition_of(name)
        touched: list[Touch] = []
        if error is not None:
            try:
                touched = touched_by_process(self.ws, name, kind.name, document)
            except Invalid:
                touched = []
        revision = request.form.get("revision") if error is not None else None
        return self.show(
            "company/process",
            name=name,
            kind=kind,
            process=present,
            plugin=self.plugin_title(row.plugin if row is not None else ""),
            revision=revision if revision is not None else (row.revision if row is not None else ""),
            state=state_of(self.ws, kind, name, document, present),
            standing=sum(by_stage(self.ws, name).values()) if present is not None else 0,
            problems=self._problems(error),
            touched=touched,
            totals=counted([one.use for one in touched]),
            answers=answers_of(request.form) if error is not None else {},
            changes=self._changes(name),
            **self._common(),
        )

    def _problems(self, error: ClewError | None) -> list[str]:
        if error is None:
            return []
        locale = "en" if english() else "zh"
        if isinstance(error, Invalid):
            return [one.text.for_locale(locale) for one in error.problems]
        return [error.text.for_locale(locale)]

    def _changes(self, name: str) -> list[tuple[CompanyChange, bool]]:
        own = (CompanyChange.subject == "process") & (CompanyChange.name == name)
        rows = CompanyChange.select().where(own).order_by(CompanyChange.id.desc()).limit(_SHOWN_CHANGES)
        return [(row, can_undo(self.ws, row)) for row in rows]
