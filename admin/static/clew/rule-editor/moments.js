// The moment a record is tried at: an event of its past, another moment, or now.
import { t } from "../shared/language.js";
import { h, icon } from "./dom.js";

export const LAST = {};
const NOW = "now",
  OTHER = "other";

/** The choice of a moment; `pick` gets {seq}, {at} or {now}. `found` is the last trial, with its moments. */
export function momentPicker({ found, when, offset, pick }) {
  const { moments, none } = found ?? { moments: [], none: "" };
  const chosen = chosenOf(found, when);
  const select = h(
    "select",
    {
      class: "re-input",
      data: { key: "trial:moment" },
      on: {
        change: () => {
          if (select.value === OTHER) pick({ at: "" });
          else pick(select.value === NOW ? { now: true } : { seq: Number(select.value) });
        },
      },
    },
    moments.map((one) =>
      h("option", { value: String(one.seq) }, [one.when, one.what, one.who].filter(Boolean).join(" · ")),
    ),
    h("option", { value: NOW }, t("现在再发生一次", "If it came now")),
    h("option", { value: OTHER }, t("另一个时刻…", "Another moment…")),
  );
  select.value = chosen;
  return h(
    "div",
    { class: "re-moments" },
    h("label", { class: "re-fact" }, h("span", { class: "small muted" }, t("试哪一刻", "Tried at")), select),
    chosen === OTHER ? otherMoment(when, offset, pick) : null,
    none ? h("p", { class: "small muted re-note" }, icon("info", 14), h("span", {}, none)) : null,
    chosen === NOW || !found ? null : asOf(found),
  );
}

/** What the list shows as chosen: the event tried, now, or another moment. */
export function chosenOf(found, when) {
  if (when.at !== undefined) return OTHER;
  if (when.seq) return String(when.seq);
  return found?.seq && !when.now ? String(found.seq) : NOW;
}

function otherMoment(when, offset, pick) {
  const input = h("input", {
    type: "datetime-local",
    class: "re-input",
    data: { key: "trial:at" },
    on: { change: () => pick({ at: input.value ? `${input.value}:00${offset}` : "" }) },
  });
  input.value = when.at ? when.at.slice(0, 16) : "";
  return h("label", { class: "re-fact" }, h("span", { class: "small muted" }, t("那一刻", "At")), input);
}

function asOf({ as_of: words, gaps }) {
  return h(
    "details",
    { class: "small muted" },
    h("summary", {}, t("哪些按当时，哪些按今天", "What is of then, what of now")),
    h("p", {}, words),
    gaps.map((one) => h("p", { class: "risk" }, one)),
  );
}
