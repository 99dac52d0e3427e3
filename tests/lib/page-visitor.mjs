// Opens pages as a browser does: it follows redirects, keeps cookies, submits every form with `ada`
// in its empty fields, and stops at a page without a form.
import { setDefaultAutoSelectFamilyAttemptTimeout } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

// `localhost` has two addresses; on a busy machine, the default of 250 ms is too short for both.
setDefaultAutoSelectFamilyAttemptTimeout(10_000);

const mostSteps = 30;

const unescapeHtml = (text) =>
  text.replaceAll("&quot;", '"').replaceAll("&#39;", "'").replaceAll("&amp;", "&");

function filled(page) {
  const attribute = (tag, name) => new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1];
  const [, tag, inside] = /(<form\b[^>]*>)(.*?)<\/form>/s.exec(page) ?? [];
  if (!tag) return undefined;
  const fields = (inside.match(/<input\b[^>]*>/g) ?? [])
    .map((input) => [attribute(input, "name"), unescapeHtml(attribute(input, "value") ?? "ada")])
    .filter(([name]) => name);
  return { action: unescapeHtml(attribute(tag, "action")), form: new URLSearchParams(fields) };
}

export class PageVisitor {
  /** The cookies, by host name whatever the port, as in browsers. */
  #jar = new Map();
  #tries;

  /**
   * `tries` is how often to try a URL that refuses the connection, a tenth of a second apart: the
   * callback server may not listen yet.
   */
  constructor(tries = 100) {
    this.#tries = tries;
  }

  /** Opens a page. Returns the last page: its `url`, `status` and `text`. */
  async visit(start) {
    let [url, form] = [new URL(start), undefined];
    for (let left = mostSteps; left > 0; left -= 1) {
      const response = await this.#get(url, form);
      this.#keep(url, response);
      const next = response.headers.get("location");
      const text = await response.text();
      const page = response.ok && filled(text);
      if (!next && !page) return { url: url.href, status: response.status, text };
      [url, form] = next ? [new URL(next, url), undefined] : [new URL(page.action, url), page.form];
    }
    throw new Error(`more than ${mostSteps} redirects from ${start}`);
  }

  async #get(url, form) {
    for (let left = this.#tries; ; left -= 1) {
      try {
        const method = form ? "POST" : "GET";
        const headers = { accept: "text/html, */*;q=0.8", cookie: this.#cookies(url) };
        return await fetch(url, { method, body: form, headers, redirect: "manual" });
      } catch (error) {
        if (left === 0) throw error;
        await sleep(100);
      }
    }
  }

  #keep(url, response) {
    for (const line of response.headers.getSetCookie()) {
      const [pair, ...attributes] = line.split(/;\s*/);
      const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
      const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? "/";
      this.#jar.set(`${url.hostname} ${path} ${name}`, {
        host: url.hostname,
        path,
        text: `${name}=${value}`,
      });
    }
  }

  #cookies(url) {
    const fits = ({ host, path }) => host === url.hostname && url.pathname.startsWith(path);
    return Array.from(this.#jar.values())
      .filter(fits)
      .map(({ text }) => text)
      .join("; ");
  }
}
