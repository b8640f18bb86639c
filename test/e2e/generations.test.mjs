// Every client ever shipped, on each of its transports, against one server on one port. What comes out is the table in README:
// run with UPDATE_README=1 to write it there.
import assert from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import vm from "node:vm";
import { startBrowser } from "./lib/browser.mjs";
import { startProgram, until } from "./lib/server.mjs";

const require = createRequire(import.meta.url);
const file = (name) => fileURLToPath(new URL(name, import.meta.url));
const adapter = readFileSync(file("lib/generation.js"), "utf8");
vm.runInThisContext(adapter);

// Package, its bundle, and its transports by where they run. Those of 0.9 and 1.0 need native parts in Node, and run in Chromium; JSONP needs a page anyway.
const generations = [
  { version: "0.9", name: "socket.io-client-v0", bundle: "dist/socket.io.js", page: ["websocket", "xhr-polling", "jsonp-polling", "default"] },
  { version: "1.0", name: "socket.io-client-v1.0", bundle: "socket.io.js", page: ["websocket", "polling", "jsonp", "default"] },
  { version: "1.7", name: "socket.io-client-v1.7", bundle: "dist/socket.io.js", node: ["websocket", "polling", "default"], page: ["jsonp", "default"] },
  { version: "2", name: "socket.io-client-v2", bundle: "dist/socket.io.js", node: ["websocket", "polling", "default"], page: ["jsonp", "default"] },
  { version: "3", name: "socket.io-client-v3", bundle: "dist/socket.io.js", node: ["websocket", "polling", "default"], page: ["jsonp", "default"] },
  { version: "4", name: "socket.io-client", bundle: "dist/socket.io.js", node: ["websocket", "polling", "default"], page: ["default"] },
];
const packages = (name) => JSON.parse(readFileSync(file(`node_modules/${name}/package.json`), "utf8"));

let server, browser, port = 0;
const impatient = ["--ping-interval", "1000", "--ping-timeout", "1000", "--v09-heartbeat-interval", "1000", "--v09-heartbeat-timeout", "1000"];
const start = async (...flags) => {
  server = await startProgram(process.env.SIO_E2E_SERVER, ["--port", String(port), "--eio3", "on", "--v09", "on", ...flags]);
  port = server.port;
};
const restart = async (...flags) => {
  await server.stop();
  await start(...flags);
};
const stats = async () => (await fetch(`${server.url}/stats`)).json();
const disconnects = async (reason) => (await stats()).disconnects[reason];

/** A client in Node: run(body, ...args) evaluates `async (client, ...args) => …` there. */
function inNode(generation, transport) {
  const module = require(generation.name);
  const create = () => new GenerationClient(module.io ?? module, generation.version, server.url, transport);
  const clients = {};
  return {
    run: (who, body, ...args) => vm.runInThisContext(`(${body})`)((clients[who] ??= create()), ...args),
    close: () => Object.values(clients).forEach((client) => client.disconnect()),
  };
}

/** The same in a page of the server's origin. */
async function inPage(generation, transport) {
  const page = await browser.open("about:blank");
  const bundle = readFileSync(file(`node_modules/${generation.name}/${generation.bundle}`), "utf8");
  await page.goto(`${server.url}/stats`); // any of the server's own
  await page.addScriptTag({ content: bundle });
  await page.addScriptTag({ content: adapter });
  return {
    run: (who, body, ...args) => page.evaluate(([who, body, args, version, url, transport]) => {
      const clients = (globalThis.clients ??= {});
      clients[who] ??= new GenerationClient(globalThis.io, version, url, transport);
      return (0, eval)(`(${body})`)(clients[who], ...args);
    }, [who, body, args, generation.version, server.url, transport]),
    close: () => page.context().close(),
  };
}

const cells = ["connect", "namespace", "event", "ack", "ack by client", "binary", "room", "server disconnect", "client disconnect", "reconnect", "heartbeat"];
const rows = [];
for (const generation of generations)
  for (const [where, transports] of [["Node", generation.node ?? []], ["Chromium", generation.page]])
    for (const transport of transports)
      rows.push({ generation, where, transport, name: `${packages(generation.name).version} ${transport} in ${where}`, cells: {} });

// Closing JSONP, engine.io-client 1.3.1 calls itself without end: a RangeError in the page, where its "disconnect" should be.
const canClose = ({ generation, transport }) => generation.version !== "1.0" || transport !== "jsonp";

/** One test for each client; what passes is noted in the table. */
function each(cell, body, { applies = () => true } = {}) {
  describe(cell, { concurrency: 4 }, () => {
    for (const row of rows) {
      if (!applies(row)) {
        row.cells[cell] = "–";
        continue;
      }
      test(row.name, async () => {
        await body(row);
        row.cells[cell] = "yes";
      });
    }
  });
}

before(async () => {
  await start();
  browser = await startBrowser();
  await Promise.all(rows.map(async (row) => {
    row.client = await (row.where === "Node" ? inNode : inPage)(row.generation, row.transport);
  }));
});

