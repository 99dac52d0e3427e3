#!/usr/bin/env node
// A browser without a person (page-visitor.mjs). It logs the URL that it was opened with to
// $BROWSER_LOG, waits $BROWSER_DELAY seconds, as somebody who types a password, and tries a URL
// that refuses the connection $BROWSER_TRIES times.
import { appendFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { PageVisitor } from "./page-visitor.mjs";

const start = process.argv[2];
if (process.env.BROWSER_LOG) appendFileSync(process.env.BROWSER_LOG, `${start}\n`);
await sleep(Number(process.env.BROWSER_DELAY ?? 0) * 1000);
await new PageVisitor(Number(process.env.BROWSER_TRIES ?? 100)).visit(start);
