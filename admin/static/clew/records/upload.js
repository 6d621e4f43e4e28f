// Files dropped or chosen go up one by one, with how far each is; what is refused is said and loses no other.
import { fill } from "../shared/fill.js";
import { $, all } from "../shared/find.js";

const MB = 1024 * 1024;

class Upload {
  constructor(form) {
    this.form = form;
    this.told = $("[data-told]", form);
    this.input = $("input[type=file]", form);
    this.input.addEventListener("change", () => this.take([...this.input.files]));
    for (const name of ["dragenter", "dragover"])
      form.addEventListener(name, (event) => {
        event.preventDefault();
        form.classList.add("over");
      });
    form.addEventListener("dragleave", (event) => {
      if (!form.contains(event.relatedTarget)) form.classList.remove("over");
    });
    form.addEventListener("drop", (event) => {
      event.preventDefault();
      form.classList.remove("over");
      this.take([...event.dataTransfer.files]);
    });
  }
  async take(files) {
    if (this.busy || !files.length) return;
    this.busy = true;
    this.told.replaceChildren();
    let refused = 0;
    for (const file of files) refused += (await this.one(file)) ? 0 : 1;
    this.busy = false;
    this.input.value = "";
    // What was refused stays to be read; the page shows the files that are in.
    if (!refused) location.reload();
    else if (refused < files.length) this.offerRefresh();
  }
  offerRefresh() {
    const line = document.createElement("li"),
      link = document.createElement("a");
    Object.assign(link, { href: location.pathname + location.search, textContent: this.form.dataset.refresh });
    line.append(link);
    this.told.append(line);
  }
  async one(file) {
    const line = document.createElement("li"),
      most = Number(this.form.dataset.most);
    this.told.append(line);
    if (file.size > most * MB)
      return this.say(line, fill(this.form.dataset.tooLarge, { name: file.name, most }), false);
    const bar = document.createElement("progress"),
      words = document.createElement("span");
    bar.max = 100;
    bar.value = 0;
    line.append(words, bar);
    const answer = await this.sent(file, (share) => {
      bar.value = share;
      words.textContent = fill(this.form.dataset.sending, { name: file.name, share });
    });
    const found = answer?.files?.[0] ?? {
      ok: false,
      text: answer?.text ?? fill(this.form.dataset.offline, { name: file.name }),
    };
    return this.say(line, found.text, found.ok);
  }
  say(line, text, ok) {
    line.className = ok ? "done" : "late";
    line.textContent = text;
    return ok;
  }
  sent(file, progress) {
    const body = new FormData(),
      call = new XMLHttpRequest();
    body.set("csrf_token", $("[name=csrf_token]", this.form).value);
    body.set("key", crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`);
    body.set("file", file);
    call.open("POST", this.form.action);
    call.setRequestHeader("Accept", "application/json");
    call.responseType = "json";
    call.upload.addEventListener("progress", (event) => progress(Math.round((100 * event.loaded) / event.total)));
    return new Promise((done) => {
      call.addEventListener("load", () => done(call.response));
      call.addEventListener("error", () => done(undefined));
      call.send(body);
    });
  }
}

for (const form of all("form[data-upload]")) new Upload(form);
