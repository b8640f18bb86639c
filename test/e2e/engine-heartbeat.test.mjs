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

/**
 * What a period began with was sent at `from` and noticed at `to`; the server began to count between. It must not be early, and
 * only as late as a busy machine is.
 */
function lasted({ from, to }, expected) {
  const now = performance.now();
  assert.ok(now - from > expected - 2, `${now - from} ms instead of ${expected}`);
  assert.ok(now - to < expected + 100, `${now - to} ms instead of ${expected}`);
}

/** Does something that takes time: its result, and the period that began with it. */
async function during(what) {
  const from = performance.now();
  const result = await what();
  return [result, { from, to: performance.now() }];
}

async function opened() {
  return during(async () => {
    const socket = await connect(url);
    assert.equal((await socket.next())[0], "0");
    return socket;
  });
}

it("[E70] PING at 300 ms, the close at 500 ms on WebSocket", async () => {
  const [socket, period] = await opened();
  assert.equal(await socket.next(), "2");
  lasted(period, 300);
  assert.equal(await socket.closed, 1005);
  lasted(period, 500);
});

it("[E70] a PONG restarts the interval", async () => {
  let [socket, period] = await opened();
  for (let i = 0; i < 4; i++) {
    assert.equal(await socket.next(), "2");
    lasted(period, 300);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = performance.now();
    period = { from: now, to: now };
    socket.send("3");
  }
  socket.ws.close();
  await socket.closed;
});

it("[E70] one other packet renews the time-out, a second does not", async () => {
  const [socket] = await opened();
  assert.equal(await socket.next(), "2");
  await new Promise((resolve) => setTimeout(resolve, 100));
  const [answer, period] = await during(() => {
    socket.send("4alive");
    return socket.next();
  });
  assert.equal(answer, "4alive");
  await new Promise((resolve) => setTimeout(resolve, 100));
  socket.send("4again");
  assert.equal(await socket.next(), "4again");
  assert.equal(await socket.closed, 1005);
  lasted(period, 200);
});

it("[E70] on polling: the PING answers a poll, silence ends the session", async () => {
  const [session, period] = await during(() => open(url));
  assert.equal((await ask(url, { query: session.query })).body, "2");
  lasted(period, 300);
  assert.equal((await ask(url, { query: session.query })).body, "1");
  lasted(period, 500);
});

it("[E70] exactly 500 ms after the handshake the session is unknown, twenty times", async () => {
  await Promise.all(Array.from({ length: 20 }, async () => {
    const { body } = await ask(url);
    const { sid } = JSON.parse(body.slice(1));
    await new Promise((resolve) => setTimeout(resolve, 500));
    assert.equal((await ask(url, { query: `${polling}&sid=${sid}` })).status, 400);
  }));
});
