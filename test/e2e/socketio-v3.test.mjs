// Socket.IO's protocols 3 and 4 [P14, P15] by hand: what clients of 1.x and 2.x hear and say differently.
import assert from "node:assert";
import { after, before, describe, test } from "node:test";
import { request } from "./lib/http.mjs";
import { Socket } from "./lib/raw.mjs";
import { startProgram } from "./lib/server.mjs";

let server, url;
before(async () => {
  server = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--eio3", "on"]);
  url = server.url;
});
after(() => server.stop());

/** Over WebSocket, behind the CONNECT to "/" and its greeting. */
async function open() {
  const socket = await Socket.open(url, "EIO=3&transport=websocket");
  assert.strictEqual(await socket.next(), "40");
  assert.strictEqual(await socket.next(), '42["auth",{}]');
  return socket;
}

describe("connecting", () => {
  test("[P14] to / without being asked; its id is that of the session", async () => {
    const socket = await open();
    socket.send('420["self"]');
    const [self] = JSON.parse((await socket.next()).slice(3));
    assert.strictEqual(self.id ?? self, socket.handshake.sid);
    socket.close();
  });
  test("[P14] on polling with the first poll", async () => {
    const first = await request(`${url}/socket.io/?EIO=3&transport=polling&b64=1`);
    const sid = /"sid":"([^"]+)/.exec(first.text)[1];
    const at = `${url}/socket.io/?EIO=3&transport=polling&b64=1&sid=${sid}`;
    assert.strictEqual((await request(at)).text, '2:4013:42["auth",{}]');
    await request(at, { method: "POST", body: "1:1" });
  });
  test("[P14] elsewhere by CONNECT, whose query is the auth", async () => {
    const socket = await open();
    socket.send("40/admin?token=secret&x=%C3%A9+1");
    assert.strictEqual(await socket.next(), "40/admin,");
    assert.strictEqual(await socket.next(), '42/admin,["auth",{"token":"secret","x":"é 1"}]');
    socket.send('42/admin,0["self"]');
    const [self] = JSON.parse((await socket.next()).slice("43/admin,0".length));
    assert.strictEqual(self.id ?? self, `/admin#${socket.handshake.sid}`);
    socket.close();
  });
  test("[P14] a refusal is its data, or its message", async () => {
    const socket = await open();
    socket.send("40/admin");
    assert.strictEqual(await socket.next(), '44/admin,{"code":401,"path":["token",null]}');
    socket.send("40/refused");
    assert.match(await socket.next(), /^44\/refused,"[^"]+"$/);
    socket.send("40/nope");
    assert.strictEqual(await socket.next(), '44/nope,{"message":"Invalid namespace"}');
    socket.close();
  });
  test("[P14] leaving a namespace, with and without the comma", async () => {
    const socket = await open();
    for (const bye of ["41/custom", "41/custom,"]) {
      socket.send("40/custom,");
      assert.strictEqual(await socket.next(), "40/custom,");
      assert.strictEqual(await socket.next(), '42/custom,["auth",{}]');
      socket.send(bye, '420["ack",1]');
      assert.strictEqual(await socket.next(), "430[1]");
    }
    socket.close();
  });
});

describe("events", () => {
  test("[P14] as ever, a query behind the namespace ignored", async () => {
    const socket = await open();
    socket.send("40/custom?x=1");
    await socket.next();
    await socket.next();
    socket.send('42/custom?x=1,["echo",1]', '42["echo","é"]', '4212["ack",{"a":null}]');
    assert.strictEqual(await socket.next(), '42/custom,["echo",1]');
    assert.strictEqual(await socket.next(), '42["echo","é"]');
    assert.strictEqual(await socket.next(), '4312[{"a":null}]');
    socket.close();
  });
  test("[P14, P15] binary both ways, in acks, too", async () => {
    const socket = await open();
    const bytes = Buffer.from([4, 1, 2, 3]);
    socket.send('451-["echo",{"_placeholder":true,"num":0}]', bytes);
    assert.strictEqual(await socket.next(), '451-["echo",{"_placeholder":true,"num":0}]');
    assert.deepStrictEqual(await socket.next(), bytes);
    socket.send('451-7["ack",{"_placeholder":true,"num":0}]', bytes);
    assert.strictEqual(await socket.next(), '461-7[{"_placeholder":true,"num":0}]');
    assert.deepStrictEqual(await socket.next(), bytes);
    socket.close();
  });
  test("text beyond ASCII in a poll is escaped in the JSON: clients of 1.x read nothing else", async () => {
    const first = await request(`${url}/socket.io/?EIO=3&transport=polling`);
    const sid = /"sid":"([^"]+)/.exec(first.text)[1];
    const at = `${url}/socket.io/?EIO=3&transport=polling&sid=${sid}`;
    await request(at);
    await request(at, { method: "POST", body: '14:42["echo","é"]15:42["echo","😀"]' });
    assert.strictEqual((await request(at)).text, '19:42["echo","\\u00e9"]25:42["echo","\\ud83d\\ude00"]');
    await request(at, { method: "POST", body: "1:1" });
  });
  test("[S23] disconnecting by the server", async () => {
    const socket = await open();
    socket.send('42["kick",true]');
    assert.strictEqual(await socket.next(), "41");
    await socket.closed;
  });
});
