// The official engine.io-client in its three ways of connecting.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Socket } from "engine.io-client";
import { startProgram } from "./lib/server.mjs";

const event = (socket, name) => new Promise((resolve) => socket.once(name, (...args) => resolve(args)));

const ways = {
  polling: { transports: ["polling"] },
  websocket: { transports: ["websocket"] },
  upgrade: { transports: ["polling", "websocket"] },
};

describe("echo", () => {
  let server;
  before(async () => {
    server = await startProgram(process.env.SIO_CONFORMANCE, ["engine", "--port", "0"]);
  });
  after(() => server?.stop());

  for (const [way, options] of Object.entries(ways)) {
    const open = async () => {
      const socket = new Socket(server.url, { path: "/engine.io", ...options });
      socket.binaryType = "nodebuffer";
      await event(socket, "open");
      if (way === "upgrade")
        await event(socket, "upgrade");
      assert.equal(socket.transport.name, way === "upgrade" ? "websocket" : way);
      return socket;
    };

    it(`[E50, E65, E75] of text and binary by ${way}`, async () => {
      const socket = await open();
      for (const sent of ["hello", "è 日本 😀", Buffer.from([0, 1, 255])]) {
        const answer = event(socket, "message");
        socket.send(sent);
        assert.deepEqual((await answer)[0], sent);
      }
      socket.close();
    });

    it(`[E51] of a thousand messages in order by ${way}`, async () => {
      const socket = await open();
      const got = [];
      const all = new Promise((resolve) => socket.on("message", (text) => got.push(text) === 1000 && resolve()));
      const sent = Array.from({ length: 1000 }, (_, i) => `message ${i}`);
      sent.forEach((text) => socket.send(text));
      await all;
      assert.deepEqual(got, sent);
      socket.close();
    });

    it(`[E70] survives heartbeats by ${way}`, async () => {
      const socket = await open();
      for (let i = 0; i < 3; i++)
        await event(socket, "ping");
      const answer = event(socket, "message");
      socket.send("still here");
      assert.equal((await answer)[0], "still here");
      socket.close();
    });
  }

  it("[E75] loses nothing while it moves", async () => {
    const socket = new Socket(server.url, { path: "/engine.io", ...ways.upgrade });
    const got = [];
    let moved = false, sent = 0;
    socket.on("message", (text) => got.push(Number(text)));
    socket.on("upgrade", () => { moved = true; });
    await event(socket, "open");
    while (!moved || sent < 100) {
      socket.send(String(sent++));
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    while (got.length < sent)
      await event(socket, "message");
    assert.deepEqual(got, Array.from({ length: sent }, (_, i) => i));
    socket.close();
  });
});

describe("the application of the client's own tests", () => {
  let server;
  before(async () => {
    server = await startProgram(process.env.SIO_CONFORMANCE, ["engine-client", "--port", "0"]);
  });
  after(() => server?.stop());

  const connect = (options) => new Socket(server.url, { path: "/engine.io", ...options });

  for (const [way, options] of Object.entries(ways)) {
    it(`[E50, E65] what is sent on connection arrives by ${way}`, async () => {
      const socket = connect(options);
      assert.deepEqual((await event(socket, "message"))[0], "hi");
      socket.close();
    });

    it(`[E7] a refusal by ${way}`, async () => {
      const socket = connect({ ...options, query: { deny: "1" } });
      const [error] = await event(socket, "error");
      assert.equal(error.type, "TransportError");
    });
  }

  it("[E7, E32] a refusal's answer", async () => {
    const response = await fetch(`${server.url}/engine.io/?EIO=4&transport=polling&deny=1`);
    assert.equal(response.status, 403);
    assert.equal(await response.text(), '{"code":4,"message":"Forbidden"}');
  });

  it("[E21] headers of the handshake only", async () => {
    const response = await fetch(`${server.url}/engine.io/?EIO=4&transport=polling`);
    assert.equal(response.headers.getSetCookie?.().length ?? 4, 4);
    assert.match(response.headers.get("set-cookie"), /^1=1; Max-Age=86400, 2=2; Path=\/; HttpOnly; Secure; SameSite=Strict, 3=3/);
    const { sid } = JSON.parse((await response.text()).slice(1));
    const poll = await fetch(`${server.url}/engine.io/?EIO=4&transport=polling&sid=${sid}`);
    assert.equal(await poll.text(), "4hi");
    assert.equal(poll.headers.get("set-cookie"), null);
  });

  it("[E81] the POST that carries a message shows its headers", async () => {
    const socket = connect({ ...ways.polling, extraHeaders: { "X-Custom": "mine" } });
    await event(socket, "open");
    const answer = new Promise((resolve) => socket.on("message", (text) => text !== "hi" && resolve(text)));
    socket.send("sendHeaders");
    assert.equal(JSON.parse(await answer)["x-custom"], "mine");
    socket.close();
  });

  it("[E54] the client splits what is larger than maxPayload", async () => {
    const socket = connect(ways.polling);
    await event(socket, "open");
    const got = [];
    const all = new Promise((resolve) => socket.on("message", (text) => text !== "hi" && got.push(text) === 3 && resolve()));
    for (const letter of "abc")
      socket.send(letter.repeat(60));
    await all;
    assert.deepEqual(got, ["a".repeat(60), "b".repeat(60), "c".repeat(60)]);
    const closed = event(socket, "close");
    socket.send("d".repeat(200));
    assert.equal((await closed)[0], "transport error");
  });
});
