// Heartbeat times of Engine.IO [E70]; runs alone.
import assert from "node:assert/strict";
import { after, before, it } from "node:test";
import { ask, connect, open, polling } from "./lib/engine.mjs";
import { startProgram } from "./lib/server.mjs";

let server, url;

before(async () => {
  server = await startProgram(process.env.SIO_CONFORMANCE, ["engine", "--port", "0"]);
  url = server.url;
});

after(() => server?.stop());

// The machine may be busy; the server must not be early, and not much late.
const slack = 60;

function about(milliseconds, expected) {
  assert.ok(milliseconds > expected - 5 && milliseconds < expected + slack, `${milliseconds} ms instead of ${expected}`);
}

it("[E70] PING at 300 ms, the close at 500 ms on WebSocket", async () => {
  const socket = await connect(url);
  await socket.next();
  const start = performance.now();
  assert.equal(await socket.next(), "2");
  about(performance.now() - start, 300);
  assert.equal(await socket.closed, 1005);
  about(performance.now() - start, 500);
});

it("[E70] a PONG restarts the interval", async () => {
  const socket = await connect(url);
  await socket.next();
  let start = performance.now();
  for (let i = 0; i < 4; i++) {
    assert.equal(await socket.next(), "2");
    about(performance.now() - start, 300);
    start = performance.now();
    socket.send("3");
  }
  socket.ws.close();
  await socket.closed;
});

it("[E70] one other packet renews the time-out, a second does not", async () => {
  const socket = await connect(url);
  await socket.next();
  assert.equal(await socket.next(), "2");
  const start = performance.now();
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.send("4alive");
  assert.equal(await socket.next(), "4alive");
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.send("4again");
  assert.equal(await socket.next(), "4again");
  assert.equal(await socket.closed, 1005);
  about(performance.now() - start, 300);
});

it("[E70] on polling: the PING answers a poll, silence ends the session", async () => {
  const session = await open(url);
  const start = performance.now();
  assert.equal((await ask(url, { query: session.query })).body, "2");
  about(performance.now() - start, 300);
  assert.equal((await ask(url, { query: session.query })).body, "1");
  about(performance.now() - start, 500);
});

it("[E70] exactly 500 ms after the handshake the session is unknown, twenty times", async () => {
  await Promise.all(Array.from({ length: 20 }, async () => {
    const { body } = await ask(url);
    const { sid } = JSON.parse(body.slice(1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await ask(url, { query: `${polling}&sid=${sid}` })).status, 400);
  }));
});
