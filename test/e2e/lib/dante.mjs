// What the tests of Dante's pages share: the servers and the browser of a test, and looking at the canto.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, afterEach, before } from "node:test";
import { fileURLToPath } from "node:url";
import { startBrowser, untilBody } from "./browser.mjs";
import { startNginx } from "./nginx.mjs";
import { startProgram } from "./server.mjs";

const sourceRoot = process.env.SIO_SOURCE_ROOT ?? fileURLToPath(new URL("../../..", import.meta.url));
const program = process.env.SIO_DANTE ?? join(process.env.SIO_BUILD_ROOT, "examples/dante/dante");

/** Its stanzas. */
export const canto = readFileSync(join(sourceRoot, "examples/dante/inferno-1.txt"), "utf8").trimEnd().split("\n\n");

export const quick = ["--interval", "20"];
export const slow = ["--interval", "600000"];
/** How it is told of its virtual directory. */
export const kept = ["--path", "/dante/socket.io"];

/**
 * Starts what a test needs and stops it when the test is over:
 *   dante(...args)      the program, which the test may stop() before
 *   nginx(...locations) see startNginx
 *   open(url, options)  a page, see startBrowser; that nothing went wrong in it is looked at in the end
 */
export function stage() {
  let browser;
  let cleanup = [];

  before(async () => { browser = await startBrowser(); });
  after(() => browser?.close());
  afterEach(async () => {
    const steps = cleanup.reverse();
    cleanup = [];
    for (const step of steps)
      await step();
  });

  async function dante(...args) {
    const server = await startProgram(program, args.includes("--pipe") ? args : ["--port", "0", ...args]);
    const { stop } = server;
    let stopped;
    server.stop = (signal) => (stopped ??= stop(signal)); // by the test, or after it
    cleanup.push(() => server.stop());
    return server;
  }

  async function nginx(...locations) {
    const proxy = await startNginx(...locations);
    cleanup.push(() => proxy.stop());
    return proxy;
  }

  async function open(url, options) {
    const page = await browser.open(url, options);
    cleanup.push(async () => {
      await page.context().close();
      assert.deepEqual(page.errors, []);
    });
    return page;
  }

  return { dante, nginx, open };
}

export const stanzas = (page) => page.$$eval(".stanza", (all) => all.map((stanza) => stanza.textContent));
export const untilStanzas = (page, count) =>
  page.waitForFunction((least) => document.querySelectorAll(".stanza").length >= least, count);

export async function readToTheEnd(page) {
  await untilBody(page, "state", "done");
  assert.deepEqual(await stanzas(page), canto);
}

/** Makes what is there old, see untilStartedOver. */
export const mark = (page) => page.$$eval(".stanza", (all) => all.forEach((stanza) => stanza.setAttribute("data-old", "")));

/** Waits for the canto as a new connection begins it, with nothing left of what is marked as old. */
export async function untilStartedOver(page) {
  await page.waitForFunction((first) => document.querySelector(".stanza[data-old]") === null &&
    document.querySelector(".stanza")?.textContent === first, canto[0]);
}
