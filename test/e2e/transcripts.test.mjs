// The same client script against Node's own socket.io and against libsio: what the clients hear must be
// the same, event by event.
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { modes } from "./lib/client.mjs";
import { startProgram } from "./lib/server.mjs";
import { transcribe } from "./lib/transcript.mjs";

const oracle = fileURLToPath(new URL("oracle/server.mjs", import.meta.url));
const values = [1, -0.5, 1e300, 1e21, 1e-7, 9007199254740993, "", "text \u0000 \" \\ / ü 😀 \u2028", true, false,
  null, [], {}, [[[1]]], { a: { b: [{ c: null }] } }, { "": 1, " ": 2 }];

const scripts = {
  "echoes of every value [S10]": async ({ open, settle }) => {
    const a = await open("a");
    for (const value of values)
      a.emit("echo", value);
    a.emit("echo");
    a.emit("echo", ...values);
    await settle();
  },

  "binaries at every depth, both ways [S10]": async ({ open, ask, settle }) => {
    const a = await open("a");
    a.emit("echo", Buffer.from([1, 2, 3]), { deep: [Buffer.alloc(0), { er: Buffer.from([255]) }] });
    await ask(a, "nested", { list: [1, Buffer.from("bytes")] });
    await ask(a, "ack", Buffer.from([9]), "text", { b: Buffer.from([8]) });
    await settle();
  },

  "acknowledgements, in the order of their answers [S10, S13]": async ({ open, ask, settle }) => {
    const a = await open("a");
    await Promise.all([ask(a, "late-ack", 200, "late"), ask(a, "sum", 1, 2), ask(a, "ack")]);
    const asked = ["yes", { deep: [1] }];
    a.emit("ask", 5000, ...asked);
    await new Promise((resolve) => { a.once("answer", resolve); });
    await settle();
  },

  "rooms: to, in, union, except, broadcast, all [S11, S12, S22]": async ({ open, ask, settle }) => {
    const [a, b, c] = [await open("a"), await open("b"), await open("c")];
    await ask(a, "join", "one");
    await ask(b, "join", "one");
    await ask(b, "join", "two");
    await ask(c, "join", "two");
    await ask(a, "rooms");
    await ask(b, "rooms");
    for (const [event, ...args] of [["to", "one", "to one"], ["to", "two", "to two"], ["in", "one", "in one"],
      ["union", "one", "two", "union"], ["except", "one", "except one"], ["except", "nobody", "except nobody"],
      ["broadcast", "to the others", { x: Buffer.from([1]) }], ["all", "to all", 1], ["to", "nobody", "lost"]]) {
      a.emit(event, ...args);
      await settle();
    }
    await ask(b, "leave", "one");
    a.emit("in", "one", "after b left");
    await settle();
    await ask(b, "rooms");
  },

  "the room of one's own id [S22]": async ({ open, settle }) => {
    const [a, b] = [await open("a"), await open("b")];
    a.emit("to", b.id, "private");
    a.emit("to", a.id, "to myself: nobody");
    a.emit("in", a.id, "in my own");
    await settle();
  },

  "namespaces, and those that refuse [S5, S8, P2]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a", "/custom", { auth: { token: "x" } }), await open("b", "/other")];
    a.emit("all", "custom only");
    b.emit("all", "other only");
    await open("unknown", "/unknown");
    await open("admin without", "/admin");
    await open("admin with a wrong one", "/admin", { auth: { token: "wrong" } });
    const admin = await open("admin", "/admin", { auth: { token: "secret" } });
    await open("refused", "/refused");
    const slow = await open("slow", "/slow");
    const chain = await open("chain", "/chain");
    await ask(chain, "rooms");
    await ask(slow, "sum", 1, 2);
    await ask(admin, "sum", 3, 4);
    await settle();
  },

  "the server disconnects a socket, or all of them [S23, S28]": async ({ open, settle }) => {
    const [a, b, c] = [await open("a"), await open("b", "/custom"), await open("c")];
    const gone = (socket) => new Promise((resolve) => { socket.once("disconnect", resolve); });
    const all = [gone(a), gone(b)];
    a.io.reconnection(false);
    a.emit("kick", false);
    await all[0];
    b.io.reconnection(false);
    b.emit("kick", true);
    await all[1];
    c.emit("all", "who is left");
    await settle();
  },

  "the client leaves a namespace, and comes back [S28]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a"), await open("b")];
    await ask(a, "join", "room");
    a.disconnect();
    b.emit("in", "room", "nobody");
    await settle();
    const again = new Promise((resolve) => { a.once("connect", resolve); });
    a.connect();
    await again;
    await ask(a, "rooms");
    b.emit("all", "both");
    await settle();
  },

  "many at once stay in order": async ({ open, settle }) => {
    const a = await open("a");
    a.emit("count", 300);
    for (let i = 0; i < 100; i++)
      a.emit("echo", i, i % 10 === 0 ? Buffer.from([i]) : "text");
    a.emit("big", 70000, false);
    a.emit("big", 70000, true);
    await settle();
  },

  "namespaces by pattern and by function, their parents [S5, S6]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a", "/room-1"), await open("b", "/room-22")];
    await open("no room", "/room-");
    await open("no room either", "/room-1a");
    const c = await open("c", "/team-red", { auth: { token: "secret" } });
    await open("no member", "/team-red-too", { auth: { token: "wrong" } });
    const d = await open("d", "/team-red", { auth: { token: "whatever, since it is there" } });
    await ask(b, "join", "corner");
    await ask(a, "sum", 1, 2);
    a.emit("siblings", "to all rooms", Buffer.from([1, 2, 3]));
    a.emit("siblings-in", "corner", "to b");
    await settle();
    c.emit("siblings", "to all teams");
    c.emit("all", "to the red team");
    await settle();
    await ask(d, "rooms");
  },

  "answers of many, and the time-out [S14]": async ({ open, ask, settle }) => {
    const [a, b, c] = [await open("a"), await open("b"), await open("c")];
    await ask(b, "join", "asked");
    await ask(c, "join", "asked");
    await ask(a, "ask-all", 5000, "asked", "x", { deep: [1] });
    await ask(a, "ask-all", 5000, "nobody is here");
    c.offAny();
    await ask(a, "ask-all", 100, "asked", "only b answers");
    await settle();
  },

  "sockets are fetched and moved from afar [S16, S17]": async ({ open, ask, settle }) => {
    const a = await open("a");
    const b = await open("b", "", { auth: { name: "b" } });
    await ask(b, "join", "one");
    await ask(b, "remember", { some: [1, null] });
    await ask(a, "fetch", "one");
    await ask(a, "fetch", "nobody is here");
    await ask(a, "move", "one", "two");
    await ask(a, "fetch", "two");
    await ask(a, "move", "one", null);
    await ask(a, "fetch", "one");
    await ask(b, "rooms");
    a.emit("in", "two", "to b");
    await settle();
    const gone = new Promise((resolve) => { b.once("disconnect", resolve); });
    await ask(a, "send-away", "two", true);
    await gone;
    await ask(a, "fetch", "two");
  },

  "the handshake [S21]": async ({ open, ask }) => {
    const a = await open("a", "", { auth: { deep: { list: [1] } }, query: { x: "a b&ü", y: "" },
      extraHeaders: { "X-Own": "v" } });
    const [handshake] = await new Promise((resolve) => { a.emit("handshake", (...answer) => resolve(answer)); });
    // Times and ports differ from run to run, the rest does not.
    const { headers, address, xdomain, secure, query, auth } = handshake;
    const { t, ...stable } = query;
    await ask(a, "ack", Object.keys(handshake).sort(), address, xdomain, secure, stable, auth,
      Object.keys(headers).sort(), headers["x-own"]);
  },

  "any listeners, middlewares, listeners: who is called when [S24, S25, S27]": async ({ open, ask }) => {
    const a = await open("a", "/hooks");
    await ask(a, "h-one");
    await ask(a, "journal");
    await ask(a, "h-late");
    await ask(a, "h-one", 1, Buffer.from([1]));
    await ask(a, "journal");
    for (const event of ["h-bad", "h-lost", "h-unknown"]) {
      a.emit(event);
      await ask(a, "journal");
    }
    await ask(a, "off");
    await ask(a, "h-one");
    await ask(a, "journal");
  },

  "those who hear what goes out [S25]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a", "/hooks"), await open("b", "/hooks")];
    await ask(a, "emits");
    await ask(a, "journal");
    await ask(a, "watch");
    await ask(b, "watch");
    await ask(a, "emits");
    await settle();
    await ask(a, "journal");
    await ask(b, "journal");
    await ask(a, "unwatch");
    await ask(a, "emits");
    await ask(a, "journal");
    await settle();
  },

  "disconnecting with the rooms there, then the disconnect, for each reason [S26, S28, S29]": async (
    { open, ask, settle }) => {
    const witness = await open("witness", "/hooks");
    const ends = {
      "its own disconnect": (socket) => socket.disconnect(),
      "the server's": (socket) => socket.emit("kick", false),
      "the server's, with the connection": (socket) => socket.emit("kick", true),
      "the connection is closed": (socket) => socket.io.engine.close(),
      "what is no packet": (socket) => socket.io.engine.send("2{}"),
      "a packet for a namespace that it has not joined": (socket) => socket.io.engine.send("2/other,[1]"),
    };
    for (const [name, end] of Object.entries(ends)) {
      const socket = await open(name, "/hooks");
      socket.io.reconnection(false);
      await ask(socket, "join", "a room");
      const over = [[witness, "left"], [socket, "disconnect"]]
        .map(([who, event]) => new Promise((resolve) => { who.once(event, resolve); }));
      end(socket);
      await Promise.all(over);
    }
    await settle();
  },
};

for (const [mode, transports] of Object.entries(modes)) {
  describe(`libsio is what Node's socket.io is, over ${mode}`, () => {
    let ours, theirs;
    before(async () => {
      ours = await startProgram(process.env.SIO_E2E_SERVER);
      theirs = await startProgram(process.execPath, [oracle]);
    });
    after(() => Promise.all([ours, theirs].map((server) => server?.stop())));

    for (const [title, script] of Object.entries(scripts)) {
      it(title, async () => {
        const [expected, heard] = await Promise.all([theirs, ours]
          .map((server) => transcribe(server.url, transports, script)));
        assert.deepEqual(heard, expected);
      });
    }
  });
}
