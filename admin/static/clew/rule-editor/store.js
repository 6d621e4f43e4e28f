// The document being written: places in it by path, one way to change it, undo and redo.
export const clone = (value) => (value === undefined ? undefined : structuredClone(value));

export function steps(path) {
  return (path.match(/[^.[\]]+/g) || []).map((one, index) =>
    path.includes(`[${one}]`) && /^\d+$/.test(one) && index ? Number(one) : one,
  );
}
export const get = (doc, path) =>
  steps(path).reduce((at, key) => (at === undefined || at === null ? undefined : at[key]), doc);
export function set(doc, path, value) {
  const keys = steps(path),
    last = keys.pop();
  const at = keys.reduce((here, key) => (here[key] ??= {}), doc);
  if (value === undefined) delete at[last];
  else at[last] = value;
}

const COALESCE = 1200;

export class Store extends EventTarget {
  #past = [];
  #future = [];
  #last = { key: "", at: 0 };
  constructor(document) {
    super();
    this.doc = document;
  }
  get canUndo() {
    return this.#past.length > 0;
  }
  get canRedo() {
    return this.#future.length > 0;
  }
  get(path) {
    return get(this.doc, path);
  }

  /** Change the document by `edit(copy)`. Quiet: the control already shows it. Same `key` soon after: one undo step. */
  change(edit, { key = "", quiet = false, focus } = {}) {
    const next = clone(this.doc),
      found = edit(next);
    if (JSON.stringify(next) === JSON.stringify(this.doc)) return;
    const now = Date.now();
    if (!key || key !== this.#last.key || now - this.#last.at > COALESCE) this.#past.push(this.doc);
    this.#last = { key, at: now };
    this.#future = [];
    this.doc = next;
    this.#tell({ quiet, focus: focus ?? found });
  }
  put(path, value, options = {}) {
    this.change((doc) => set(doc, path, value), { key: path, ...options });
  }
  replace(document, options = {}) {
    this.change((doc) => {
      for (const key of Object.keys(doc)) delete doc[key];
      Object.assign(doc, clone(document));
    }, options);
  }
  undo() {
    this.#swap(this.#past, this.#future);
  }
  redo() {
    this.#swap(this.#future, this.#past);
  }
  /** Take what the server made of the document, such as its number, as if it had always been there. */
  settle(values) {
    Object.assign(this.doc, values);
  }
  /** Start anew from a document that is on record. */
  reset(document) {
    this.#past = [];
    this.#future = [];
    this.doc = document;
    this.#tell({ saved: true });
  }

  #swap(from, to) {
    if (!from.length) return;
    to.push(this.doc);
    this.doc = from.pop();
    this.#last = { key: "", at: 0 };
    this.#tell({});
  }
  #tell(detail) {
    this.dispatchEvent(new Changed(detail));
  }
}

class Changed extends Event {
  constructor(detail) {
    super("change");
    this.detail = detail;
  }
}
