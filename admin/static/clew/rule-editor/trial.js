// Trying the draft on a lead or on made-up facts: each clause with what it saw, and what would happen. No effect outside.
import { ask, h, icon, t, tag } from "./dom.js";
import { combobox } from "./picker.js";
import { single } from "./values.js";

export class Trial {
  #result = null;
  #error = "";
  #lead = null;
  #facts = null;
  #event = null;
  #run = 0;
  #timer = 0;
  #more = false;
  #at = null;
  constructor(ctx, slot) {
    this.ctx = ctx;
    this.slot = slot;
    this.picker = combobox({
      key: "trial:lead",
      label: t("用哪条线索试算", "The lead to try it on"),
      value: "",
      placeholder: t("选一条线索", "Choose a lead"),
      load: (words) => this.#leads(words),
      pick: (id, one) => this.on({ id, label: one?.label ?? id }),
    });
    this.draw();
  }
  async #leads(words) {
    const { leads } = await this.ctx.api.call(`leads?q=${encodeURIComponent(words)}`);
    return leads.map((one) => ({ value: one.id, label: one.company, hint: one.day }));
  }
  /** Begin with a lead as it stood at a moment: who asks 为什么 comes here with both. */
  begin({ id, label, at }) {
    this.picker.querySelector("input").value = label;
    this.on({ id, label }, at);
  }
  on(lead, at = null) {
    this.#lead = lead;
    this.#facts = null;
    this.#event = null;
    this.#at = at;
    return this.run();
  }
  withFacts(facts, event, at) {
    this.#facts = { ...facts };
    this.#event = event || null;
    this.#at = at || null;
    this.#lead = null;
    this.picker.querySelector("input").value = t("编造的事实", "Made-up facts");
    return this.run();
  }
  /** The draft changed: try again what was chosen. */
  changed(sound) {
    clearTimeout(this.#timer);
    if (sound && (this.#lead || this.#facts)) this.#timer = setTimeout(() => this.run(), 250);
  }
  async run() {
    const mine = ++this.#run;
    try {
      const found = await this.ctx.api.call("trial", {
        document: this.ctx.store.doc,
        at: this.#at,
        ...(this.#facts ? { facts: this.#facts, event: this.#event } : { lead_id: this.#lead.id, event: this.#event }),
      });
      if (mine !== this.#run) return;
      this.#result = found;
      this.#error = "";
    } catch (error) {
      if (mine !== this.#run) return;
      this.#error =
        error.code === "invalid" && this.ctx.preview?.problems.length
          ? t("规则还没填完整，填好后再试算", "The rule is not complete: fill it in, then try")
          : error.message;
    }
    this.draw();
    this.showRendered();
  }
  /** Under each message: how it would read for the record tried. */
  showRendered() {
    for (const el of document.querySelectorAll("[data-rendered]")) {
      const [, index, , arg] = /^then\[(\d+)\]\.([^.]*)\.(.*)$/.exec(el.dataset.rendered) || [];
      const text = this.#result?.rendered[index]?.[arg],
        written = this.ctx.store.get(el.dataset.rendered);
      el.hidden = typeof text !== "string" || text === written;
      el.textContent = el.hidden ? "" : t(`会写成：${text}`, `It would read: ${text}`);
    }
  }
  draw() {
    const head = h("header", {}, h("h2", { id: "trial-title" }, t("试算", "Dry run")), this.picker);
    const cases = this.#cases(),
      moment = this.#facts || !this.#lead ? "" : this.#moment(),
      tools = h(
        "div",
        { class: "re-trial-tools" },
        this.#result && !this.ctx.readOnly
          ? h(
              "button",
              { type: "button", class: "button small", data: { key: "trial:keep" }, on: { click: () => this.#keep() } },
              t("存为用例", "Keep as test case"),
            )
          : null,
        this.#facts
          ? null
          : h(
              "button",
              {
                type: "button",
                class: "button small",
                data: { key: "trial:make-up" },
                on: { click: () => this.#makeUp() },
              },
              t("改事实再试", "Change the facts"),
            ),
        cases.note,
      );
    const key = document.activeElement?.dataset?.key;
    if (this.#error)
      this.slot.replaceChildren(
        head,
        moment,
        h("p", { class: "re-finding late" }, icon("circle-x"), h("span", {}, this.#error)),
        tools,
        cases.list,
      );
    else if (!this.#result)
      this.slot.replaceChildren(
        head,
        h(
          "p",
          { class: "re-finding muted" },
          icon("info"),
          h(
            "span",
            {},
            t(
              "选一条过去的线索，看每个条件当时的值，以及会发生什么。不会对外产生任何影响。",
              "Choose a past lead to see what each condition saw and what would happen. Nothing leaves this page.",
            ),
          ),
        ),
        tools,
        cases.list,
      );
    else
      this.slot.replaceChildren(
        head,
        moment,
        this.#event || this.#facts ? this.#eventLine() : "",
        this.#clauses(),
        this.#verdict(),
        this.#facts ? this.#editor() : "",
        tools,
        cases.list,
      );
    if (key?.startsWith("trial:")) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus();
  }
  /** As the lead is now, or as it stood at a moment of the past. */
  #moment() {
    const input = h("input", {
      type: "datetime-local",
      class: "re-input",
      data: { key: "trial:at" },
      on: {
        change: () => {
          this.#at = input.value ? `${input.value}:00${this.ctx.offset}` : null;
          this.run();
        },
      },
    });
    input.value = this.#at ? this.#at.slice(0, 16) : "";
    return h(
      "label",
      { class: "re-fact re-moment" },
      h("span", { class: "small muted" }, t("那一刻（空着是现在）", "At (empty: now)")),
      input,
    );
  }
  #eventLine() {
    return h(
      "p",
      { class: "small muted re-pad" },
      t("事件：", "Event: "),
      this.ctx.words.vocabulary.triggers.find((one) => one.name === this.#result.event)?.title ?? this.#result.event,
    );
  }
  #clauses() {
    const rows = [];
    const walk = (clause, depth) => {
      if (clause.kind === "leaf") {
        rows.push(line(clause, depth));
        return;
      }
      const nested = depth || clause.kind !== "all";
      if (nested && clause.kind !== "not")
        rows.push(
          line(
            {
              ...clause,
              words: clause.kind === "any" ? t("以下任意一条", "any of") : t("以下全部", "all of"),
              value: "",
            },
            depth,
          ),
        );
      if (clause.kind === "not")
        rows.push(line({ ...clause, words: t("以下不成立", "this does not hold"), value: "" }, depth));
      clause.items.forEach((one) => walk(one, depth + (nested ? 1 : 0)));
    };
    for (const one of this.#result.match) rows.push(line(one, 0));
    walk(this.#result.clause, 0);
    return h(
      "table",
      { class: "re-clauses" },
      h("caption", { class: "vh" }, t("每个条件的值与结论", "Each condition, its value and verdict")),
      h(
        "thead",
        { class: "vh" },
        h(
          "tr",
          {},
          [t("条件", "Condition"), t("当时的值", "Value"), t("结论", "Verdict")].map((one) =>
            h("th", { scope: "col" }, one),
          ),
        ),
      ),
      h(
        "tbody",
        {},
        rows.length
          ? rows
          : h(
              "tr",
              {},
              h("td", { colspan: 3, class: "muted" }, t("没有条件，总是成立", "No condition: it always holds")),
            ),
      ),
    );
  }
  #verdict() {
    const found = this.#result,
      change = found.changes
        .map((one) => t(`${one.name}改为 ${one.after}`, `${one.name} to ${one.after}`))
        .join(t("，且", ", and "));
    const why = found.outranked.length
      ? t("条件成立，但同组有更优先的规则先执行", "It holds, but a rule of its group comes first")
      : !found.in_force && found.clause.holds
        ? t("条件成立，但不在有效期内", "It holds, but is not in force at this time")
        : t("不会触发", "It would not fire");
    const what = found.fired
      ? found.mine.length
        ? found.mine.join(t("，并", ", and "))
        : t("认定事实，不做动作", "derives facts only")
      : why;
    return h(
      "div",
      { class: `re-verdict ${found.fired ? "fired" : ""}`, role: "status" },
      icon(found.fired ? "play" : "info"),
      h(
        "div",
        {},
        h("p", {}, found.fired ? t(`会触发：${what}`, `It would fire: ${what}`) : what),
        !found.fired && change
          ? h("p", { class: "small" }, t(`最小的改变：${change}`, `The smallest change: ${change}`))
          : null,
        found.others.length
          ? h(
              "details",
              {},
              h(
                "summary",
                { class: "small" },
                t(`其他规则会做 ${found.others.length} 件事`, `Other rules would do ${found.others.length} things`),
              ),
              h(
                "ul",
                { class: "small" },
                found.others.map((one) => h("li", {}, one.rule, t("：", ": "), one.text)),
              ),
            )
          : null,
        h("p", { class: "small muted" }, t("没有对外产生任何影响", "Nothing happened outside")),
      ),
    );
  }
  #makeUp() {
    const asked = new Set(this.#read());
    const facts = this.#result ? { ...this.#result.facts } : {};
    for (const name of asked) if (!(name in facts)) facts[name] = "";
    this.withFacts(facts, this.#result?.event, this.#at);
  }
  #read() {
    const names = [],
      walk = (node) => {
        if (!node || typeof node !== "object") return;
        if (typeof node.field === "string" && node.field && this.ctx.words.fields.has(node.field))
          names.push(node.field);
        Object.values(node).forEach(walk);
      };
    walk(this.ctx.store.doc.when);
    return names;
  }
  #editor() {
    const read = [...new Set(this.#read())],
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
      h("summary", { class: "small" }, t(`其余 ${more.length} 项事实`, `${more.length} more facts`)),
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
  #cases() {
    const cases = Array.isArray(this.ctx.store.doc.tests) ? this.ctx.store.doc.tests : [],
      results = this.ctx.preview?.tests || [];
    if (!cases.length)
      return { note: h("span", { class: "muted small" }, t("还没有用例", "No test case yet")), list: "" };
    const passed = results.filter((one) => one.passed).length,
      failed = results.length - passed,
      open = cases.length - results.length;
    const note = h(
      "span",
      { class: "muted small" },
      t(
        `已有 ${cases.length} 个用例，${passed} 通过${failed ? `，${failed} 未过` : ""}${open > 0 ? `，${open} 未跑` : ""}`,
        `${cases.length} test cases: ${passed} pass${failed ? `, ${failed} fail` : ""}${open > 0 ? `, ${open} not run` : ""}`,
      ),
    );
    const title = (one, index) =>
      (typeof one?.title === "string" ? one.title : one?.title?.[t("zh", "en")]) ||
      t(`第 ${index + 1} 个`, `Case ${index + 1}`);
    const list = h(
      "ul",
      { class: "re-cases", "aria-label": t("用例", "Test cases") },
      cases.map((one, index) =>
        h(
          "li",
          {},
          results[index]
            ? tag(
                results[index].passed ? t("通过", "passes") : t("未过", "fails"),
                results[index].passed ? "done" : "late",
                results[index].passed ? "check" : "x",
              )
            : tag(t("未跑", "not run")),
          h(
            "button",
            {
              type: "button",
              class: "re-case-name",
              title: t("用这个用例试算", "Try it with this case"),
              on: {
                click: () =>
                  this.withFacts(one.facts || {}, one.event, /(Z|[+-]\d\d:\d\d)$/.test(one.at ?? "") ? one.at : null),
              },
            },
            title(one, index),
          ),
          this.ctx.readOnly
            ? null
            : h(
                "button",
                {
                  type: "button",
                  class: "icon-button re-tool",
                  "aria-label": t(`删除用例：${title(one, index)}`, `Delete test case: ${title(one, index)}`),
                  on: {
                    click: () =>
                      this.ctx.store.change((doc) => {
                        doc.tests.splice(index, 1);
                        if (!doc.tests.length) delete doc.tests;
                        return "trial:keep";
                      }),
                  },
                },
                icon("x"),
              ),
        ),
      ),
    );
    return { note, list };
  }
  async #keep() {
    const title = await ask({
      title: t("存为用例", "Keep as test case"),
      text: t(
        "发布时会重跑所有用例；这次的事实和结论会随规则保存，联系人姓名会脱敏。",
        "Publishing runs every case. These facts and the verdict are kept with the rule; a contact's name is masked.",
      ),
      field: t("用例说明（选填）", "What it shows (optional)"),
      action: t("存为用例", "Keep it"),
    });
    if (title === null) return;
    await this.ctx.keep({
      facts: this.#result.facts,
      event: this.#result.event,
      at: this.#result.at,
      title:
        title.trim() ||
        `${this.#lead?.label || t("编造的事实", "Made-up facts")}${this.#result.fired ? t("：触发", ": fires") : t("：不触发", ": does not fire")}`,
    });
  }
}

function line(clause, depth) {
  const verdict =
    clause.holds === null
      ? h("span", { class: "muted" }, t("不需要", "not needed"))
      : clause.holds
        ? h("span", { class: "done" }, icon("check", 14), t("成立", "holds"))
        : h("span", { class: "late" }, icon("x", 14), t("不成立", "fails"));
  return h(
    "tr",
    { class: clause.holds === null ? "muted" : "" },
    h("td", { class: `re-depth-${Math.min(depth, 4)}` }, clause.words),
    h("td", {}, clause.value ?? ""),
    h("td", { class: "n" }, verdict),
  );
}
