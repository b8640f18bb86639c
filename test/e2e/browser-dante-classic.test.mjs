// Dante's page of 2013 in a real browser: the client of 0.9 on each of its transports, self-hosted and in a virtual directory.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { untilBody } from "./lib/browser.mjs";
import { canto, kept, mark, readToTheEnd, slow, stage, stanzas, untilStanzas, untilStartedOver } from "./lib/dante.mjs";
import { forward } from "./lib/nginx.mjs";

const { dante, nginx, open } = stage();
const quick = ["--interval", "5"]; // polls are the slower ones

const transportOf = (page) => page.getAttribute("body", "data-transport");
/** Of the requests of the page, those whose path is below socket.io/1/: "" for a handshake, or the transport's name. */
const asked = (page) => page.evaluate(() => performance.getEntriesByType("resource")
  .map((entry) => /\/socket\.io\/1\/([a-z-]*)/.exec(entry.name)?.[1]).filter((name) => name !== undefined));

describe("self-hosted at /", () => {
  it("over WebSocket, to its end", async () => {
    const { url } = await dante(...quick);
    const page = await open(`${url}/classic.html`);
    await untilBody(page, "transport", "websocket");
    await readToTheEnd(page);
    assert.match(await page.innerText("#state"), /Finished/);
    assert.equal(await page.innerText("#count"), "46 stanzas");
  });

  for (const transport of ["xhr-polling", "jsonp-polling"])
    it(`over ${transport} alone, to its end`, async () => {
      const { url } = await dante(...quick);
      const page = await open(`${url}/classic.html?transports=${transport}`);
      await untilBody(page, "transport", transport);
      await readToTheEnd(page);
      assert.equal(await transportOf(page), transport);
      assert.deepEqual([...new Set(await asked(page))].sort(), ["", transport]);
    });

  it("what the other page calls polling is polling here", async () => {
    const { url } = await dante(...quick);
    const page = await open(`${url}/classic.html?transports=polling`);
    await readToTheEnd(page);
    assert.equal(await transportOf(page), "xhr-polling");
  });

  it("over what the server offers", async () => {
    for (const [offered, taken] of [["polling", "xhr-polling"], ["jsonp-polling,websocket", "jsonp-polling"]]) {
      const { url } = await dante(...quick, "--transports", offered);
      const page = await open(`${url}/classic.html`);
      await readToTheEnd(page);
      assert.equal(await transportOf(page), taken);
    }
  });

  it("the first stanza comes at once, the next one later", async () => {
    const { url } = await dante(...slow);
    const page = await open(`${url}/classic.html`);
    await untilStanzas(page, 1);
    assert.deepEqual(await stanzas(page), canto.slice(0, 1));
    assert.equal(await page.getAttribute("body", "data-state"), "open");
  });

  for (const transport of ["websocket", "xhr-polling", "jsonp-polling"])
    it(`the end is quiet until asked to read again: ${transport}`, async () => {
      const { url } = await dante(...quick);
      const page = await open(`${url}/classic.html?transports=${transport}`);
      await readToTheEnd(page);
      assert.equal((await asked(page)).filter((name) => name === "").length, 1);
      await mark(page);
      await page.click("#again");
      await untilStartedOver(page);
      await readToTheEnd(page);
    });

  for (const transport of ["websocket", "xhr-polling", "jsonp-polling"])
    it(`the server is restarted: the page comes back and starts over: ${transport}`, async () => {
      const server = await dante(...slow);
      const page = await open(`${server.url}/classic.html?transports=${transport}`);
      await untilStanzas(page, 1);
      await mark(page);
      await server.stop();
      await untilBody(page, "state", "reconnecting");
      assert.deepEqual(await stanzas(page), canto.slice(0, 1));
      await dante(...quick, "--port", String(server.port));
      await untilStartedOver(page);
      await readToTheEnd(page);
      assert.equal(await transportOf(page), transport);
    });

  it("the server is killed: the same", async () => {
    const server = await dante(...slow);
    const page = await open(`${server.url}/classic.html`);
    await untilStanzas(page, 1);
    await mark(page);
    await server.stop("SIGKILL");
    await untilBody(page, "state", "reconnecting");
    await dante(...quick, "--port", String(server.port));
    await untilStartedOver(page);
    await readToTheEnd(page);
  });

  it("under another resource, named in the query", async () => {
    const { url } = await dante(...quick, "--resource", "/myApp/server.js");
    const page = await open(`${url}/classic.html?resource=/myApp/server.js`);
    await readToTheEnd(page);
    const root = await open(`${url}/myApp/classic.html?resource=server.js`);
    await readToTheEnd(root);
  });

  it("no client at that resource, or none in the server: a notice", async () => {
    for (const [args, query, script] of [
      [[], "?resource=/elsewhere", "/elsewhere/socket.io.v0.9.17.min.js"],
      [["--serve-client", "off"], "", "/socket.io/socket.io.v0.9.17.min.js"],
    ]) {
      const { url } = await dante(...slow, ...args);
      const page = await open(`${url}/classic.html${query}`);
      await untilBody(page, "state", "closed");
      assert.ok((await page.innerText("#notice")).startsWith(`There is no client of Socket.IO 0.9 at ${url}${script}.`));
      assert.equal(await page.innerText("#state"), "Offline");
    }
  });

  it("nothing is loaded from elsewhere", async () => {
    const { url } = await dante(...quick);
    const page = await open("about:blank");
    const origins = new Set();
    page.on("request", (request) => origins.add(new URL(request.url()).origin));
    await page.goto(`${url}/classic.html?transports=jsonp-polling`);
    await readToTheEnd(page);
    assert.deepEqual([...origins], [url]);
  });

  it("fits a phone, by day and by night", async () => {
    const { url } = await dante(...quick);
    for (const [width, colorScheme] of [[360, "light"], [320, "dark"]]) {
      const page = await open(`${url}/classic.html?transports=jsonp-polling`, { viewport: { width, height: 740 }, colorScheme });
      await readToTheEnd(page);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
    }
  });

  it("the three pages lead to each other, with what the query says", async () => {
    const { url } = await dante(...slow);
    const page = await open(`${url}/?transports=polling`);
    await untilBody(page, "transport", "polling");
    for (const [link, address, transport] of [
      ["2013", "classic.html", "xhr-polling"], ["WebSocket", "websocket.html", "websocket"], ["2013", "classic.html", "xhr-polling"],
      ["Socket.IO", "", "polling"], ["WebSocket", "websocket.html", "websocket"], ["Socket.IO", "", "polling"],
    ]) {
      await page.click(`nav a:text-is("${link}")`);
      await page.waitForURL(`${url}/${address}?transports=polling`);
      await untilBody(page, "transport", transport);
      await untilStanzas(page, 1);
      assert.equal(await page.innerText("nav a[aria-current=page]"), link);
    }
  });
});

