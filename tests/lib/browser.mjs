#!/usr/bin/env node
// A browser without a person: it follows redirects, keeps cookies, submits every form with `ada` in
// its empty fields, and stops at a page without a form. It logs the URL that it was opened with to
// $BROWSER_LOG, waits $BROWSER_DELAY seconds, as somebody who types a password, and tries a URL
// that refuses the connection $BROWSER_TRIES times.
import { appendFileSync } from "node:fs";
import { setDefaultAutoSelectFamilyAttemptTimeout } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

// The tries are a tenth of a second apart: the callback server may not listen yet.
const tries = Number(process.env.BROWSER_TRIES ?? 100);

// `localhost` has two addresses; on a busy machine, the default of 250 ms is too short for both.
setDefaultAutoSelectFamilyAttemptTimeout(10_000);

/** The cookies, by host name whatever the port, as in browsers. */
const jar = new Map();

function keep(url, response) {
  for (const line of response.headers.getSetCookie()) {
    const [pair, ...attributes] = line.split(/;\s*/);
    const [name, value] = [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)];
    const path = attributes.find((text) => /^path=/i.test(text))?.slice(5) ?? "/";
    jar.set(`${url.hostname} ${path} ${name}`, {
      host: url.hostname,
      path,
      text: `${name}=${value}`,
    });
  }
}

function cookies(url) {
  const fits = ({ host, path }) => host === url.hostname && url.pathname.startsWith(path);
  return Array.from(jar.values())
    .filter(fits)
    .map(({ text }) => text)
    .join("; ");
}

async function get(url, form) {
  for (let left = tries; ; left -= 1) {
    try {
      const method = form ? "POST" : "GET";
      return await fetch(url, {
        method,
        body: form,
        headers: { cookie: cookies(url) },
        redirect: "manual",
      });
    } catch (error) {
      if (left === 0) throw error;
      await sleep(100);
    }
  }
}

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

async function visit(url, form) {
  const response = await get(url, form);
  keep(url, response);
  const next = response.headers.get("location");
  if (next) return visit(new URL(next, url));
  const page = filled(await response.text());
  if (response.ok && page) return visit(new URL(page.action, url), page.form);
  return response.status;
}

const start = process.argv[2];
if (process.env.BROWSER_LOG) appendFileSync(process.env.BROWSER_LOG, `${start}\n`);
await sleep(Number(process.env.BROWSER_DELAY ?? 0) * 1000);
await visit(new URL(start));
