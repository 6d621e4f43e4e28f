"""The pages of every kind of record under /records/<kind>/: one blueprint, and a ModelView for each kind in force."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, flash, g, json, redirect, request, url_for
from flask_admin import Admin, expose

from ...core.access import policy as access
from ...core.access.owners import candidates, given_to
from ...core.configuration.configuration import Configuration
from ...core.errors import ClewError, Conflict, Invalid, NotFound
from ...core.intake.merging import merged_meanwhile, standing
from ...core.intake.numbers import next_number
from ...core.schema.fields import Field
from ...core.storage.ids import new_id
from ..addresses import local
from ..base import ConsoleView
from ..session import english, locale, origin, t
from . import bulk_pages, forms
from .export import TYPES
from .export_pages import send_list
from .forms import Raw
from .model_view import RecordModelView
from .record_page import parts_of
from .saved_pages import do_view
from .served import is_id, record_path, require_write, served
from .special import SPECIAL
from .typed_moves import check_typed
from .ways import needed_here


class RecordsView(ConsoleView):
    """Hands each request to the ModelView of the kind that its address names.

    Kinds come and go while the server runs, and Flask takes no blueprint after its first request: so this one has
    the kind in its address, and the views are made when they are asked for, anew with each configuration.
    """

    in_rail = False

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Records", url="/records/<kind>", endpoint="records")
        self._views: dict[str, tuple[Configuration, RecordModelView]] = {}

    def create_blueprint(self, admin: Admin) -> Any:
        """Return the blueprint; the kind is taken out of its addresses, and put into those made on its pages."""
        blueprint = super().create_blueprint(admin)

        @blueprint.url_value_preprocessor
        def take(_endpoint: str | None, values: dict[str, Any] | None) -> None:
            g.record_kind = (values or {}).pop("kind", "")

        @blueprint.url_defaults
        def put(_endpoint: str, values: dict[str, Any]) -> None:
            values.setdefault("kind", g.get("record_kind", ""))

        return blueprint

    def view_of(self, name: str) -> RecordModelView:
        """Return the view of a kind in the configuration in force. Raises NotFound or Forbidden."""
        kind, now = served(self.ws, name), self.ws.configuration
        made_for, view = self._views.get(name, (None, None))
        if view is None or made_for is not now:
            view = self.make(kind)
            view.admin, view.blueprint = self.admin, self.blueprint
            self._views[name] = (now, view)
        if not view.is_accessible():
            view.inaccessible_callback(name)
        return view

    def make(self, kind: Any) -> RecordModelView:
        """Return a new view of a kind."""
        return SPECIAL.get(kind.name, RecordModelView)(self.ws, kind)

    def _here(self) -> RecordModelView:
        return self.view_of(g.record_kind)

    def _record(self, view: RecordModelView, record_id: str) -> Any:
        record = view.get_one(record_id) if is_id(record_id) else None
        if record is None and is_id(record_id):
            record = standing(self.ws.kinds, self.actor, view.kind, record_id)
        if record is None:
            zh, en = view.kind.title.zh, view.kind.title.en.lower()
            raise NotFound(f"没有这条{zh}，或者它归别的团队。", f"no such {en}, or it belongs to another team")
        view.prepare([record])
        return record

    # ---- List

    @expose("/")
    def index(self) -> Any:
        """List the records the viewer may see."""
        return self._here().index_view()

    @expose("/export.<export_type>")
    def export(self, export_type: str) -> Response:
        """Return the rows of a list as a file."""
        view = self._here()
        if export_type not in TYPES:
            raise NotFound("没有这种文件格式；可选：csv、xlsx。", "no such format; there are csv and xlsx")
        return send_list(view, export_type)

    @expose("/bulk", methods=["POST"])
    def bulk(self) -> Any:
        """Show what a bulk action would do, do it, or send the chosen rows as a file."""
        return bulk_pages.do_bulk(self._here())

    @expose("/bulk/")
    def batches(self) -> Any:
        """List the viewer's bulk actions on records of this kind."""
        return bulk_pages.list_batches(self._here())

    @expose("/bulk/<batch_id>")
    def batch(self, batch_id: str) -> Any:
        """Show what came of a bulk action."""
        return bulk_pages.show_batch(self._here(), batch_id)

    @expose("/bulk/<batch_id>/run", methods=["POST"])
    def run_batch(self, batch_id: str) -> Any:
        """Go on with a bulk action, or with taking it back."""
        return bulk_pages.run_batch(self._here(), batch_id)

    @expose("/bulk/<batch_id>/stop", methods=["POST"])
    def stop_batch(self, batch_id: str) -> Any:
        """Stop a bulk action; what is done stands."""
        return bulk_pages.stop_batch(self._here(), batch_id)

    @expose("/bulk/<batch_id>/progress")
    def batch_progress(self, batch_id: str) -> Response:
        """Return how far a bulk action is."""
        return bulk_pages.progress(self._here(), batch_id)

    @expose("/bulk/<batch_id>/undo", methods=["POST"])
    def undo_batch(self, batch_id: str) -> Any:
        """Take a bulk action back."""
        return bulk_pages.undo_batch(self._here(), batch_id)

    @expose("/views", methods=["POST"])
    def views(self) -> Any:
        """Save a view of the list, or change one."""
        return do_view(self._here())

    @expose("/names")
    def names(self) -> Response:
        """Return records that a reference may lead to, by what is typed: their ids and what they are called."""
        view = self._here()
        loader = view._form_ajax_refs.get(request.args.get("name", ""))
        if loader is None or not view.can_create:
            raise NotFound("没有这个字段。", "no such field")
        found = [loader.format(one) for one in loader.get_list(request.args.get("query", "")[:100])]
        return Response(json.dumps(found), mimetype="application/json")

    # ---- One record

    @expose("/new", methods=["GET", "POST"])
    def new(self) -> Any:
        """Make a record."""
        view = self._here()
        if view.kind.name == "lead":  # Taken in, so that its customer is found again.
            return redirect(url_for("leads.new"))
        require_write(self.actor, view.kind)
        if not view.can_create:
            raise NotFound("这类记录不在这里新建。", "records of this kind are not made here")
        fields = forms.created_with(view.kind)
        if request.method == "POST":
            form = view.create_form()
            try:
                record = view.create_model(form)
            except (Invalid, Conflict) as error:
                return self._form(view, fields, None, error)
            flash(t(f"{view.kind.title.zh}已保存", f"{view.kind.title.en} saved"))
            return redirect(self._after(view, record))
        return self._form(view, fields, None, None)

    @expose("/<record_id>")
    def one(self, record_id: str) -> Any:
        """Show one record."""
        view = self._here()
        path = record_path(view.kind, record_id)
        record = self._record(view, record_id)
        if record.id != record_id:
            return redirect(record_path(view.kind, record.id))
        if path != request.path:
            return redirect(path)
        shown = [one for one in view.fields.values() if one.name not in ("stage", "locked")]
        locale = "en" if english() else "zh"
        facts = [
            (
                title.for_locale(locale),
                [(view.label(one), view.get_detail_value(None, record, one.name)) for one in some],
            )
            for title, some in view.kind.grouped(shown)
        ]
        people = candidates(view.kind) if view.kind.owner else []
        return view.show("record", facts=facts, people=people, **parts_of(view, record))

    @expose("/<record_id>/edit", methods=["GET", "POST"])
    def edit(self, record_id: str) -> Any:
        """Change a record."""
        view = self._here()
        record = self._record(view, record_id)
        require_write(self.actor, view.kind)
        fields = forms.edited_with(view.kind)
        if record.id != record_id and request.method == "GET":
            return redirect(f"{view.base_url}{record.id}/edit")
        if request.method == "POST":
            form = view.edit_form()
            try:
                if record.id != record_id:
                    raise merged_meanwhile(self.ws.kinds, self.actor, view.kind, record)
                view.update_model(form, record)
            except (Invalid, Conflict) as error:
                return self._form(view, fields, self._record(view, record_id), error)
            flash(t("已保存", "Saved"))
            return redirect(local(request.args.get("back")) or view.record_url(record))
        return self._form(view, fields, record, None)

    @expose("/<record_id>/move", methods=["POST"])
    def move(self, record_id: str) -> Any:
        """Move a record to another stage."""
        stage, reason = request.form.get("stage", ""), request.form.get("reason", "")
        return self._change(record_id, lambda: {"stage": stage}, t("阶段已更新", "Stage updated"), reason)

    @expose("/<record_id>/unlock", methods=["POST"])
    def unlock(self, record_id: str) -> Any:
        """Lift the lock a rule set."""
        return self._change(record_id, lambda: {"locked": False}, t("已解锁", "Unlocked"))

    @expose("/<record_id>/assign", methods=["POST"])
    def assign(self, record_id: str) -> Any:
        """Give a record to somebody else."""
        access.require(self.actor, "assign")
        kind = self._here().kind
        if not kind.owner:
            raise NotFound("这类记录没有负责人。", "records of this kind have no owner")
        said = t("已转派", "Given to them")
        return self._change(record_id, lambda: given_to(kind, request.form.get("owner_id", "")), said)

    # ---- Inside

    def _change(self, record_id: str, values: Callable[[], dict[str, Any]], said: str, reason: str = "") -> Any:
        view = self._here()
        record = self._record(view, record_id)
        if record.id != record_id:
            raise merged_meanwhile(self.ws.kinds, self.actor, view.kind, record)
        require_write(self.actor, view.kind)
        check_typed(self.ws, view.kind, record, view.words.title(record))
        revision = request.form.get("revision", type=int)
        try:
            self.ws.door.change(view.kind.name, record.id, values(), origin(reason), revision)
        except (Invalid, Conflict) as error:
            flash(_words(error), "error")
        else:
            flash(said)
        return redirect(view.record_url(record))

    def _after(self, view: RecordModelView, record: Any) -> str:
        """Return the page to go to from the form of a new record: where one came from, or its own if one sees it."""
        if back := local(request.args.get("back")):
            return back
        return view.record_url(record) if view.get_one(record.id) is not None else view.list_url

    def _form(
        self, view: RecordModelView, fields: tuple[Field, ...], record: Any, error: ClewError | None
    ) -> tuple[str, int]:
        """Return the form with what was typed, or what the record has; what is wrong stands beside each field."""
        problems: dict[str, str] = {}
        if isinstance(error, Invalid):
            locale = "en" if english() else "zh"
            problems = {one.field: one.text.for_locale(locale) for one in error.problems}
        names = {one.name for one in fields}
        others = [words for name, words in problems.items() if name not in names]
        if error is not None and not isinstance(error, Invalid):
            others.append(_words(error))
        suggested = self._suggested(view, fields) if record is None else {}
        now = self._now(view, fields, record, suggested)
        stands = dict(now)
        theirs: dict[str, str] = {}
        if request.method == "POST":
            for one in fields:
                raw = forms.typed(request.form, one)
                touched = record is None or forms.as_was(raw).replace("\r\n", "\n") != forms.was(request.form, one)
                if touched:
                    stands[one.name] = raw
                    changed = forms.as_was(now[one.name]) != forms.was(request.form, one)
                    if record is not None and changed:
                        theirs[one.name] = view.words.text(record, one, exact=True)
        key = request.form.get("key", "") if error is None or isinstance(error, Invalid) else ""
        page = view.show(
            "record_form",
            form_fields=fields,
            record=record,
            record_title=view.words.title(record) if record is not None else "",
            problems=problems,
            others=others,
            stands=stands,
            was={name: forms.as_was(raw) for name, raw in now.items()},
            theirs=theirs,
            suggested=suggested,
            required={
                *(one.name for one in fields if forms.is_required(view.kind, one)),
                *(needed_here(self.ws, view.kind, record) if record is not None else ()),
            },
            derived={} if record is not None else forms.derived_labels(view.kind, fields),
            back=local(request.args.get("back")),
            key=key or new_id(self.ws.clock.now()),
            locale="en" if english() else "zh",
        )
        return page, error.status if error is not None else 200

    def _suggested(self, view: RecordModelView, fields: tuple[Field, ...]) -> dict[str, str]:
        """Return the next number of the company's series, by the field that takes it; empty if there is none."""
        number = next_number(view.kind, self.ws.clock.now(), self.ws.settings.zone)
        return {one.name: number for one in fields if one.series} if number else {}

    def _now(
        self, view: RecordModelView, fields: tuple[Field, ...], record: Any, suggested: dict[str, str]
    ) -> dict[str, Raw]:
        """Return what stands in each input at first: the record's values, or what the address names."""
        if record is not None:
            return {one.name: forms.raw_of(view.words, record, one) for one in fields}
        given = {one.name: Raw("") for one in fields}
        for one in fields:
            value = request.args.get(one.name, "") or suggested.get(one.name, "")
            if one.type == "reference" and is_id(value):
                loader = view._form_ajax_refs[one.name]
                found = loader.get_one(value)
                if found is not None:
                    given[one.name] = Raw(loader.format(found)[1], record_id=value)
            elif value and one.type != "choices":
                given[one.name] = Raw(value[:200])
        return given


def _words(error: ClewError) -> str:
    return error.text.for_locale(locale())
