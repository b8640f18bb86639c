// Rooms and broadcasts, with clients of all transports in them.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, collect, connected, modes, next, settled, withClients } from "./lib/client.mjs";
import { Polling } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

describe("rooms and broadcasts", () => {
  let server;
  before(async () => { server = await startProgram(process.env.SIO_E2E_SERVER); });
  after(() => server?.stop());

  // One client a transport: a broadcast crosses them all.
  const three = (use) => withClients(Object.values(modes).map((transports) => async () => {
    const socket = await connected(server.url, { transports });
    await until(() => socket.io.engine.transport.name === transports.at(-1), 5000, "the last transport");
    socket.said = [];
    socket.on("said", (...args) => socket.said.push(args));
    return socket;
  }), use);

  /** What each has heard by now. */
  const heard = async (...sockets) => {
    await Promise.all(sockets.map(settled));
    return sockets.map(({ said }) => said.splice(0).map((args) => args.at(-1)));
  };

  it("joins and leaves, each twice without harm; its id is its first room [S22]", () => three(async (a) => {
    assert.deepEqual(await ask(a, "rooms"), [a.id]);
    assert.equal(await ask(a, "join", "one"), 0);
    assert.equal(await ask(a, "join", "one"), 0);
    assert.equal(await ask(a, "join", "two ü"), 0);
    assert.deepEqual((await ask(a, "rooms")).sort(), [a.id, "one", "two ü"].sort());
    assert.equal(await ask(a, "leave", "one"), 0);
    assert.equal(await ask(a, "leave", "never joined"), 0);
    assert.deepEqual((await ask(a, "rooms")).sort(), [a.id, "two ü"].sort());
  }));

  it("to(room) leaves the sender out, in(room) of a namespace does not [S11, S12]", () => three(async (a, b, c) => {
    await ask(a, "join", "r");
    await ask(b, "join", "r");
    a.emit("to", "r", "from a");
    assert.deepEqual(await heard(a, b, c), [[], ["from a"], []]);
    a.emit("in", "r", "to all of r");
    assert.deepEqual(await heard(a, b, c), [["to all of r"], ["to all of r"], []]);
    c.emit("to", "r", "from outside");
    await settled(c);
    assert.deepEqual(await heard(a, b, c), [["from outside"], ["from outside"], []]);
    await ask(b, "leave", "r");
    c.emit("to", "r", "again");
    await settled(c);
    assert.deepEqual(await heard(a, b, c), [["again"], [], []]);
    c.emit("to", "nobody is here", "lost");
    await settled(c);
    assert.deepEqual(await heard(a, b, c), [[], [], []]);
  }));

  it("a socket's id is a room, for who has it [S22]", () => three(async (a, b, c) => {
    a.emit("to", c.id, "private");
    await settled(a);
    assert.deepEqual(await heard(a, b, c), [[], [], ["private"]]);
    a.emit("to", a.id, "to myself");
    await settled(a);
    assert.deepEqual(await heard(a, b, c), [[], [], []]);
  }));

  it("a union of rooms is delivered once [S11]", () => three(async (a, b, c) => {
    await ask(a, "join", "x");
    await ask(a, "join", "y");
    await ask(b, "join", "y");
    c.emit("union", "x", "y", "once");
    await settled(c);
    assert.deepEqual(await heard(a, b, c), [["once"], ["once"], []]);
  }));

  it("except(room) [S11]", () => three(async (a, b, c) => {
    await ask(b, "join", "muted");
    a.emit("except", "muted", "news");
    await settled(a);
    assert.deepEqual(await heard(a, b, c), [["news"], [], ["news"]]);
  }));

  it("broadcast and all, with binaries [S10, S12]", () => three(async (a, b, c) => {
    const binary = { deep: [Buffer.from([1, 2, 3])] };
    a.emit("broadcast", "x", binary);
    await settled(a);
    assert.deepEqual(await heard(a, b, c), [[], [binary], [binary]]);
    b.emit("all", Buffer.from("ü"));
    await settled(b);
    assert.deepEqual(await heard(a, b, c), Array(3).fill([Buffer.from("ü")]));
  }));

  it("a broadcast stays in its namespace", () => three(async (a) => {
    await withClients([() => connected(`${server.url}/custom`)], async (other) => {
      const lost = [];
      other.on("said", (...args) => lost.push(args));
      a.emit("all", "only here");
      await settled(a);
      await settled(other);
      assert.deepEqual(lost, []);
      assert.deepEqual(await heard(a), [["only here"]]);
    });
  }));

  it("a thousand broadcasts arrive in order, everywhere", () => three(async (...sockets) => {
    const all = sockets.map((socket) => collect(socket, "said", 1000));
    for (let i = 0; i < 1000; i++)
      sockets[0].emit("all", i);
    for (const seen of await Promise.all(all))
      assert.deepEqual(seen.map(([i]) => i), Array.from({ length: 1000 }, (_, i) => i));
  }));

  it("who has gone is in no room any more", () => three(async (a, b, c) => {
    await Promise.all([a, b, c].map((socket) => ask(socket, "join", "r")));
    b.close();
    a.emit("in", "r", "left");
    await settled(a);
    assert.deepEqual(await heard(a, c), [["left"], ["left"]]);
  }));

  it("a volatile event reaches who can take it [S15]", () => withClients(
    [() => connected(server.url, { transports: ["websocket"] })], async (socket) => {
      const got = next(socket, "volatile");
      socket.emit("volatile", "now");
      assert.deepEqual(await got, ["now"]);
    }));

  it("a volatile event is dropped where no poll waits, and only that one [S15]", async () => {
    const session = await Polling.open(server.url);
    await session.send("40");
    const first = await session.poll();
    assert.match(first[0], /^40\{"sid":/);
    await session.send('42["volatile","lost"]\x1e42["echo","kept"]');
    assert.deepEqual(await session.poll(), ['42["echo","kept"]']);
    const waiting = session.poll();
    await new Promise((resolve) => setTimeout(resolve, 50));
    await session.send('42["volatile","seen"]');
    assert.deepEqual(await waiting, ['42["volatile","seen"]']);
    await session.send("1");
  });
});