describe("behind nginx, under /dante", () => {
  it("Upgrade passed through: over WebSocket", async () => {
    const server = await dante(...quick, ...kept);
    const proxy = await nginx(forward("/dante/", server));
    const page = await open(`${proxy.url}/dante/classic.html`);
    await untilBody(page, "transport", "websocket");
    await readToTheEnd(page);
  });

  for (const transport of ["xhr-polling", "jsonp-polling"])
    it(`over ${transport}`, async () => {
      const server = await dante(...quick, ...kept);
      const proxy = await nginx(forward("/dante/", server));
      const page = await open(`${proxy.url}/dante/classic.html?transports=${transport}`);
      await readToTheEnd(page);
      assert.equal(await transportOf(page), transport);
    });

  it("Upgrade not passed through: it falls back to polling, and says nothing of it", async () => {
    const server = await dante(...quick, ...kept);
    const proxy = await nginx(forward("/dante/", server, { upgrade: false }));
    const page = await open("about:blank");
    await page.addInitScript(() => {
      window.states = [];
      new MutationObserver(() => window.states.push(document.body.dataset.state))
        .observe(document, { subtree: true, attributeFilter: ["data-state"] });
    });
    await page.goto(`${proxy.url}/dante/classic.html`);
    await readToTheEnd(page);
    assert.equal(await transportOf(page), "xhr-polling");
    assert.deepEqual([...new Set(await page.evaluate(() => window.states))], ["open", "done"]);
  });

  it("prefix stripped, the original URL in a header", async () => {
    const server = await dante(...quick, ...kept, "--original-url-header", "X-Original-URL", "--trust-proxy", "127.0.0.1");
    const proxy = await nginx(forward("/dante/", server, { strip: true, originalUrl: "X-Original-URL" }));
    for (const transport of ["websocket", "xhr-polling", "jsonp-polling"]) {
      const page = await open(`${proxy.url}/dante/classic.html?transports=${transport}`);
      await readToTheEnd(page);
      assert.equal(await transportOf(page), transport);
    }
  });

  it("the server behind is restarted: the page comes back and starts over", async () => {
    const server = await dante(...slow, ...kept);
    const proxy = await nginx(forward("/dante/", server));
    const page = await open(`${proxy.url}/dante/classic.html`);
    await untilBody(page, "transport", "websocket");
    await untilStanzas(page, 1);
    await mark(page);
    await server.stop();
    await untilBody(page, "state", "reconnecting");
    await dante(...quick, ...kept, "--port", String(server.port));
    await untilStartedOver(page);
    await readToTheEnd(page);
  });

  for (const what of ["", "1/"])
    it(`nobody behind /dante/socket.io/${what} yet: the page waits`, async () => {
      const pages = await dante(...slow, ...kept);
      const server = await dante(...slow, ...kept);
      const proxy = await nginx(forward("/dante/", pages), forward(`/dante/socket.io/${what}`, server));
      await server.stop();
      const page = await open(`${proxy.url}/dante/classic.html`);
      await untilBody(page, "state", "reconnecting");
      await dante(...quick, ...kept, "--port", String(server.port));
      await readToTheEnd(page);
    });

  it("a refusal is said", async () => {
    const server = await dante(...slow, ...kept);
    const proxy = await nginx("location /dante/socket.io/1/ { return 403 'not today'; }", forward("/dante/", server));
    const page = await open(`${proxy.url}/dante/classic.html`);
    await untilBody(page, "state", "closed");
    assert.equal(await page.innerText("#notice"), "The server refused the connection: not today");
  });
});
