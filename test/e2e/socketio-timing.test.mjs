// Measures time, so it runs alone.
import assert from "node:assert/strict";
import { it } from "node:test";
import { modes, connected, next } from "./lib/client.mjs";
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
