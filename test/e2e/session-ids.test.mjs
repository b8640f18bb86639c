// What a session is bound to: its id, which is random; the server that has given it; the generation of
// its client; and the transport that it is on. Not to an address, which changes on the way.
import assert from "node:assert/strict";
import http from "node:http";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { ask, polling } from "./lib/engine.mjs";
import { connected } from "./lib/client.mjs";
import { upgrade } from "./lib/http.mjs";
import { Polling, Socket } from "./lib/raw.mjs";
import { startProgram } from "./lib/server.mjs";

const where = "/socket.io/";
const start = () => startProgram(process.env.SIO_E2E_SERVER, ["--eio3", "on", "--v09", "on"]);
const unknown = [400, '{"code":1,"message":"Session ID unknown"}'];
const badRequest = [400, '{"code":3,"message":"Bad request"}'];

describe("an id of a session", () => {
  let server, url;
  const request = async (query, options) => {
    const { status, body } = await ask(options?.url ?? url, { where, query, ...options });
    return [status, body];
  };
  const handshake = async (query) => JSON.parse(/\{.*\}/.exec((await ask(url, { where, query })).body)[0]).sid;
  before(async () => {
    server = await start();
    url = server.url;
  });
  after(() => server?.stop());

  it("[E19] has 120 random bits: characters are as frequent as each other in each place", async () => {
    const count = 600, ids = new Set(), seen = Array.from({ length: 20 }, () => new Map());
    for (let i = 0; i < count; i++) {
      const sid = await handshake(polling);
      assert.match(sid, /^[A-Za-z0-9_-]{20}$/);
      ids.add(sid);
      [...sid].forEach((c, at) => seen[at].set(c, (seen[at].get(c) ?? 0) + 1));
    }
    assert.equal(ids.size, count);
    for (const place of seen) { // 600 in 64 classes: about 9.4 each
      assert.ok(place.size > 55, `${place.size} characters`);
      assert.ok(Math.max(...place.values()) < 40);
    }
  });

  it("[P12] is not what others are told: the id of a socket is another one", async () => {
    const socket = await connected(url, { transports: ["websocket"] });
    assert.notEqual(socket.id, socket.io.engine.id);
    assert.match(socket.id, /^[A-Za-z0-9_-]{20}$/);
    socket.close();
  });

  it("is unknown to another server", async () => {
    const other = await start();
    const sid = await handshake(polling);
    assert.deepEqual(await request(`${polling}&sid=${sid}`, { url: other.url }), unknown);
    assert.deepEqual(await request(`${polling}&sid=${sid}`, { method: "POST", body: "40", url: other.url }), unknown);
    assert.deepEqual(await request(`${polling}&sid=${sid}`, { method: "POST", body: "40" }), [200, "ok"]);
    await other.stop();
  });

  it("[E30] goes with one revision of Engine.IO", async () => {
    const today = await handshake(polling), before = await handshake("EIO=3&transport=polling");
    for (const method of ["GET", "POST"]) {
      assert.deepEqual(await request(`EIO=3&transport=polling&sid=${today}`, { method, body: "1:1" }), badRequest);
      assert.deepEqual(await request(`${polling}&sid=${before}`, { method, body: "1" }), badRequest);
    }
    for (const [revision, sid] of [[3, today], [4, before]])
      assert.deepEqual(await upgrade(url, `${where}?EIO=${revision}&transport=websocket&sid=${sid}`), [400, "Bad request"]);
    assert.deepEqual(await request(`${polling}&sid=${today}`, { method: "POST", body: "40" }), [200, "ok"]);
    assert.deepEqual(await request(`EIO=3&transport=polling&sid=${before}`, { method: "POST", body: "1:6" }), [200, "ok"]);
  });

  it("[L1] goes with 0.9, or with Engine.IO", async () => {
    const today = await handshake(polling);
    const [sid] = (await ask(url, { where: "/socket.io/1/", query: "" })).body.split(":");
    assert.equal((await ask(url, { where: `/socket.io/1/xhr-polling/${today}`, query: "" })).body, "7:::1+0");
    for (const revision of [3, 4])
      assert.equal((await request(`EIO=${revision}&transport=polling&sid=${sid}`))[0], 400);
    assert.equal((await ask(url, { where: `/socket.io/1/xhr-polling/${sid}`, query: "" })).body, "1::");
    assert.deepEqual(await request(`${polling}&sid=${today}`, { method: "POST", body: "40" }), [200, "ok"]);
  });

  it("[E79] goes with the transport: none goes back to polling, and no second WebSocket comes in", async () => {
    const session = await Polling.open(url);
    const moved = new Socket(url, `EIO=4&transport=websocket&sid=${session.sid}`);
    await once(moved.ws, "open");
    moved.send("2probe");
    assert.equal(await moved.next(), "3probe");
    moved.send("5", "40");
    assert.match(await moved.next(), /^40/);
    assert.deepEqual(await request(`${polling}&sid=${session.sid}`), badRequest);
    assert.deepEqual(await request(`${polling}&sid=${session.sid}`, { method: "POST", body: '42["ack"]' }), badRequest);
    const second = new Socket(url, `EIO=4&transport=websocket&sid=${session.sid}`);
    assert.equal(await second.closed, 1005);
    moved.send('42["echo",1]');
    assert.match(await moved.next(), /^42\["auth"/);
    assert.equal(await moved.next(), '42["echo",1]');
    moved.close();
  });

  it("does not go with an address: clients move about", async () => {
    const session = await Polling.open(url);
    const request = http.request(`${url}${where}?${polling}&sid=${session.sid}`, { method: "POST", localAddress: "127.0.0.2", agent: false });
    request.end("40");
    const [response] = await once(request, "response");
    assert.equal(response.statusCode, 200);
    response.resume();
  });
});
