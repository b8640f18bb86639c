// Talks to the program of the README and ends it while a client is connected.
//
// usage: node client.mjs PORT PID
import assert from "node:assert/strict";
import { once } from "node:events";
import { createRequire } from "node:module";

const require = createRequire(new URL("../e2e/package.json", import.meta.url));
const { io } = require("socket.io-client");
const [port, pid] = process.argv.slice(2).map(Number);

async function connect(transports) {
  const options = { forceNew: true, reconnection: false, timeout: 10000, transports };
  const socket = io(`http://127.0.0.1:${port}`, options);
  const refused = once(socket, "connect_error").then(([error]) => Promise.reject(error));
  const [id] = await Promise.race([once(socket, "hello"), refused]);
  assert.equal(id, socket.id);
  return socket;
}

const speaker = await connect(["websocket"]);
const listener = await connect(["polling", "websocket"]);
const echoes = [];
speaker.on("chat", (text) => echoes.push(text));

const heard = once(listener, "chat");
const answer = await speaker.timeout(10000).emitWithAck("chat", "Nel mezzo del cammin…");
assert.deepEqual(answer, { ok: true });
assert.deepEqual(await heard, ["Nel mezzo del cammin…"]);

// Not a text: the handler returns early, so there is no ack, and nobody hears of it.
await assert.rejects(speaker.timeout(300).emitWithAck("chat", 42));
assert.deepEqual(echoes, []);

speaker.disconnect();
const closed = once(listener, "disconnect");
process.kill(pid, "SIGTERM");
await closed;
listener.disconnect();
