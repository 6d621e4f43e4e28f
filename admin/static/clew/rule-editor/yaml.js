// The rule as YAML, to read, copy or change; nothing is lost on the way there and back.
import { h, icon, t } from "./dom.js";

export class Yaml {
  #timer = 0;
  #shown = "";
  constructor(ctx, slot) {
    this.ctx = ctx;
    this.slot = slot;
    this.text = h("textarea", {
      class: "re-yaml",
      spellcheck: "false",
      "aria-label": t("规则的 YAML", "The rule as YAML"),
      "aria-describedby": "yaml-note",
      readOnly: ctx.readOnly,
      on: {
        input: () => {
          clearTimeout(this.#timer);
          this.#timer = setTimeout(() => this.#take(), 350);
        },
      },
    });
    this.note = h("div", { id: "yaml-note", class: "re-yaml-note small", role: "status" });
    slot.append(this.text, this.note);
  }
  get active() {
    return !this.slot.hidden;
  }
  async show() {
    try {
      const { text } = await this.ctx.api.call("yaml", { document: this.ctx.store.doc });
      this.#shown = text;
      this.text.value = text;
      this.#say([]);
    } catch (error) {
      this.#say([{ path: "", text: error.message }]);
    }
  }
  async #take() {
    const text = this.text.value;
    if (text === this.#shown) return;
    try {
      const { document } = await this.ctx.api.call("yaml", { text });
      if (this.text.value !== text) return;
      this.#shown = text;
      this.ctx.store.replace(document, { key: "yaml", yaml: true });
      this.#say(this.ctx.preview?.problems || []);
    } catch (error) {
      this.#say(error.problems?.length ? error.problems : [{ path: "", text: error.message }]);
    }
  }
  /** Problems of the document, with a way to the line where one is known. */
  tell(preview) {
    if (this.active) this.#say(preview.problems);
  }
  #say(problems) {
    this.text.toggleAttribute("aria-invalid", problems.length > 0);
    this.note.replaceChildren(
      ...(problems.length
        ? problems.map((one) => this.#problem(one))
        : [
            h(
              "span",
              { class: "muted" },
              t("改动会立刻反映到表单；关键字和格式见规则语言手册。", "Changes go into the form at once."),
            ),
          ]),
    );
  }
  #problem({ path, text }) {
    const line = Number(/line (\d+)/.exec(path)?.[1]) || this.#lineOf(path);
    return h(
      "p",
      { class: "late" },
      icon("circle-x", 14),
      line
        ? h(
            "button",
            { type: "button", class: "re-line", on: { click: () => this.#goTo(line) } },
            t(`第 ${line} 行`, `line ${line}`),
          )
        : "",
      path && !/^line/.test(path) ? h("code", {}, path) : "",
      " ",
      text,
    );
  }
  #lineOf(path) {
    const last = path
      .match(/[^.[\]]+/g)
      ?.filter((one) => !/^\d+$/.test(one))
      .pop();
    const index = last
      ? this.text.value
          .split("\n")
          .findIndex((line) => new RegExp(`(^|[\\s{,-])${last.replace(/[^\w]/g, ".")}\\s*:`).test(line))
      : -1;
    return index + 1;
  }
  #goTo(line) {
    const lines = this.text.value.split("\n"),
      from = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    this.text.focus();
    this.text.setSelectionRange(from, from + (lines[line - 1] || "").length);
  }
}
