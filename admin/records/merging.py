"""合并与拆分: two records made one, given back, and a customer split; each previewed before anything moves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose

from ...core.access import policy as access
from ...core.access.naming import name_of, names
from ...core.access.wholeness import whole_ids
from ...core.errors import ClewError, Conflict, Invalid, NotFound
from ...core.intake import merging, splitting, unmerging
from ...core.kinds import Contact, PossibleDuplicate
from ...core.schema.kind import Kind
from ..base import ConsoleView
from ..session import english, locale, origin, t
from . import forms
from .merge_questions import Asked
from .served import is_id, record_path
from .wording import RecordWords

SUGGESTED = 20


class MergingView(ConsoleView):
    """Pages that move what hangs on a customer or a contact; there is no front page."""

    in_rail, rail_key, first_page = False, "customers", "merge"

    def __init__(self, ws: Any) -> None:
        super().__init__(ws, name="Merging", url="/merging", endpoint="merging")

    @expose("/<kind>/<record_id>")
    def merge(self, kind: str, record_id: str) -> Any:
        """Ask which record stands, and show what would move to it."""
        here, source = self._source(kind, record_id)
        into_id = request.args.get("into_id", "")
        if not into_id:
            return self._choose(here, source, None)
        return self._merge_page(here, source, into_id, None)

    @expose("/<kind>/<record_id>", methods=["POST"])
    def do_merge(self, kind: str, record_id: str) -> Any:
        """Merge as previewed; what was refused is shown with the preview as it is now."""
        form = request.form
        into_id, token, take = form.get("into_id", ""), form.get("token", ""), form.getlist("take")
        if self._is_merged(kind, record_id, into_id):  # The click came twice.
            return redirect(self._page_of(self.ws.kinds[kind], into_id))
        here, source = self._source(kind, record_id)
        name = self._name(here, source)
        try:
            merging.merge(
                self.ws, kind, source.id, into_id, origin(_reason()), token, take, contacts=bool(form.get("contacts"))
            )
        except (Invalid, Conflict) as error:
            if self._is_merged(kind, record_id, into_id):
                return redirect(self._page_of(here, into_id))
            return self._merge_page(here, source, into_id, error)
        # The page knows it from a plain text.
        flash({"text": t(f"「{name}」已并入", f"“{name}” is merged in"), "path": f"/merging/{kind}/{source.id}/undo"})  # type: ignore[arg-type]
        return redirect(self._page_of(here, into_id))

    @expose("/<kind>/<record_id>/undo")
    def undo(self, kind: str, record_id: str) -> Any:
        """Show what taking a merge back would move, and ask about what changed since."""
        return self._undo_page(kind, record_id, None, {})

    @expose("/<kind>/<record_id>/undo", methods=["POST"])
    def do_undo(self, kind: str, record_id: str) -> Any:
        """Take a merge back as previewed."""
        answers = {name: value for name, value in request.form.items() if ":" in name}
        if "page" in request.form:  # What was answered so far goes along from page to page.
            return self._undo_page(kind, record_id, None, answers)
        try:
            record = unmerging.unmerge(
                self.ws, kind, record_id, origin(_reason()), request.form.get("token", ""), answers
            )
        except (Invalid, Conflict) as error:
            return self._undo_page(kind, record_id, error, answers)
        flash(t("合并已撤销", "The merge is undone"))
        return redirect(self._page_of(self.ws.kinds[kind], record.id))

    @expose("/customer/<record_id>/split")
    def split(self, record_id: str) -> Any:
        """Ask what goes to a new customer, and show what would go along."""
        _, source = self._source("customer", record_id)
        return self._split_page(source, None, tried="name" in request.args)

    @expose("/customer/<record_id>/split", methods=["POST"])
    def do_split(self, record_id: str) -> Any:
        """Split as previewed."""
        _, source = self._source("customer", record_id)
        try:
            made = splitting.split_customer(
                self.ws, source.id, self._given(), origin(_reason()), request.form.get("token", "")
            )
        except (Invalid, Conflict) as error:
            return self._split_page(source, error, tried=True)
        path = f"/merging/customer/{made.id}?into_id={source.id}"
        flash({"text": t(f"已拆分出「{made.name}」", f"“{made.name}” was split off"), "path": path})  # type: ignore[arg-type]
        return redirect(f"/customers/{made.id}")

    # ---- Inside

    def _source(self, kind: str, record_id: str) -> tuple[Kind, Any]:
        here = merging.mergeable(self.ws.kinds, kind)
        if not is_id(record_id):
            raise NotFound("没有这条记录。", "no such record")
        source = merging.visible_one(self.ws.kinds, self.actor, here, record_id)
        merging.may_change(self.ws.kinds, self.actor, here, source.id)
        return here, source

    def _is_merged(self, kind: str, record_id: str, into_id: str) -> bool:
        """Say whether a record is merged already into the one that was asked for, which the viewer sees."""
        here = merging.mergeable(self.ws.kinds, kind)
        stands = merging.standing(self.ws.kinds, self.actor, here, record_id) if is_id(record_id) else None
        return stands is not None and stands.id == into_id

    def _name(self, kind: Kind, record: Any) -> str:
        return names(self.ws.kinds, self.actor, kind.name, [record.id])[record.id].for_locale(locale())

    def _page_of(self, kind: Kind, record_id: str) -> str:
        """Return where one reads on: a contact's customer, for there it was chosen."""
        if kind.name == "contact":
            contact = Contact.get_or_none(Contact.id == record_id)
            if contact is not None and access.sees(self.ws.kinds, self.actor, "customer", contact.customer_id):
                return f"/customers/{contact.customer_id}"
        return record_path(kind, record_id)

    def _choose(self, kind: Kind, source: Any, error: ClewError | None) -> Any:
        query = access.within(self.ws.kinds, self.actor, kind.name, "change").where(kind.model.id != source.id)
        asked = request.values.get("q", "").strip()[:80]
        model: Any = kind.model
        if kind.name == "contact":
            query = query.where(model.customer == source.customer_id)
        elif asked:
            query = query.where(model.name.contains(asked))
        else:
            query = query.where(model.id.in_(_alike(source.id)))
        rows = list(query.order_by(model.id.desc()).limit(SUGGESTED))
        called = names(self.ws.kinds, self.actor, kind.name, [row.id for row in rows])
        page = self.show(
            "merging/choose",
            kind=kind,
            source=source,
            name=self._name(kind, source),
            back=self._page_of(kind, source.id),
            asked=asked,
            found=[(row.id, called[row.id].for_locale(locale()), row.created_at) for row in rows],
            others=_words(error),
            locale=locale(),
        )
        return page, error.status if error is not None else 200

    def _merge_page(self, kind: Kind, source: Any, into_id: str, error: ClewError | None) -> Any:
        try:
            if not is_id(into_id):
                raise NotFound("没有这条记录。", "no such record")
            plan = merging.plan_merge(self.ws.kinds, self.actor, kind.name, source.id, into_id)
        except (Invalid, Conflict) as refused:
            return self._choose(kind, source, refused)
        words = [RecordWords(self.ws, self.actor, kind, [one], english()) for one in (plan.into, plan.source)]
        whole = whole_ids(self.ws.kinds, self.actor, "contact", [one.id for pair in plan.same for one in pair[:2]])
        page = self.show(
            "merging/merge",
            kind=kind,
            plan=plan,
            name=self._name(kind, source),
            into_name=self._name(kind, plan.into),
            into_id=into_id,
            back=self._page_of(kind, source.id),
            values=[
                (one, words[0].text(plan.into, one.field), words[1].text(plan.source, one.field)) for one in plan.values
            ],
            same=[(access.shown_contact(self.ws.kinds, one, one.id in whole), by) for one, _, by in plan.same],
            take=request.form.getlist("take"),
            contacts="token" not in request.form or bool(request.form.get("contacts")),
            reason=request.form.get("reason", ""),
            others=_words(error),
            locale=locale(),
        )
        return page, error.status if error is not None else 200

    def _undo_page(self, kind: str, record_id: str, error: ClewError | None, answers: Mapping[str, str]) -> Any:
        if not is_id(record_id):
            raise NotFound("没有这次合并，或者已经撤销了。", "there is no such merge, or it was taken back")
        plan = unmerging.plan_unmerge(self.ws, kind, record_id, origin())
        page = self.show(
            "merging/undo",
            kind=plan.kind,
            plan=plan,
            back=self._page_of(plan.kind, plan.into.id),
            into_name=self._name(plan.kind, plan.into),
            # Who may change the survivor was given the name of what was merged into it, as they read the survivor's.
            name=name_of(
                plan.kind, plan.source, plan.into.id in whole_ids(self.ws.kinds, self.actor, kind, [plan.into.id])
            ).for_locale(locale()),
            asked=Asked.of(plan.questions, answers, error, request.form.get("page", 0, type=int)),
            answers=answers,
            problems={one.field: one.text.for_locale(locale()) for one in getattr(error, "problems", ())},
            others=_words(error) if not isinstance(error, Invalid) else [],
            reason=request.form.get("reason", ""),
            locale=locale(),
        )
        return page, error.status if error is not None else 200

    def _given(self) -> splitting.Split:
        fields = [one for one in forms.created_with(self.ws.kinds["customer"]) if one.type != "choices"]
        values = {one.name: value for one in fields if (value := request.values.get(one.name, "").strip())}
        chosen: dict[str, tuple[str, ...]] = {}
        for one in request.values.getlist("chosen"):
            kind, _, record_id = one.partition(":")
            chosen[kind] = (*chosen.get(kind, ()), record_id)
        return splitting.Split(values, chosen)

    def _split_page(self, source: Any, error: ClewError | None, *, tried: bool) -> Any:
        given, plan = self._given(), None
        if tried:
            try:
                plan = splitting.plan_split(self.ws, source.id, given, origin())
            except (Invalid, Conflict) as refused:
                error = error or refused
        problems = {one.field: one.text.for_locale(locale()) for one in getattr(error, "problems", ())}
        fields = [one for one in forms.created_with(self.ws.kinds["customer"]) if one.type != "choices"]
        shown = {one.name for one in fields} | {"chosen"}
        offered = splitting.offered(self.ws.kinds, self.actor, source.id)
        page = self.show(
            "merging/split",
            source=source,
            plan=plan,
            fields=fields,
            stands={
                one.name: given.values.get(one.name, "" if tried else self._like(source, one.name)) for one in fields
            },
            chosen=[f"{kind}:{one}" for kind, ids in given.chosen.items() for one in ids],
            offered=[
                (self.ws.kinds[kind], [(one, text.for_locale(locale())) for one, text in rows.items()])
                for kind, rows in offered.items()
            ],
            most=splitting.OFFERED,
            problems=problems,
            others=[
                *(words for name, words in problems.items() if name not in shown),
                *(_words(error) if not isinstance(error, Invalid) else []),
            ],
            reason=request.form.get("reason", ""),
            locale=locale(),
        )
        return page, error.status if error is not None and request.method == "POST" else 200

    @staticmethod
    def _like(source: Any, name: str) -> str:
        """Return what a new customer probably has like the old one: where it is and what it does."""
        return str(getattr(source, name) or "") if name in ("industry", "region") else ""


def _alike(customer_id: str) -> Any:
    """Return the ids of those whose names were found close to a customer's, as queries."""
    pair = PossibleDuplicate
    mine = pair.select(pair.other).where(pair.customer == customer_id)
    return mine | pair.select(pair.customer).where(pair.other == customer_id)


def _words(error: ClewError | None) -> list[str]:
    if error is None:
        return []
    if isinstance(error, Invalid):
        return [one.text.for_locale(locale()) for one in error.problems]
    return [error.text.for_locale(locale())]


def _reason() -> str:
    return request.form.get("reason", "").strip()[:300]
