// Pages of other sites: what they are refused, what they are not, and what real pages in a real browser get.
import assert from "node:assert/strict";
import { once } from "node:events";
import http from "node:http";
import { after, before, describe, it } from "node:test";
import { ask, polling } from "./lib/engine.mjs";
import { ask as emit, connected } from "./lib/client.mjs";
import { startBrowser } from "./lib/browser.mjs";
import { upgrade } from "./lib/http.mjs";
import { Polling, stats } from "./lib/raw.mjs";
import { startProgram } from "./lib/server.mjs";

const start = (...options) => startProgram(process.env.SIO_E2E_SERVER, options);
const evil = { origin: "https://evil.example" };
const listed = { origin: "https://listed.example" };
const list = "https://listed.example,http://*.listed.example";

const engine = "/socket.io/?EIO=4&transport=websocket";
const handshake = (url, headers, query = polling) => ask(url, { where: "/socket.io/", query, headers });

describe("with a list of origins", () => {
  let server, url, own, witness;
  before(async () => {
    server = await start("--cors", list, "--eio3", "on", "--v09", "on");
    url = server.url;
    own = { origin: url };
    witness = await connected(url, { transports: ["websocket"] });
  });
  after(async () => {
    witness?.close();
    await server?.stop();
  });

  /** So many refusals, of which nobody else has noticed anything. */
  async function refuses(count, run) {
    const earlier = (await stats(url)).limited.origin ?? 0;
    await run();
    assert.equal(await emit(witness, "ack", "fine"), "fine");
    assert.equal(((await stats(url)).limited.origin ?? 0) - earlier, count);
  }

  it("a WebSocket handshake", () => refuses(4, async () => {
    assert.deepEqual(await upgrade(url, engine, evil), [403, "Forbidden"]);
    assert.deepEqual(await upgrade(url, engine, { origin: "null" }), [403, "Forbidden"]);
    assert.deepEqual(await upgrade(url, engine, { origin: "http://listed.example" }), [403, "Forbidden"]);
    assert.deepEqual(await upgrade(url, "/socket.io/?EIO=3&transport=websocket", evil), [403, "Forbidden"]);
    assert.deepEqual(await upgrade(url, engine, listed), [101]);
    assert.deepEqual(await upgrade(url, engine, { origin: "http://a.listed.example" }), [101]);
    assert.deepEqual(await upgrade(url, engine, own), [101]);
    assert.deepEqual(await upgrade(url, engine), [101]);
  }));

  it("a polling handshake", () => refuses(3, async () => {
    for (const headers of [evil, { "sec-fetch-site": "cross-site" }]) {
      const { status, body } = await handshake(url, headers);
      assert.deepEqual([status, body], [403, '{"code":4,"message":"Forbidden"}']);
    }
    assert.equal((await handshake(url, { "sec-fetch-site": "cross-site" }, "EIO=3&transport=polling&j=0")).status, 403);
    for (const headers of [listed, own, {}, { "sec-fetch-site": "same-origin" }])
      assert.equal((await handshake(url, headers)).status, 200);
  }));

  it("moving a session to WebSocket; it stays where it is", () => refuses(1, async () => {
    const session = await Polling.open(url);
    const at = `${engine}&sid=${session.sid}`;
    assert.deepEqual(await upgrade(url, at, evil), [403, "Forbidden"]);
    await session.send("40");
    assert.match((await session.poll())[0], /^40\{"sid"/);
    assert.deepEqual(await upgrade(url, at, own), [101]);
    /* Whoever knows the id may use it: it cannot be read across origins. */
    const post = await ask(url, { where: "/socket.io/", query: `${polling}&sid=${session.sid}`, method: "POST", body: '42["ack"]', headers: evil });
    assert.equal(post.status, 200);
  }));

  it("[L8] 0.9: the handshake, and its WebSocket", () => refuses(3, async () => {
    const at = async (headers, query = "") => ask(url, { where: "/socket.io/1/", query, headers });
    const refused = await at(evil);
    assert.deepEqual([refused.status, refused.body], [403, "handshake bad origin"]);
    assert.equal((await at({ "sec-fetch-site": "cross-site" }, "jsonp=0")).body, 'io.j[0](new Error("handshake bad origin"));');
    const [sid] = (await at(own)).body.split(":");
    assert.deepEqual(await upgrade(url, `/socket.io/1/websocket/${sid}`, evil), [403, "Forbidden"]);
    assert.deepEqual(await upgrade(url, `/socket.io/1/websocket/${sid}`, listed), [101]);
  }));

  it("a raw WebSocket", () => refuses(1, async () => {
    assert.deepEqual(await upgrade(url, "/raw", evil), [403, "Forbidden"]);
    for (const headers of [listed, own, {}])
      assert.deepEqual(await upgrade(url, "/raw", headers), [101]);
  }));

  it("other requests are nobody's business", () => refuses(0, async () => {
    assert.equal((await fetch(`${url}/stats`, { headers: evil })).status, 200);
    assert.equal((await fetch(`${url}/socket.io/socket.io.js`, { headers: evil })).status, 200);
  }));
});

describe("by option", () => {
  it("without CORS nothing is checked, as in Node", async () => {
    const server = await start();
    for (const where of [engine, "/raw"])
      assert.deepEqual(await upgrade(server.url, where, evil), [101]);
    assert.equal((await handshake(server.url, evil)).status, 200);
    await server.stop();
  });

  it("with everybody allowed there is nobody to refuse", async () => {
    const server = await start("--cors", "*");
    for (const where of [engine, "/raw"])
      assert.deepEqual(await upgrade(server.url, where, evil), [101]);
    assert.equal((await handshake(server.url, { "sec-fetch-site": "cross-site" })).status, 200);
    await server.stop();
  });

  it("on: without CORS only pages of the same origin", async () => {
    const server = await start("--origin-check", "on");
    for (const where of [engine, "/raw"]) {
      assert.deepEqual(await upgrade(server.url, where, evil), [403, "Forbidden"]);
      assert.deepEqual(await upgrade(server.url, where, { origin: server.url }), [101]);
    }
    await server.stop();
  });

  it("off", async () => {
    const server = await start("--cors", list, "--origin-check", "off", "--v09", "on");
    for (const where of [engine, "/raw"])
      assert.deepEqual(await upgrade(server.url, where, evil), [101]);
    assert.equal((await ask(server.url, { where: "/socket.io/1/", query: "", headers: evil })).status, 200);
    await server.stop();
  });
});

describe("in a browser", () => {
  let browser, pages, port;
  before(async () => {
    browser = await startBrowser();
    pages = http.createServer((request, response) => {
      response.setHeader("Content-Type", "text/html");
      response.end("<!doctype html><title>a page</title>");
    });
    pages.listen(0, "127.0.0.1");
    await once(pages, "listening");
    port = pages.address().port;
  });
  after(async () => {
    await browser?.close();
    pages?.close();
  });

  /** What a page gets: "open" or "error". */
  const socketOf = (page, url) => page.evaluate((to) => new Promise((resolve) => {
    const ws = new WebSocket(to);
    ws.onopen = () => resolve("open");
    ws.onerror = () => resolve("error");
  }), url);
  const scriptOf = (page, url) => page.evaluate((src) => new Promise((resolve) => {
    window.___eio = [() => resolve("called")];
    const script = Object.assign(document.createElement("script"), { src, onerror: () => resolve("error"), onload: () => resolve("loaded") });
    document.head.append(script);
  }), url);

  it("a page of another site gets neither a WebSocket nor a JSONP session, one of the same origin does", async () => {
    const server = await start("--cors", list, "--eio3", "on");
    const to = server.url.replace("http", "ws"), jsonp = `${server.url}/socket.io/?EIO=3&transport=polling&j=0`;
    const other = await browser.open(`http://localhost:${port}/`);
    assert.equal(await socketOf(other, `${to}${engine}`), "error");
    assert.equal(await socketOf(other, `${to}/raw`), "error");
    assert.equal(await scriptOf(other, jsonp), "error");
    assert.equal((await stats(server.url)).limited.origin, 3);
    const same = await browser.open(`${server.url}/stats`);
    assert.equal(await socketOf(same, `${to}${engine}`), "open");
    assert.equal(await socketOf(same, `${to}/raw`), "open");
    assert.equal(await scriptOf(same, jsonp), "called");
    assert.equal((await stats(server.url)).limited.origin, 3);
    await server.stop();
  });

  it("a page of another site that is listed does, too", async () => {
    const server = await start("--cors", `http://localhost:${port}`, "--eio3", "on");
    const page = await browser.open(`http://localhost:${port}/`);
    const to = server.url.replace("http", "ws");
    assert.equal(await socketOf(page, `${to}${engine}`), "open");
    assert.equal(await socketOf(page, `${to}/raw`), "open");
    assert.equal(await scriptOf(page, `${server.url}/socket.io/?EIO=3&transport=polling&j=0`), "called");
    await server.stop();
  });
});
