// The official client against a server in C, each way it may come.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, client, collect, connected, modes, next, settled, withClients } from "./lib/client.mjs";
import { stats } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const bytes = (...values) => Buffer.from(values);

for (const [mode, transports] of Object.entries(modes)) {
  describe(`socket.io-client over ${mode}`, () => {
    let server;
    before(async () => { server = await startProgram(process.env.SIO_E2E_SERVER); });
    after(() => server?.stop());

    const open = (nsp = "", options = {}) => () => connected(server.url + nsp, { transports, ...options });
    const one = (use, nsp, options) => withClients([open(nsp, options)], use);

    it("connects, with an id of its own in each namespace [P2, P12]", () => one(async (socket) => {
      const self = await ask(socket, "self");
      assert.equal(self.id, socket.id);
      assert.match(socket.id, /^[\w-]{20}$/);
      assert.notEqual(socket.id, socket.io.engine.id);
      assert.equal(self.connected, true);
      assert.equal(self.address, "127.0.0.1");
      await until(() => socket.io.engine.transport.name === transports.at(-1), 5000, "the last transport");
      assert.equal((await ask(socket, "self")).transport, transports.at(-1));
    }));

    it("gets its auth object back, and {} without one [P2, S21]", async () => {
      for (const auth of [undefined, { token: "abc", deep: { list: [1, null, "ü"] } }]) {
        const socket = client(server.url, { transports, auth });
        assert.deepEqual(await next(socket, "auth"), [auth ?? {}]);
        socket.close();
      }
    });

    it("sees its handshake as Node's object [S21]", () => one(async (socket) => {
      const handshake = await ask(socket, "handshake");
      assert.equal(handshake.query.custom, "a b&ü");
      assert.equal(handshake.query.EIO, "4");
      assert.equal(handshake.headers["x-test"], "yes");
      assert.deepEqual(handshake.auth, { a: 1 });
      assert.equal(handshake.xdomain, false);
      assert.equal(handshake.secure, false);
      assert.equal(handshake.address, "127.0.0.1");
      assert.ok(Math.abs(handshake.issued - Date.now()) < 60000);
      assert.equal(Math.floor(new Date(handshake.time) / 1000), Math.floor(handshake.issued / 1000));
      assert.ok(handshake.url.startsWith("/socket.io/?"));
      assert.equal((await ask(socket, "self")).custom, "a b&ü");
    }, "", { query: { custom: "a b&ü" }, extraHeaders: { "X-Test": "yes" }, auth: { a: 1 } }));

    it("echoes every kind of value [P1, P16]", () => one(async (socket) => {
      const values = [1, -0.5, 1e300, 9007199254740993, "", "text \u0000 \" \\ / ü 😀", true, false, null, [], {},
        [[[1]]], { a: { b: [{ c: null }] } }];
      const echo = next(socket, "echo");
      socket.emit("echo", ...values);
      assert.deepEqual(await echo, values);
      const none = next(socket, "echo");
      socket.emit("echo");
      assert.deepEqual(await none, []);
    }));

    it("acknowledges, in any order of answers [P11]", () => one(async (socket) => {
      const late = ask(socket, "late-ack", 150, "late");
      assert.deepEqual(await ask(socket, "sum", 20, 22), 42);
      assert.equal(await ask(socket, "sum", "x", 1), "SIO_ETYPE");
      assert.equal(await ask(socket, "sum", 1), "SIO_ENOENT");
      assert.equal(await ask(socket, "sum", 2 ** 40, 1), "SIO_ERANGE");
      assert.equal(await late, 150);
    }));

    it("acknowledges once only [P11]", () => one(async (socket) => {
      const told = next(socket, "double-ack");
      assert.equal(await ask(socket, "double-ack"), 1);
      assert.deepEqual(await told, [0, "SIO_EDONE"]);
      socket.emit("ack", "nobody waits for this one");
      assert.equal(await ask(socket, "sum", 1, 2), 3);
    }));

    it("is asked by the server and answers [P11, S13]", () => one(async (socket) => {
      socket.on("question", (ms, what, callback) => callback(what, bytes(9, 8), { ms }));
      const answer = next(socket, "answer");
      socket.emit("ask", 5000, "why?");
      assert.deepEqual(await answer, ["why?", bytes(9, 8), { ms: 5000 }]);
    }));

    it("is asked, does not answer in time, and a late answer is dropped [S13]", () => one(async (socket) => {
      const { acksTimedOut, acksAnswered } = await stats(server.url);
      const question = next(socket, "question");
      const verdict = next(socket, "no-answer");
      socket.emit("ask", 100, "slow?");
      const callback = (await question).at(-1);
      assert.deepEqual(await verdict, ["SIO_ETIMEDOUT"]);
      callback("too late");
      await settled(socket);
      const now = await stats(server.url);
      assert.equal(now.acksTimedOut, acksTimedOut + 1);
      assert.equal(now.acksAnswered, acksAnswered);
      assert.equal(now.acksWaiting, 0);
    }));

    it("is asked and goes away: the callback is told so, once", async () => {
      const { acksClosed } = await stats(server.url);
      const socket = await open()();
      const question = next(socket, "question");
      socket.emit("ask", 0, "still there?");
      await question;
      socket.close();
      const now = await until(async () => {
        const seen = await stats(server.url);
        return seen.acksWaiting === 0 && seen;
      });
      assert.equal(now.acksClosed, acksClosed + 1);
    });

    it("sends binaries anywhere in the arguments and gets them back [P1, P8]", () => one(async (socket) => {
      const args = [bytes(1, 2, 3), { a: bytes(), b: [bytes(255, 0), "x", { c: bytes(7) }] }, "end", bytes(0)];
      const echo = next(socket, "echo");
      socket.emit("echo", ...args);
      assert.deepEqual(await echo, args);
      assert.deepEqual(await ask(socket, "ack", { deep: [args[0]] }), { deep: [args[0]] });
      assert.deepEqual(await ask(socket, "late-ack", 20, bytes(5)), 20);
    }));

    it("gets binaries that the server's format put anywhere [P1]", () => one(async (socket) => {
      const emitted = next(socket, "nested");
      const ack = await ask(socket, "nested", { list: [3, bytes(1, 2, 3)] });
      assert.deepEqual(ack, [bytes(1, 2, 3)]);
      assert.deepEqual(await emitted, [{ a: bytes(1, 2, 3), b: [7, { c: Buffer.from("xyz") }] }, bytes()]);
    }));

    it("keeps events after a binary one in order", () => one(async (socket) => {
      const seen = collect(socket, "echo", 40);
      for (let i = 0; i < 20; i++) {
        socket.emit("echo", i, bytes(i));
        socket.emit("echo", `text ${i}`);
      }
      const expected = Array.from({ length: 20 }, (_, i) => [[i, bytes(i)], [`text ${i}`]]).flat();
      assert.deepEqual(await seen, expected);
    }));

    it("sends and gets the largest payload", () => one(async (socket) => {
      const text = "x".repeat(1000000 - '42["echo",""]'.length);
      const echo = next(socket, "echo");
      socket.emit("echo", text);
      assert.equal((await echo)[0], text);
      const big = next(socket, "big");
      socket.emit("big", 3000000, false);
      assert.equal((await big)[0].length, 3000000);
      const binary = next(socket, "big");
      socket.emit("big", 3000000, true);
      const [received] = await binary;
      assert.ok(Buffer.isBuffer(received));
      assert.equal(received.length, 3000000);
      assert.equal(received[27], "b".charCodeAt(0));
    }));

    it("is cut off beyond the largest payload, and the server lives on [E6, E54, E66]", async () => {
      const socket = await open()();
      await until(() => socket.io.engine.transport.name === transports.at(-1), 5000, "the last transport");
      const gone = next(socket, "disconnect");
      socket.emit("echo", "x".repeat(1000001));
      assert.match((await gone)[0], /^transport (close|error)$/);
      await one(async (again) => assert.equal(await ask(again, "sum", 1, 1), 2));
    });

    it("keeps the order of many messages both ways, from the first moment on [E75]", () => one(async (socket) => {
      const numbers = collect(socket, "number", 2000);
      const echoes = collect(socket, "echo", 2000);
      socket.emit("count", 1000);
      for (let i = 0; i < 1000; i++)
        socket.emit("echo", i);
      await new Promise((resolve) => setTimeout(resolve, 20));
      for (let i = 1000; i < 2000; i++)
        socket.emit("echo", i);
      socket.emit("count", 1000);
      assert.deepEqual((await echoes).map(([i]) => i), Array.from({ length: 2000 }, (_, i) => i));
      assert.deepEqual((await numbers).map(([i]) => i), Array.from({ length: 2000 }, (_, i) => i % 1000));
    }));

    it("uses two namespaces on one connection [P2, P6]", async () => {
      const root = client(server.url, { transports, forceNew: false, multiplex: true });
      const custom = root.io.socket("/custom");
      try {
        await Promise.all([next(root, "connect"), next(custom, "connect")]);
        assert.notEqual(root.id, custom.id);
        const echoes = [next(root, "echo"), next(custom, "echo")];
        root.emit("echo", "root");
        custom.emit("echo", "custom", bytes(1));
        assert.deepEqual(await echoes[0], ["root"]);
        assert.deepEqual(await echoes[1], ["custom", bytes(1)]);
        await until(async () => (await stats(server.url)).clients === 1, 5000, "one connection");
        custom.disconnect();
        assert.equal(await ask(root, "sum", 1, 2), 3);
        assert.equal((await stats(server.url)).sockets["/custom"], 0);
        custom.connect();
        await next(custom, "connect");
        assert.equal(await ask(custom, "sum", 1, 2), 3);
      } finally {
        root.io._close();
      }
      await until(async () => (await stats(server.url)).clients === 0);
    });

    it("is told that a namespace does not exist [P4]", async () => {
      const socket = client(`${server.url}/nowhere`, { transports });
      const [error] = await next(socket, "connect_error");
      assert.equal(error.message, "Invalid namespace");
      assert.equal(error.data, undefined);
      socket.close();
    });

    it("is refused by a middleware, with and without data [P4, S8]", async () => {
      const before = await stats(server.url);
      const admin = client(`${server.url}/admin`, { transports, auth: { token: "wrong" } });
      const [error] = await next(admin, "connect_error");
      assert.equal(error.message, "not authorized");
      assert.deepEqual(error.data, { code: 401, path: ["token", null] });
      admin.close();
      const refused = client(`${server.url}/refused`, { transports });
      const [plain] = await next(refused, "connect_error");
      assert.equal(plain.message, "refused");
      assert.equal(plain.data, undefined);
      refused.close();
      const now = await stats(server.url);
      assert.equal(now.secondMiddleware, before.secondMiddleware, "the first error stops the chain");
      assert.equal(now.connections, before.connections);
    });

    it("passes a middleware that lets it, and may try again [S8]", async () => {
      const socket = client(`${server.url}/admin`, { transports, auth: { token: "wrong" } });
      await next(socket, "connect_error");
      socket.auth = { token: "secret" };
      socket.connect();
      await next(socket, "connect");
      assert.equal(await ask(socket, "sum", 2, 2), 4);
      socket.close();
    });

    it("waits for a slow middleware, and joins rooms in one [S8, S22]", async () => {
      await one(async (socket) => assert.equal(await ask(socket, "sum", 1, 1), 2), "/slow");
      await one(async (socket) => {
        assert.deepEqual(await ask(socket, "rooms"), [socket.id, "from middleware"]);
      }, "/chain");
    });

    it("goes away during a slow middleware: next says so [S8]", async () => {
      const { nextClosed } = await stats(server.url);
      const socket = client(`${server.url}/slow`, { transports });
      await next(socket.io, "open");
      await until(async () => (await stats(server.url)).clients > 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.close();
      await until(async () => (await stats(server.url)).nextClosed === nextClosed + 1);
    });

    it("cannot be sent a reserved name [P10]", () => one(async (socket) => {
      for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"])
        assert.equal(await ask(socket, "reserved", name), "SIO_ERESERVED", name);
      assert.equal(await ask(socket, "reserved", "connection"), "SIO_OK");
    }));

    it("survives many heartbeats [E70]", async () => {
      const quick = await startProgram(process.env.SIO_E2E_SERVER, ["--ping-interval", "50", "--ping-timeout", "200"]);
      try {
        const socket = await connected(quick.url, { transports });
        await until(() => socket.io.engine.transport.name === transports.at(-1), 5000, "the last transport");
        await collect(socket.io, "ping", 10);
        assert.equal(await ask(socket, "sum", 1, 1), 2);
        socket.close();
      } finally {
        await quick.stop();
      }
    });

    it("leaves nothing behind", async () => {
      const now = await until(async () => {
        const seen = await stats(server.url);
        return seen.clients === 0 && seen;
      });
      assert.ok(Object.values(now.sockets).every((count) => count === 0), JSON.stringify(now.sockets));
      const ended = Object.values(now.disconnects).reduce((sum, count) => sum + count, 0);
      assert.equal(ended, now.connections, "each connection has one disconnect");
    });
  });
}
