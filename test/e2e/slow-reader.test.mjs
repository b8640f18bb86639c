// A client that does not read, among others that do: they get everything, volatile messages pass
// it by, and what it makes the server keep has a bound, at which it is cut off.
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { ask, collect, connected, next, settled } from "./lib/client.mjs";
import { frame, stats, Tcp } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const LENGTH = 100_000;
const COUNT = 300; // 30 MB: more than the kernel's buffers hold
const bound = 4_000_000;

/** Connects to the default namespace and reads no further. */
async function slowReader(port) {
  const tcp = await Tcp.open(port);
  await tcp.upgrade("EIO=4&transport=websocket");
  await tcp.until('0{"sid"');
  tcp.write(frame("40"));
  await tcp.until('["auth"');
  tcp.socket.pause();
  return tcp;
}

/** Sends COUNT numbered texts to everybody, each when the one before has arrived. */
async function flood(sender, receivers) {
  const all = receivers.map((socket) => collect(socket, "said", COUNT, 60000));
  const fill = "x".repeat(LENGTH);
  for (let i = 0; i < COUNT; i++) {
    const back = next(sender, "said");
    sender.emit("all", i, fill);
    await back;
  }
  for (const said of await Promise.all(all)) {
    assert.deepEqual(said.map(([i]) => i), [...Array(COUNT).keys()]);
    assert.ok(said.every(([, text]) => text === fill));
  }
}

describe("a slow reader", () => {
  let server, slow, fast;

  async function start(...options) {
    server = await startProgram(process.env.SIO_E2E_SERVER, options);
    slow = await slowReader(server.port);
    fast = [await connected(server.url, { transports: ["websocket"] }),
      await connected(server.url, { transports: ["polling"] })];
  }

  beforeEach(() => {
    server = slow = undefined;
    fast = [];
  });
  afterEach(async () => {
    fast.forEach((socket) => socket.close());
    slow?.socket.destroy();
    await server?.stop();
  });

  it("is cut off at max_buffered, and the others have lost nothing", async () => {
    await start("--max-buffered", bound);
    const before = (await stats(server.url)).heap;
    await flood(fast[0], fast);
    await until(async () => (await stats(server.url)).clients === 2);
    const after = await stats(server.url);
    assert.equal(after.disconnects["transport error"], 1);
    assert.ok(after.heap - before < bound, `${after.heap - before} bytes are kept`);
    await Promise.all(fast.map(settled));
  });

  it("gets no volatile messages while others wait, and again when it has caught up [S15]", async () => {
    await start("--max-buffered", 100_000_000);
    await flood(fast[0], fast);
    const seen = next(fast[0], "volatile");
    fast[0].emit("volatile-all", "dropped");
    assert.deepEqual(await seen, ["dropped"]);
    assert.equal((await stats(server.url)).clients, 3);

    slow.socket.resume();
    await until(() => slow.socket.bytesRead > COUNT * LENGTH, 30000);
    const before = slow.socket.bytesRead;
    await until(async () => {
      fast[0].emit("volatile-all", "wanted");
      await ask(fast[0], "ack");
      return slow.socket.bytesRead > before;
    });
    await slow.until('["volatile","wanted"]');
    assert.ok(!slow.received.includes('["volatile","dropped"]'));
    for (let i = 0; i < COUNT; i++)
      assert.ok(slow.received.includes(`["said",${i},`), `text ${i}`);
  });
});
