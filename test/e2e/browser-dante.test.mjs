// The Dante pages in a real browser: self-hosted at /, and in a virtual directory behind a real nginx.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilBody } from "./lib/browser.mjs";
import { canto, kept, mark, quick, readToTheEnd, slow, stage, stanzas, untilStanzas, untilStartedOver } from "./lib/dante.mjs";
import { forward } from "./lib/nginx.mjs";
import { socketPath } from "./lib/temp.mjs";

const { dante, nginx, open } = stage();

it("the canto has 136 lines in 46 stanzas", () => {
  assert.equal(canto.length, 46);
  assert.deepEqual(canto.slice(0, -1).map((stanza) => stanza.split("\n").length), Array(45).fill(3));
  assert.equal(canto.at(-1), "Then he moved on, and I behind him followed.");
});

describe("self-hosted at /", () => {
  it("the canto arrives over WebSocket, to its end", async () => {
    const { url } = await dante(...quick);
    const page = await open(`${url}/`);
    await untilBody(page, "transport", "websocket");
    await readToTheEnd(page);
    assert.match(await page.innerText("#state"), /Finished/);
    assert.equal(await page.innerText("#count"), "46 stanzas");
  });

  it("the first stanza comes at once, the next one later", async () => {
    const { url } = await dante(...slow);
    const page = await open(`${url}/`);
    await untilBody(page, "transport", "websocket");
    await untilStanzas(page, 1);
    assert.deepEqual(await stanzas(page), canto.slice(0, 1));
    assert.equal(await page.getAttribute("body", "data-state"), "open");
  });

  it("the end is quiet: no coming back until asked to read again", async () => {
    const { url } = await dante("--interval", "5");
    const page = await open(`${url}/`);
    await readToTheEnd(page);
    assert.equal(await page.evaluate(() => performance.getEntriesByType("resource")
      .filter((entry) => entry.name.includes("EIO=4") && !entry.name.includes("sid=")).length), 1);
    await mark(page);
    await page.click("#again");
    await untilStartedOver(page);
    await readToTheEnd(page);
  });

  it("over polling alone", async () => {
    const { url } = await dante(...quick, "--transports", "polling");
    const page = await open(`${url}/`);
    await readToTheEnd(page);
    assert.equal(await page.getAttribute("body", "data-transport"), "polling");
  });

  it("over WebSocket alone", async () => {
    const { url } = await dante(...quick, "--transports", "websocket");
    const page = await open(`${url}/index.html?transports=websocket`);
    await readToTheEnd(page);
    assert.equal(await page.getAttribute("body", "data-transport"), "websocket");
  });

  it("each page reads from the start on its own", async () => {
    const { url } = await dante(...quick);
    const first = await open(`${url}/`);
    await untilStanzas(first, 5);
    const second = await open(`${url}/`);
    await Promise.all([readToTheEnd(first), readToTheEnd(second)]);
  });

  it("the server is restarted: the page comes back and starts over", async () => {
    const server = await dante(...slow);
    const page = await open(`${server.url}/`);
    await untilBody(page, "transport", "websocket");
    await untilStanzas(page, 1);
    await mark(page);
    await server.stop();
    await untilBody(page, "state", "reconnecting");
    assert.deepEqual(await stanzas(page), canto.slice(0, 1));
    await dante(...quick, "--port", String(server.port));
    await untilStartedOver(page);
    await readToTheEnd(page);
  });

  it("the server is killed: the same", async () => {
    const server = await dante(...slow);
    const page = await open(`${server.url}/`);
    await untilStanzas(page, 1);
    await mark(page);
    await server.stop("SIGKILL");
    await untilBody(page, "state", "reconnecting");
    await dante(...quick, "--port", String(server.port));
    await untilStartedOver(page);
    await readToTheEnd(page);
  });

  it("under another resource, named in the query", async () => {
    const { url } = await dante(...quick, "--resource", "/myApp/server.js", "--transports", "polling");
    const page = await open(`${url}/?resource=/myApp/server.js&transports=polling`);
    await readToTheEnd(page);
    assert.equal(await page.getAttribute("body", "data-transport"), "polling");
  });

  it("no resource in the query names another host", async () => {
    const { url } = await dante(...slow);
    for (const resource of ["https://example.org/x", "//example.org/x", "/.//example.org/x", "/\\example.org/x"]) {
      const page = await open("about:blank");
      const asked = new Set();
      page.on("request", (request) => asked.add(new URL(request.url()).origin));
      await page.goto(`${url}/?resource=${encodeURIComponent(resource)}`);
      await untilBody(page, "state", "closed");
      assert.deepEqual([...asked], [url]);
      assert.match(await page.innerText("#notice"), /no Socket\.IO client/);
    }
  });

  it("nothing is loaded from elsewhere", async () => {
    const { url } = await dante("--interval", "5");
    for (const path of ["/", "/websocket.html"]) {
      const page = await open("about:blank");
      const asked = new Set();
      page.on("request", (request) => asked.add(new URL(request.url()).origin));
      await page.goto(url + path);
      await readToTheEnd(page);
      assert.deepEqual([...asked], [url]);
    }
  });

  it("fits a phone, by day and by night", async () => {
    const { url } = await dante("--interval", "5");
    for (const colorScheme of ["light", "dark"]) {
      const page = await open(`${url}/`, { viewport: { width: 360, height: 740 }, colorScheme });
      await readToTheEnd(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
    }
  });
});

describe("over a raw WebSocket", () => {
  it("the canto arrives, to its end", async () => {
    const { url } = await dante(...quick);
    const page = await open(`${url}/websocket.html`);
    await untilBody(page, "transport", "websocket");
    await readToTheEnd(page);
    await mark(page);
    await page.click("#again");
    await untilStartedOver(page);
    await readToTheEnd(page);
  });

  it("the server is restarted: the page comes back and starts over", async () => {
    const server = await dante(...slow);
    const page = await open(`${server.url}/websocket.html`);
    await untilStanzas(page, 1);
    await mark(page);
    await server.stop();
    await untilBody(page, "state", "reconnecting");
    await dante(...quick, "--port", String(server.port));
    await untilStartedOver(page);
    await readToTheEnd(page);
  });

  it("the pages lead to each other", async () => {
    const { url } = await dante(...slow);
    const page = await open(`${url}/`);
    await page.click("nav a:not([aria-current])");
    await page.waitForURL(`${url}/websocket.html`);
    await untilStanzas(page, 1);
    await page.click("nav a:not([aria-current])");
    await page.waitForURL(`${url}/`);
    await untilStanzas(page, 1);
  });
});

describe("behind nginx, under /dante", () => {
  it("Upgrade passed through: over WebSocket", async () => {
    const server = await dante(...quick, ...kept);
    const proxy = await nginx(forward("/dante/", server));
    const page = await open(`${proxy.url}/dante/`);
    await untilBody(page, "transport", "websocket");
    await readToTheEnd(page);
  });

  it("as /dante and as /dante/index.html", async () => {
    const server = await dante(...slow, ...kept);
    const proxy = await nginx(forward("/", server));
    for (const path of ["/dante", "/dante/index.html"]) {
      const page = await open(proxy.url + path);
      await untilBody(page, "transport", "websocket");
      await untilStanzas(page, 1);
      assert.ok(page.url().startsWith(`${proxy.url}/dante/`));
    }
  });

  it("Upgrade not passed through: polling stays, and every stanza arrives", async () => {
    const server = await dante(...quick, ...kept);
    const proxy = await nginx(forward("/dante/", server, { upgrade: false }));
    const page = await open(`${proxy.url}/dante/`);
    await readToTheEnd(page);
    assert.equal(await page.getAttribute("body", "data-transport"), "polling");
  });

  it("prefix stripped, the original URL in a header", async () => {
    const server = await dante(...quick, ...kept,
      "--original-url-header", "X-Original-URL", "--trust-proxy", "127.0.0.1");
    const proxy = await nginx(forward("/dante/", server, { strip: true, originalUrl: "X-Original-URL" }));
    const page = await open(`${proxy.url}/dante/`);
    await untilBody(page, "transport", "websocket");
    await readToTheEnd(page);
    const raw = await open(`${proxy.url}/dante/websocket.html`);
    await readToTheEnd(raw);
  });

  it("the Connection header loses its Upgrade, as iisnode does to Firefox", async () => {
    for (const [args, transport] of [[[], "polling"], [["--lenient-upgrade"], "websocket"]]) {
      const server = await dante(...quick, ...kept, ...args);
      const proxy = await nginx(forward("/dante/", server, { connection: "keep-alive" }));
      const page = await open(`${proxy.url}/dante/`);
      await readToTheEnd(page);
      assert.equal(await page.getAttribute("body", "data-transport"), transport);
    }
  });

  it("the raw WebSocket page", async () => {
    const server = await dante(...quick, ...kept);
    const proxy = await nginx(forward("/dante/", server));
    await readToTheEnd(await open(`${proxy.url}/dante/websocket.html`));
  });

  it("on a UNIX socket", async () => {
    const path = socketPath("dante.sock");
    await dante(...quick, ...kept, "--pipe", path);
    const proxy = await nginx(forward("/dante/", path));
    const page = await open(`${proxy.url}/dante/`);
    await untilBody(page, "transport", "websocket");
    await readToTheEnd(page);
    await readToTheEnd(await open(`${proxy.url}/dante/websocket.html`));
  });

  it("the server behind is restarted: the page comes back and starts over", async () => {
    const server = await dante(...slow, ...kept);
    const proxy = await nginx(forward("/dante/", server));
    const page = await open(`${proxy.url}/dante/`);
    await untilBody(page, "transport", "websocket");
    await untilStanzas(page, 1);
    await mark(page);
    await server.stop();
    await untilBody(page, "state", "reconnecting");
    await dante(...quick, ...kept, "--port", String(server.port));
    await untilStartedOver(page);
    await readToTheEnd(page);
  });
});
