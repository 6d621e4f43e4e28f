// Numbers as people write and read them.
import { isEnglish, t } from "../shared/language.js";

/** How people say a sum: 200000 → = 20 万元. Empty where the figure says it already. */
export function reading(value, unit) {
  if (typeof value !== "number" || !Number.isFinite(value)) return "";
  if (["元", "yuan"].includes(unit)) return isEnglish ? "" : money(Math.abs(value), value);
  if (/分钟|minute/.test(unit) && value >= 60) return `= ${trim(value / 60)} ${t("小时", "h")}`;
  if (/小时|hour/.test(unit) && value >= 48) return `= ${trim(value / 24)} ${t("天", "days")}`;
  return "";
}
function money(size, value) {
  if (size >= 1e8) return `= ${trim(value / 1e8)} 亿元`;
  return size >= 1e4 ? `= ${trim(value / 1e4)} 万元` : "";
}
const trim = (number) => String(Math.round(number * 100) / 100);

/** Read what was typed as a number: "20万" and "200,000" too. Undefined if it is none. */
export function asNumber(text) {
  const found = /^(-?[\d.]+)\s*(万|亿)?$/.exec(text.replaceAll(/[,，\s]/g, ""));
  const number = found ? Number(found[1]) * ({ 万: 1e4, 亿: 1e8 }[found[2]] || 1) : Number.NaN;
  return Number.isFinite(number) ? Math.round(number * 1e6) / 1e6 : undefined;
}
