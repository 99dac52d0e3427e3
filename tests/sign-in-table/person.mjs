// The person in front of the browser: opens the pages that a program asks the browser to open.
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { PageVisitor } from "../lib/page-visitor.mjs";

const lookEvery = 50; // milliseconds
const visitor = () => new PageVisitor(60);

export class Person {
  #log;
  #timer;
  #read = 0;
  /** What the person does with a page: finishes it, unless a situation says otherwise. */
  act = (url) => visitor().visit(url);
  /** The pages so far: `url`, and how it `ended` once the person has finished it. */
  pages = [];

  /** `log` is the file in which the browser writes each URL. */
  constructor(log) {
    this.#log = log;
    this.#timer = setInterval(() => this.#look(), lookEvery);
  }

  #look() {
    if (!existsSync(this.#log)) return;
    const lines = readFileSync(this.#log, "utf8").split("\n");
    for (const url of lines.slice(this.#read, -1)) {
      this.#read += 1;
      this.#open(url);
    }
  }

  async #open(url) {
    const opened = { url };
    this.pages.push(opened);
    try {
      opened.ended = await this.act(url, this.pages.length);
    } catch (error) {
      opened.ended = { status: 0, text: error.message };
    }
  }

  /** The URL that a page leads back to, on a machine where no program waits for it. */
  async lastUrl(url) {
    const response = await fetch(url, { redirect: "manual" });
    return response.headers.get("location");
  }

  /** Waits until this many pages are open. */
  async sees(count, seconds = 15) {
    const stop = performance.now() + seconds * 1000;
    while (this.pages.length < count) {
      if (performance.now() > stop) throw new Error(`no page opened within ${seconds} s`);
      await sleep(lookEvery);
    }
  }

  leave() {
    clearInterval(this.#timer);
  }
}

/** Leaves the page open and does nothing. */
export const ignore = () => undefined;
