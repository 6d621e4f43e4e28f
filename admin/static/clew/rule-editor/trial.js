// Trying the draft on a record or on made-up facts: each clause with what it saw, and what would happen. No effect outside.
import { nOf, t } from "../shared/language.js";
import { ask, h, icon } from "./dom.js";
import { LAST, momentPicker } from "./moments.js";
import { combobox } from "./picker.js";
import { casesList, casesNote } from "./trial-cases.js";
import { clauses, verdict } from "./trial-result.js";
import { argumentAt, factsRead } from "./trial-words.js";
import { single } from "./values.js";

export class Trial {
  #result = null;
  #error = "";
  #record = null;
  #facts = null;
  #event = null;
  #run = 0;
  #timer = 0;
  #more = false;
  #at = null;
  #when = LAST;
  #moments = { of: "", moments: [], none: "" };
  constructor(ctx, slot) {
    this.ctx = ctx;
    this.slot = slot;
    this.picker = combobox({
      key: "trial:record",
      label: t("用哪条记录试算", "The record to try it on"),
      value: "",
      placeholder: t("选一条记录", "Choose a record"),
      load: (words) => this.#records(words),
      pick: (id, one) => this.on({ id, label: one?.label ?? id }),
    });
    this.draw();
  }
  /** Which records can be tried follows from the event: a lead for a follow-up's, a sample for a sample's. */
  async #records(words) {
    const asked = new URLSearchParams({ q: words });
    for (const event of [this.ctx.store.doc.trigger ?? []].flat()) asked.append("event", event);
    const { records, title } = await this.ctx.api.call(`records?${asked}`);
    return records.map((one) => ({ value: one.id, label: one.label, hint: `${title} · ${one.day}` }));
  }
  /** Begin with a record as it stood at a moment: who asks 为什么 comes here with both. */
  begin({ id, label, at, seq }) {
    this.picker.querySelector("input").value = label;
    const when = at ? { at } : LAST;
    this.on({ id, label }, seq ? { seq } : when);
  }
  /** Try a record: at the newest of the rule's events, or at the moment given. */
  on(record, when = LAST) {
    this.#record = record;
    this.#facts = this.#event = this.#at = null;
    this.#moments.of = "";
    this.#when = when;
    return this.run();
  }
  withFacts(facts, event, at) {
    this.#facts = { ...facts };
    this.#event = event || null;
    this.#at = at || null;
    this.#record = null;
    this.picker.querySelector("input").value = t("编造的事实", "Made-up facts");
    return this.run();
  }
  /** The draft changed: try again what was chosen. */
  changed(sound) {
    clearTimeout(this.#timer);
    if (sound && (this.#record || this.#facts)) this.#timer = setTimeout(() => this.run(), 250);
  }
  async run() {
    const mine = ++this.#run;
    try {
      const asked = this.#facts ? { facts: this.#facts, event: this.#event, at: this.#at } : this.#askedOfRecord();
      const found = await this.ctx.api.call("trial", { document: this.ctx.store.doc, ...asked });
      if (mine !== this.#run) return;
      if (found.moments) this.#moments = { of: this.#heard(), moments: found.moments, none: found.none };
      this.#result = found;
      this.#error = "";
    } catch (error) {
      if (mine !== this.#run) return;
      this.#error =
        error.code === "invalid" && this.ctx.preview?.problems.length
          ? t("规则还没填完整，填好后再试算", "The rule is not complete: fill it in, then try")
          : error.message;
      if (error.code === "not_found") this.#forget();
    }
    this.draw();
    this.showRendered();
  }
  /** Where another event is listened to now, the moments are others, and the newest is tried. */
  #askedOfRecord() {
    const of = this.#heard();
    if (this.#moments.of && this.#moments.of !== of) this.#when = LAST;
    return { record_id: this.#record.id, event: this.#event, list: this.#moments.of !== of, ...this.#when };
  }
  #heard() {
    return JSON.stringify([this.ctx.store.doc.trigger ?? []].flat());
  }
  /** The event is of another kind of record now: another one is to be chosen. */
  #forget() {
    this.#record = this.#result = null;
    this.picker.querySelector("input").value = "";
  }
  /** Under each message: how it would read for the record tried. */
  showRendered() {
    for (const el of document.querySelectorAll("[data-rendered]")) {
      const { index, arg } = argumentAt(el.dataset.rendered);
      const text = this.#result?.rendered[index]?.[arg],
        written = this.ctx.store.get(el.dataset.rendered);
      el.hidden = typeof text !== "string" || text === written;
      el.textContent = el.hidden ? "" : t(`会写成：${text}`, `It would read: ${text}`);
    }
  }
  draw() {
    const head = h("header", {}, h("h2", { id: "trial-title" }, t("试算", "Dry run")), this.picker);
    const key = document.activeElement?.dataset?.key;
    this.slot.replaceChildren(
      head,
      ...this.#outcome(),
      this.#tools(),
      casesList(this.ctx, (facts, event, at) => this.withFacts(facts, event, at)),
    );
    if (key?.startsWith("trial:")) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }
  #outcome() {
    const moment = this.#facts || !this.#record ? "" : this.#moment();
    if (this.#error)
      return [moment, h("p", { class: "re-finding late" }, icon("circle-x"), h("span", {}, this.#error))];
    if (!this.#result) return [invitation()];
    return [
      moment,
      this.#event || this.#facts ? this.#eventLine() : "",
      clauses(this.#result),
      verdict(this.#result),
      this.#facts ? this.#editor() : "",
    ];
  }
  #tools() {
    const button = (key, words, click) =>
      h("button", { type: "button", class: "button small", data: { key }, on: { click } }, words);
    const keeps = this.#result && !this.ctx.readOnly;
    return h(
      "div",
      { class: "re-trial-tools" },
      keeps ? button("trial:keep", t("存为用例", "Keep as test case"), () => this.#keep()) : null,
      this.#facts ? null : button("trial:make-up", t("改事实再试", "Change the facts"), () => this.#makeUp()),
      casesNote(this.ctx),
    );
  }
  #moment() {
    return momentPicker({
      found: this.#result && { ...this.#result, ...this.#moments },
      when: this.#when,
      offset: this.ctx.offset,
      pick: (when) => {
        this.#when = when;
        // Another moment is tried once it is named.
        if (when.at === "") this.draw();
        else this.run();
      },
    });
  }
  #eventLine() {
    return h(
      "p",
      { class: "small muted re-pad" },
      t("事件：", "Event: "),
      this.ctx.words.vocabulary.triggers.find((one) => one.name === this.#result.event)?.title ?? this.#result.event,
    );
  }
  #makeUp() {
    const facts = this.#result ? { ...this.#result.facts } : {};
    for (const name of this.#read()) if (!(name in facts)) facts[name] = "";
    this.withFacts(facts, this.#result?.event, this.#result?.at);
  }
  #read() {
    return factsRead(this.ctx.store.doc.when, this.ctx.words.fields);
  }
  #editor() {
    const read = this.#read(),
      more = Object.keys(this.#facts).filter(
        (name) => this.ctx.words.fields.has(name) && !Array.isArray(this.#facts[name]) && !read.includes(name),
      );
    const put = (name) => (value) => {
      const next = typeof value === "function" ? value(this.#facts[name]) : value;
      if (next === null || next === "") delete this.#facts[name];
      else this.#facts[name] = next;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.run(), 300);
    };
    const fact = (name) => {
      const type = this.ctx.words.type(name);
      return h(
        "div",
        { class: "re-fact" },
        h("span", { class: "small" }, type.title),
        single({ ...this.ctx, readOnly: false }, type.kind === "list" ? { ...type, kind: "text", options: [] } : type, {
          key: `trial:${name}`,
          label: type.title,
          value: this.#facts[name] ?? "",
          put: put(name),
        }),
      );
    };
    const others = h(
      "details",
      {
        open: this.#more,
        on: {
          toggle: () => {
            this.#more = others.open;
          },
        },
      },
      h("summary", { class: "small" }, t(`其余 ${more.length} 项事实`, nOf(more.length, "more fact"))),
      more.map(fact),
    );
    return h(
      "div",
      { class: "re-facts" },
      h("h3", { class: "small muted" }, t("改这些事实，看结果怎样变", "Change these facts and see what follows")),
      read.map(fact),
      more.length ? others : null,
    );
  }
  async #keep() {
    const title = await ask({
      title: t("存为用例", "Keep as test case"),
      text: t(
        "发布时会重跑所有用例；这次的事实和结论会随规则保存，个人信息会脱敏。",
        "Publishing runs every case. These facts and the verdict are kept with the rule; personal data is masked.",
      ),
      field: t("用例说明（选填）", "What it shows (optional)"),
      action: t("存为用例", "Keep it"),
    });
    if (title === null) return;
    const { facts, event, at, fired } = this.#result;
    const about = this.#record?.label || t("编造的事实", "Made-up facts"),
      outcome = fired ? t("：触发", ": fires") : t("：不触发", ": does not fire");
    await this.ctx.keep({ facts, event, at, title: title.trim() || about + outcome });
  }
}

function invitation() {
  const words = t(
    "选一条过去的记录，看每个条件当时的值，以及会发生什么。不会对外产生任何影响。",
    "Choose a past record to see what each condition saw and what would happen. Nothing leaves this page.",
  );
  return h("p", { class: "re-finding muted" }, icon("info"), h("span", {}, words));
}
