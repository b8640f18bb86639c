// Measures time, so it runs alone.
import assert from "node:assert/strict";
import { it } from "node:test";
import WebSocket from "ws";
import { modes, connected, next } from "./lib/client.mjs";
import { Polling } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

for (const [mode, transports] of Object.entries(modes)) {
  it(`an event that a timer emits on a silent loop arrives within 20 ms, over ${mode}`, async () => {
    const server = await startProgram(process.env.SIO_E2E_SERVER);
    try {
      const socket = await connected(server.url, { transports });
      await until(() => socket.io.engine.transport.name === transports.at(-1), 5000, "the last transport");
      const late = [];
      for (let i = 0; i < 7; i++) {
        const tick = next(socket, "tick");
        const start = performance.now();
        socket.emit("after", 200);
        await tick;
        late.push(performance.now() - start - 200);
      }
      // Most of them: a busy machine may be late once in a while, a loop that sleeps is late always.
      late.sort((a, b) => a - b);
      assert.ok(late[4] < 20, `late by ${late.map((ms) => ms.toFixed(1))} ms`);
      assert.ok(late[0] > -5, `early: ${late[0]} ms`);
      socket.close();
    } finally {
      await server.stop();
    }
  });
}

const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Holds the process up, as a handler that takes too long would. */
async function heldUp(server, milliseconds) {
  process.kill(server.pid, "SIGSTOP");
  await sleep(milliseconds);
  process.kill(server.pid, "SIGCONT");
}

it("a server that was held up reads the PONG that had come in time, before it gives up on it [E70]", async () => {
  const server = await startProgram(process.env.SIO_E2E_SERVER, ["--ping-interval", "2000", "--ping-timeout", "1000"]);
  try {
    const ws = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    await new Promise((resolve) => ws.on("message", (data) => String(data) === "2" && resolve()));
    let held = heldUp(server, 1500);
    ws.send("3");
    await held;
    await sleep(300);
    assert.equal(ws.readyState, WebSocket.OPEN, "over WebSocket");
    ws.terminate();

    const session = await Polling.open(server.url);
    assert.deepEqual(await session.poll(), ["2"]);
    held = heldUp(server, 1500);
    await Promise.all([session.send("3"), held]);
    assert.deepEqual(await session.poll(), ["2"], "over polling");
  } finally {
    await server.stop();
  }
});

it("a server that was held up past PING and time-out gives its clients the time all the same [E70]", async () => {
  const server = await startProgram(process.env.SIO_E2E_SERVER, ["--ping-interval", "400", "--ping-timeout", "300"]);
  try {
    const ws = new WebSocket(`${server.url.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
    ws.on("message", (data) => String(data) === "2" && ws.send("3"));
    await new Promise((resolve) => ws.once("message", resolve));
    await heldUp(server, 1000);
    await sleep(900);
    assert.equal(ws.readyState, WebSocket.OPEN);
    ws.terminate();
  } finally {
    await server.stop();
  }
});
