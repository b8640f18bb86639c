// What README promises about order and delivery, by the numbers it has there. Clients of four generations, each on its transports.
import assert from "node:assert/strict";
import net from "node:net";
import { createRequire } from "node:module";
import { after, before, describe, it } from "node:test";
import { modes } from "./lib/client.mjs";
import { request } from "./lib/http.mjs";
import { stats } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const require = createRequire(import.meta.url);
const generations = { "1.7": "socket.io-client-v1.7", 2: "socket.io-client-v2", 3: "socket.io-client-v3", 4: "socket.io-client" };
const upTo = (count) => Array.from({ length: count }, (_, i) => i);

let server, url;
before(async () => {
  server = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--eio3", "on", "--v09", "on"]);
  url = server.url;
});
after(() => server?.stop());

/** A client, all that it hears in `heard` as [event, ...arguments]; it does not come back by itself. */
function open(package_, transports, options = {}) {
  const module = require(package_);
  const socket = (module.io ?? module)(options.url ?? url, { forceNew: true, reconnection: false, transports, ...options });
  socket.heard = [];
  for (const event of ["connect", "disconnect", "number", "echo", "said", "volatile"])
    socket.on(event, (...args) => socket.heard.push([event, ...args]));
  return socket;
}

const heard = (socket, event) => socket.heard.filter(([name]) => name === event).map(([, ...args]) => args);
const hears = (socket, event, count) => until(() => heard(socket, event).length >= count, 15000, `${count} x ${event}`);
const joins = (socket, room) => new Promise((resolve) => socket.emit("join", room, resolve));

/** Cuts what goes through it, on request and in the middle of anything. */
async function breaker(port) {
  const pairs = new Set();
  const proxy = net.createServer((near) => {
    const far = net.connect(port, "127.0.0.1");
    pairs.add([near, far]);
    near.pipe(far).pipe(near);
    for (const end of [near, far])
      end.on("error", () => {});
  });
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${proxy.address().port}`,
    cut: () => pairs.forEach((pair) => pair.forEach((end) => end.destroy())),
    close: () => { proxy.close(); pairs.forEach((pair) => pair.forEach((end) => end.destroy())); },
  };
}

for (const [generation, package_] of Object.entries(generations)) {
  for (const [mode, transports] of Object.entries(modes)) {
    describe(`client ${generation} over ${mode}`, () => {
      it("promises 1, 2, 3: events both ways in order, each once, across the upgrade", async () => {
        const socket = open(package_, transports);
        await hears(socket, "connect", 1);
        for (let i = 0; i < 300; i++)
          socket.emit("echo", i, i % 7 === 0 ? Buffer.alloc(i, i) : "x".repeat(i % 50 === 0 ? 20000 : i));
        await until(() => socket.io.engine.transport.name === transports.at(-1), 15000, "the last transport");
        for (let i = 300; i < 400; i++)
          socket.emit("echo", i, "after");
        await hears(socket, "echo", 400);
        assert.deepEqual(heard(socket, "echo").map(([i]) => i), upTo(400));
        for (const [i, load] of heard(socket, "echo").slice(0, 300))
          assert.equal(load.length ?? load.byteLength, i % 7 === 0 ? i : i % 50 === 0 ? 20000 : i);
        socket.close();
      });

      it("promise 2: emits and broadcasts keep their order among each other; two rooms are no reason for two", async () => {
        const socket = open(package_, transports);
        await hears(socket, "connect", 1);
        const [one, two] = [`${generation} ${mode} one`, `${generation} ${mode} two`];
        await joins(socket, one);
        await joins(socket, two);
        for (let i = 0; i < 100; i++) {
          socket.emit("in", one, i);
          socket.emit("echo", i);
          socket.emit("union", one, two, `${i}`);
        }
        await hears(socket, "said", 200);
        await hears(socket, "echo", 100);
        const got = socket.heard.filter(([event]) => event === "said" || event === "echo");
        assert.deepEqual(got, upTo(100).flatMap((i) => [["said", one, i], ["echo", i], ["said", `${i}`]]));
        socket.close();
      });

      it("promise 4: what was emitted before a disconnect arrives before it", async () => {
        const socket = open(package_, transports);
        await hears(socket, "connect", 1);
        socket.emit("count", 500);
        socket.emit("kick", true);
        await hears(socket, "disconnect", 1);
        assert.deepEqual(heard(socket, "number").map(([i]) => i), upTo(500));
        assert.equal(socket.heard.at(-1)[0], "disconnect");
      });

      it("promise 5: after a loss nothing of before arrives", async () => {
        const proxy = await breaker(server.port);
        const socket = open(package_, transports, { url: proxy.url });
        await hears(socket, "connect", 1);
        await joins(socket, "everybody");
        const other = open(package_, transports);
        await hears(other, "connect", 1);
        const before = (await stats(url)).connections;
        proxy.cut();
        await hears(socket, "disconnect", 1);
        other.emit("in", "everybody", "missed");
        await new Promise((resolve) => other.emit("ack", resolve));
        socket.connect();
        await until(async () => heard(socket, "connect").length === 2 && (await stats(url)).connections === before + 1, 15000, "back");
        await joins(socket, "everybody");
        other.emit("in", "everybody", "heard");
        await hears(socket, "said", 1);
        assert.deepEqual(heard(socket, "said"), [["everybody", "heard"]]);
        socket.close();
        other.close();
        proxy.close();
      });

      it("promise 6: volatile events may be missing, never out of order or twice", async () => {
        const socket = open(package_, transports);
        await hears(socket, "connect", 1);
        for (let i = 0; i < 200; i++)
          socket.emit("volatile", i);
        await new Promise((resolve) => socket.emit("ack", resolve));
        const got = heard(socket, "volatile").map(([i]) => i);
        assert.deepEqual(got, [...new Set(got)].sort((a, b) => a - b));
        assert.ok(got.length > 0);
        socket.close();
      });
    });
  }
}

describe("0.9 over xhr-polling", () => {
  const MARK = "\ufffd";
  const take = (text) => (text.startsWith(MARK) ? text.split(MARK).filter((_, i) => i > 0 && i % 2 === 0) : [text]);

  it("promises 1, 2: what is sent between two polls waits, in order, each once", async () => {
    const sid = (await request(`${url}/socket.io/1/?t=1`)).text.split(":")[0];
    const where = `${url}/socket.io/1/xhr-polling/${sid}?t=1`;
    const got = [];
    const poll = async () => got.push(...take((await request(where)).text));
    const event = (name, ...args) => `5:::${JSON.stringify({ name, args })}`;
    await poll(); // 1::
    for (let i = 0; i < 20; i++) {
      const messages = upTo(10).map((k) => event("echo", 10 * i + k));
      const framed = messages.map((text) => `${MARK}${text.length}${MARK}${text}`).join("");
      await request(where, { method: "POST", body: framed, headers: { "Content-Type": "text/plain" } });
      if (i % 3 === 0)
        await poll();
    }
    while (got.length < 2 + 200)
      await poll();
    assert.deepEqual(got.slice(2), upTo(200).map((i) => event("echo", i)));
    await request(`${where}&disconnect=1`);
  });
});