after(async () => {
  await Promise.all(rows.map((row) => row.client?.close()));
  await browser?.close();
  await server?.stop();
});

describe("the matrix", { concurrency: false }, () => {
  each("connect", ({ client }) => client.run("main", "(client) => client.connect().then(() => client.next('auth')).then(() => 0)"));

  each("namespace", async (row) => {
    const { client } = row;
    await client.run("custom", "(client) => client.connect('/custom').then(() => 0)");
    assert.deepStrictEqual(await client.run("custom", "(client) => client.ask('ack', 'there')"), ["there"]);
    if (canClose(row))
      await client.run("custom", "(client) => client.disconnect()");
  });

  each("event", async ({ client }) => {
    const args = ["perché no? 😀", { a: [1, null, true, "€"] }, 0.5, ""];
    assert.deepStrictEqual(await client.run("main", "(client, args) => client.echo(...args)", args), args);
  });

  each("ack", async ({ client }) => {
    assert.deepStrictEqual(await client.run("main", "(client) => client.ask('ack', 'ò', [2])"), ["ò", [2]]);
  });

  each("ack by client", async ({ client }) => {
    assert.deepStrictEqual(await client.run("main", "(client) => { client.emit('ask', 10000); return client.next('answer'); }"), [10000]);
  });

  each("binary", async ({ client }) => {
    const bytes = [0, 1, 4, 10, 127, 128, 255];
    assert.deepStrictEqual(await client.run("main", "(client, bytes) => client.binary(bytes)", bytes), bytes);
  }, { applies: ({ generation }) => generation.version !== "0.9" });

  describe("everybody in one room", { concurrency: false }, () => {
    test("joins", () => Promise.all(rows.map(({ client }) => client.run("main", "(client) => client.ask('join', 'all')"))));
    test("hears every broadcast once, in order", async () => {
      for (const { generation, client } of rows.filter(({ transport }) => transport === "default"))
        await client.run("main", "(client, from) => client.ask('ack', client.emit('in', 'all', from, 'già'))", generation.version);
      const froms = rows.filter(({ transport }) => transport === "default").map(({ generation }) => generation.version);
      await Promise.all(rows.map(async (row) => {
        for (const from of froms)
          assert.deepStrictEqual(await row.client.run("main", "(client) => client.next('said')"), ["all", from, "già"], row.name);
        row.cells.room = "yes";
      }));
    });
  });

  each("server disconnect", async ({ client }) => {
    await client.run("kicked", "(client) => client.connect().then(() => client.emit('kick', true)).then(() => client.next('disconnect')).then(() => 0)");
    await client.run("kicked", "(client) => client.disconnect()");
  }, { applies: canClose });

  each("client disconnect", async ({ client }) => {
    await client.run("leaving", "(client) => client.connect().then(() => 0)");
    const before = await disconnects("client namespace disconnect");
    await client.run("leaving", "(client) => client.disconnect()");
    await until(async () => await disconnects("client namespace disconnect") > before);
  }, { applies: canClose });

  describe("reconnect", { concurrency: false }, () => {
    test("the server goes and comes back", () => restart());
    each("reconnect", async ({ client }) => {
      await client.run("main", "(client) => client.next('connect').then(() => 0)");
      assert.deepStrictEqual(await client.run("main", "(client) => client.echo('again')"), ["again"]);
    });
  });

  // Neither 0.9's polling transports nor anything else has a heartbeat there [L4].
  describe("heartbeat", { concurrency: false }, () => {
    const silent = ({ generation, transport }) => generation.version === "0.9" && transport.endsWith("polling");
    test("clients that do nothing for long are given up", async () => {
      const beats = rows.filter((row) => !silent(row));
      await restart(...impatient);
      await Promise.all(rows.map(({ client }) => client.run("main", "(client) => client.next('connect').then(() => 0)")));
      const before = await disconnects("ping timeout");
      const block = "() => { const end = Date.now() + 3500; while (Date.now() < end); }";
      const pages = rows.filter(({ where }) => where === "Chromium").map(({ client }) => client.run("main", block));
      vm.runInThisContext(`(${block})`)(); // all that run in this process
      await Promise.all(pages);
      await until(async () => await disconnects("ping timeout") >= before + beats.length);
      rows.forEach((row) => { row.cells.heartbeat = silent(row) ? "–" : "yes"; });
    });
  });

  test("README shows this table", () => {
    const readme = file("../../README.md");
    const head = `| client | ${cells.join(" | ")} |\n|---|${cells.map(() => "---|").join("")}\n`;
    const body = rows.map((row) => `| ${row.name} | ${cells.map((cell) => row.cells[cell] ?? "no").join(" | ")} |\n`).join("");
    const text = readFileSync(readme, "utf8");
    const [begin, end] = ["<!-- matrix -->\n", "<!-- end of matrix -->"];
    const shown = new RegExp(`${begin}[^]*${end}`);
    assert.match(text, shown);
    const wanted = text.replace(shown, `${begin}${head}${body}${end}`);
    if (process.env.UPDATE_README)
      writeFileSync(readme, wanted);
    else
      assert.strictEqual(text, wanted);
  });
});
