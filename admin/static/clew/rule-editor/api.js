// Asking the server: JSON both ways, the form's token in a header, failures as one kind of error.
import { t } from "../shared/language.js";

export class Refused extends Error {
  constructor(status, body) {
    super(body.error || t("没有办成", "That did not work"));
    this.status = status;
    this.code = body.code || "";
    this.problems = body.problems || [];
  }
  get offline() {
    return this.status === 0;
  }
}

export class Api {
  constructor(code, token) {
    this.code = code;
    this.token = token;
  }
  async call(what, body, { signal } = {}) {
    const options = { credentials: "same-origin", headers: { Accept: "application/json" }, signal };
    if (body !== undefined) {
      options.method = "POST";
      options.body = JSON.stringify(body);
      options.headers["Content-Type"] = "application/json";
      options.headers["X-CSRFToken"] = this.token;
    }
    let answer;
    try {
      answer = await fetch(`/rules/${encodeURIComponent(this.code)}/edit/${what}`, options);
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Refused(0, {
        error: t("网络断了，内容已留在本机", "You are offline; your work is kept on this computer"),
      });
    }
    if (!(answer.headers.get("Content-Type") || "").includes("json")) {
      if (answer.status >= 500)
        throw new Refused(answer.status, {
          error: t(
            "系统出错了；改动已留在本机，稍后再试",
            "Something broke; your changes are kept on this computer: try again later",
          ),
          code: "broken",
        });
      throw new Refused(answer.status, {
        error: t(
          "登录已过期或页面放得太久；请刷新，改动已留在本机",
          "The session is over: reload; your changes are kept on this computer",
        ),
        code: "session",
      });
    }
    const found = await answer.json();
    if (!answer.ok) throw new Refused(answer.status, found);
    return found;
  }
}
