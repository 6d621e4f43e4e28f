// The rule as YAML, to read, copy or change; nothing is lost on the way there and back.
import { t } from "../shared/language.js";
import { h, icon } from "./dom.js";
import { lineOf, spanOf } from "./yaml-lines.js";

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
    const line = lineOf(this.text.value, path);
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
  #goTo(line) {
    this.text.focus();
    this.text.setSelectionRange(...spanOf(this.text.value, line));
  }
}
