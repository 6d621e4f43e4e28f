// Saving by itself: a copy on this computer at once, the draft on the server soon after, and what to do in a conflict.
import { nOf, t } from "../shared/language.js";
import { ask, h, toast } from "./dom.js";

const AFTER = 700;
export const WAITS = t(
  "先留在本机；有了名称、时机和动作后自动存为草稿",
  "Kept on this computer; saved as a draft once it has a name, an event and an action",
);

export class Saving {
  #timer = 0;
  #running = null;
  #again = false;
  #saved;
  #held = false;
  constructor(ctx, { changed }) {
    this.ctx = ctx;
    this.changed = changed;
    this.status = "";
    this.failed = false;
    this.#saved = JSON.stringify(ctx.store.doc);
    addEventListener("online", () => {
      if (this.failed) this.flush();
    });
    addEventListener("beforeunload", (event) => {
      if (this.unsaved && this.failed) event.preventDefault();
    });
  }
  get #key() {
    return `clew-rule-draft:${this.ctx.api.code}`;
  }
  get unsaved() {
    return JSON.stringify(this.ctx.store.doc) !== this.#saved;
  }

  /** Bring back what could not be saved before the page was left. */
  recover() {
    if (this.ctx.readOnly) return;
    let kept;
    try {
      kept = JSON.parse(localStorage.getItem(this.#key) || "null");
    } catch {
      kept = null;
    }
    if (!kept || JSON.stringify(kept.document) === this.#saved) {
      localStorage.removeItem(this.#key);
      return;
    }
    if (kept.revision !== (this.ctx.version?.revision ?? null)) {
      localStorage.removeItem(this.#key);
      return;
    }
    this.ctx.store.replace(kept.document);
    toast(this.ctx.slots.toasts, t("找回了没来得及保存的改动", "Brought back what was not saved yet"), {
      action: t("撤销", "Undo"),
      act: () => this.ctx.store.undo(),
    });
  }
  later() {
    if (this.ctx.readOnly) return;
    try {
      localStorage.setItem(
        this.#key,
        JSON.stringify({ document: this.ctx.store.doc, revision: this.ctx.version?.revision ?? null }),
      );
    } catch {
      /* The browser keeps nothing: the server will. */
    }
    clearTimeout(this.#timer);
    // A new rule is named for good with its first saving: so it waits until there is something to name it by.
    const { title, trigger, then, derive } = this.ctx.store.doc;
    if (this.ctx.isNew && !(title?.zh && trigger && (then?.length || derive))) {
      this.status = WAITS;
      this.changed();
      return;
    }
    this.status = t("正在保存…", "Saving…");
    this.changed();
    this.#timer = setTimeout(() => this.flush(), AFTER);
  }
  /** Save now what is not saved yet; true once everything is on the server. */
  async flush() {
    clearTimeout(this.#timer);
    if (this.#held) return false;
    if (this.#running) {
      this.#again = true;
      await this.#running;
      return this.unsaved ? this.flush() : !this.failed;
    }
    if (!this.unsaved) return true;
    this.#running = this.#save();
    try {
      await this.#running;
    } finally {
      this.#running = null;
    }
    if (this.#again || (this.unsaved && !this.failed && !this.#held)) {
      this.#again = false;
      return this.flush();
    }
    return !this.failed && !this.#held;
  }
  async #save() {
    const sent = JSON.stringify(this.ctx.store.doc),
      key = this.#key;
    try {
      const found = await this.ctx.api.call("save", {
        document: this.ctx.store.doc,
        revision: this.ctx.version?.revision ?? null,
      });
      if (found.conflict) {
        await this.#conflict(found.conflict);
        return;
      }
      this.failed = false;
      this.ctx.saved(found);
      const same = JSON.stringify(this.ctx.store.doc) === sent;
      this.ctx.store.settle({
        id: found.document.id,
        ...("version" in found.document ? { version: found.document.version } : {}),
      });
      this.#saved = same
        ? JSON.stringify(this.ctx.store.doc)
        : JSON.stringify({ ...JSON.parse(sent), id: found.document.id, version: found.document.version });
      localStorage.removeItem(key);
      this.status = "";
    } catch (error) {
      this.failed = true;
      this.status = error.message;
      if (!error.offline || !this.toasted)
        this.toasted = toast(this.ctx.slots.toasts, t(`没存上：${error.message}`, `Not saved: ${error.message}`), {
          error: true,
          action: t("重试", "Try again"),
          act: () => {
            this.toasted = null;
            this.flush();
          },
        });
    }
    this.changed();
  }
  /** The document as it now is on the server. */
  settled() {
    this.#saved = JSON.stringify(this.ctx.store.doc);
    localStorage.removeItem(this.#key);
    this.status = "";
    this.failed = false;
    this.changed();
  }

  async #conflict({ text, version, document, differences }) {
    this.#held = true;
    const theirs = t("载入对方的", "Take theirs"),
      mine = t("保留我的", "Keep mine");
    const list = differences.length
      ? h(
          "details",
          { open: true },
          h(
            "summary",
            {},
            t(
              `对比：从对方的到我的，${differences.length} 处不同`,
              `Compare: from theirs to mine, ${nOf(differences.length, "difference")}`,
            ),
          ),
          h(
            "ul",
            { class: "re-differences small" },
            differences.map((one) => h("li", {}, one)),
          ),
        )
      : null;
    const chosen = await ask({
      title: t("有人同时改了这份草稿", "Somebody else changed this draft"),
      text: [h("p", {}, text), list],
      action: [theirs, mine],
    });
    this.#held = false;
    this.ctx.saved({ version });
    if (chosen === theirs) {
      const before = this.ctx.store.doc;
      this.ctx.store.replace(document);
      this.settled();
      toast(this.ctx.slots.toasts, t("已载入对方的草稿", "Their draft is loaded"), {
        action: t("撤销", "Undo"),
        act: () => {
          if (this.ctx.store.doc !== before) this.ctx.store.undo();
        },
      });
      return;
    }
    if (chosen === mine) {
      this.#again = true;
      return;
    }
    this.failed = true;
    this.status = t("与对方的草稿冲突，尚未保存", "In conflict with their draft, not saved");
    this.changed();
  }
}
