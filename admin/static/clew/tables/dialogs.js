// The page's dialogs and buttons: sending, columns, settings, discarding, import.
import { t } from "../shared/language.js";
import { focusCell } from "./cursor.js";
import { el, root, say, slot } from "./dom.js";
import { whyNot } from "./readiness.js";
import { columnFor, settle, triggerOf } from "./settings.js";
import { ask, change, changed, sheet } from "./state.js";

const $ = (q) => root.querySelector(q);
const refuse = (error) => {
  const said = (error.found?.problems ?? []).map((one) => (one.path ? `${one.path}${t("：", ": ")}` : "") + one.text);
  return said.length ? said.slice(0, 8).join(t("；", "; ")) : error.message;
};
const tell = (text) => {
  const banner = slot("banner");
  const settleDown = () => {
    banner.classList.remove("bad");
    changed();
  };
  banner.hidden = false;
  banner.classList.add("bad");
  banner.replaceChildren(
    el("span", {}, text),
    el("button", { type: "button", class: "button small", onclick: settleDown }, t("知道了", "All right")),
  );
};
const dialogs = {
  submit: () => {
    if (whyNot(sheet)) {
      say(whyNot(sheet));
      return;
    }
    slot("refused").textContent = "";
    slot("approvers").textContent = t(
      `由同事审批（${sheet.version.approvers.join("、")}），作者不能批准自己的草稿。`,
      `A colleague approves it (${sheet.version.approvers.join(", ")}); authors can't approve their own.`,
    );
    $("#dt-submit").showModal();
  },
  send: async () => {
    try {
      sheet.version = (await ask("submit", { note: $("#dt-note").value })).version;
      $("#dt-submit").close();
      say(t("已提交审批", "Sent for approval"));
      changed();
    } catch (error) {
      slot("refused").textContent = refuse(error);
    }
  },
  "add-column": () => {
    const chosen = $("#dt-new-column").value,
      title = $("#dt-new-column").selectedOptions[0].textContent;
    const column = columnFor(chosen),
      isInput = "field" in column;
    $("#dt-column").close();
    change(() => {
      sheet.addColumn(column, { kind: isInput ? "input" : "output", title, name: chosen, offers: [], unit: "" });
      sheet.at.column = isInput ? sheet.inputs - 1 : sheet.width - 1;
    });
    focusCell();
  },
  settings: () => {
    const { title, group, priority } = sheet.document;
    $("#dt-zh").value = title?.zh ?? "";
    $("#dt-en").value = title?.en ?? "";
    $("#dt-trigger").value = triggerOf(sheet.document);
    $("#dt-group").value = group ?? "";
    $("#dt-priority").value = priority ?? 0;
    $("#dt-settings").showModal();
  },
  "keep-settings": () => {
    const typed = (id) => $(id).value.trim();
    const asked = {
      zh: typed("#dt-zh"),
      en: typed("#dt-en"),
      trigger: typed("#dt-trigger"),
      group: typed("#dt-group"),
      priority: Number(typed("#dt-priority")) || 0,
    };
    $("#dt-settings").close();
    change((document) => {
      settle(document, asked);
      if (asked.zh) sheet.title = t(document.title.zh, document.title.en);
    });
  },
  discard: async () => {
    try {
      location.href = (await ask("discard", { revision: sheet.version?.revision })).to;
    } catch (error) {
      $("#dt-settings").close();
      tell(error.message);
    }
  },
};
root.addEventListener("click", (event) => {
  const act = event.target.closest("[data-act]")?.dataset.act;
  if (act) dialogs[act]();
});
slot("hit")?.addEventListener("change", (event) =>
  change((document) => {
    document.hit = event.target.value;
    sheet.hit = event.target.value;
  }),
);
slot("file")?.addEventListener("change", async (event) => {
  const form = new FormData();
  form.append("file", event.target.files[0]);
  event.target.value = "";
  try {
    const found = await ask("import", form);
    change(() => {
      sheet.adopt(found);
      sheet.at = { row: 0, column: 0 };
    });
    say(t("已读入，可以撤销", "Read; this can be undone"));
  } catch (error) {
    tell(`${t("没有导入：", "Not imported: ")}${refuse(error)}`);
  }
});
