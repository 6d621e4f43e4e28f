// The table on this page: one sheet, the one way to change it, and the way to the server.
import { t } from "../shared/language.js";
import { root, say } from "./dom.js";
import { Sheet } from "./sheet.js";

export const sheet = new Sheet(JSON.parse(document.getElementById("table-state").textContent));

const listeners = [];
export const onChange = (act) => listeners.push(act);
export const changed = () => {
  for (const act of listeners) act();
};

// Every change goes through here: it can be undone, and is read, checked and saved by the server.
export const change = (act) => {
  if (!sheet.may_edit) return;
  sheet.remember();
  act(sheet.document);
  changed();
  send();
};
const stepped = (done, words) => {
  if (!done) return;
  changed();
  send();
  say(words);
};
export const undo = () => stepped(sheet.undo(), t("已撤销", "Undone"));
export const redo = () => stepped(sheet.redo(), t("已重做", "Done again"));

export const ask = async (path, body) => {
  const form = body instanceof FormData;
  const answer = await fetch(`/tables/${sheet.code}/${path}`, {
    method: "POST",
    headers: { "X-CSRFToken": root.dataset.csrf, ...(form ? {} : { "Content-Type": "application/json" }) },
    body: form ? body : JSON.stringify(body),
  });
  const found = await answer
    .json()
    .catch(() => ({ error: t("服务器没有答上来，请稍后再试。", "The server did not answer; try again.") }));
  if (!answer.ok) throw Object.assign(new Error(found.error || String(answer.status)), { found });
  return found;
};

let busy = false,
  again = false;
/** Save and look; what changes meanwhile is sent when the answer is there. */
export const send = async () => {
  if (sheet.conflict) return;
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  sheet.saving = t("正在保存…", "Saving…");
  changed();
  const failed = await look();
  busy = false;
  sheet.saving = failed;
  sheet.failed = Boolean(failed);
  changed();
  const more = again && !failed;
  again = false;
  if (more) send();
};

/** Returns what went wrong, "" if nothing did. */
async function look() {
  const { document, typed, version } = sheet;
  try {
    const found = await ask("look", { document, typed, save: true, revision: version?.revision ?? null });
    if (found.conflict) {
      sheet.conflict = found.conflict;
      return "";
    }
    sheet.version = found.version;
    if (!again) sheet.adoptLook(found);
    return "";
  } catch (error) {
    return `${t("没有存下：", "Not saved: ")}${error.message}`;
  }
}
