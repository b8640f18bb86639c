// Engine.IO 3 [V1-V9] byte by byte, against the echo of the conformance server (300 and 200 ms).
import assert from "node:assert";
import { after, before, describe, test } from "node:test";
import { connect } from "./lib/engine.mjs";
import { request } from "./lib/http.mjs";
import { startProgram, until } from "./lib/server.mjs";

let server, url;
before(async () => {
  server = await startProgram(process.env.SIO_CONFORMANCE, ["engine", "--port", "0"]);
  url = server.url;
});
after(() => server.stop());

const octets = { "Content-Type": "application/octet-stream" };
const form = { "Content-Type": "application/x-www-form-urlencoded" };

/** A polling session; `more` is added to each query. */
async function open(more = "", eio = 3) {
  const base = `${url}/engine.io/?EIO=${eio}&transport=polling${more}`;
  const first = await request(base);
  const sid = /"sid\\?":\\?"([^"\\]+)/.exec(first.text)[1];
  const at = `${base}&sid=${sid}`;
  return {
    first, sid,
    poll: () => request(at),
    post: (body, headers = { "Content-Type": "text/plain;charset=UTF-8" }) => request(at, { method: "POST", body, headers }),
    leave: () => request(at, { method: "POST", body: "1:1", headers: { "Content-Type": "text/plain" } }),
  };
}

/** Expects the session to be unknown soon. */
const gone = (session) => until(async () => (await session.post("1:6")).text === '{"code":1,"message":"Session ID unknown"}');

describe("polling", () => {
  test("[V2, V8] the open packet has its length in front", async () => {
    const session = await open();
    const [, length, json] = /^(\d+):0(\{.*\})$/.exec(session.first.text);
    assert.strictEqual(Number(length), json.length + 1);
    assert.deepStrictEqual(JSON.parse(json), { sid: session.sid, upgrades: ["websocket"], pingInterval: 300, pingTimeout: 200, maxPayload: 1000000 });
    assert.strictEqual(session.first.type, "text/plain; charset=UTF-8");
    await session.leave();
  });
  test("[V2] lengths count UTF-16 code units, both ways", async () => {
    const session = await open();
    assert.strictEqual((await session.post('7:42["€"]5:4😀-!')).text, "ok");
    assert.strictEqual((await session.poll()).text, '7:42["€"]5:4😀-!');
    await session.leave();
  });
  for (const body of ['9:42["€"]', "4", "", ":4", "3:4a", "1:9", "99999999999999999999:4", "-1:4", "2:4😀"])
    test(`[V2] a bad payload ends the session: ${JSON.stringify(body)}`, async () => {
      const session = await open();
      assert.strictEqual((await session.post(body)).status, 400);
      await gone(session);
    });
  test("[V4] b64: binary as b4 and base64 in the text", async () => {
    const session = await open("&b64=1");
    assert.strictEqual((await session.post("6:b4AQID2:4a")).text, "ok");
    const answer = await session.poll();
    assert.strictEqual(answer.text, "6:b4AQID2:4a");
    assert.strictEqual(answer.type, "text/plain; charset=UTF-8");
    await session.leave();
  });
  test("[V3, V6] without b64 one binary packet makes units of all", async () => {
    const session = await open();
    const sent = Buffer.from("0004ff34e282ac" + "0103ff040908", "hex");
    assert.strictEqual((await session.post(sent, octets)).text, "ok");
    const answer = await session.poll();
    assert.strictEqual(answer.type, "application/octet-stream");
    assert.deepStrictEqual(answer.bytes, sent);
    await session.leave();
  });
  test("[V9] a lone surrogate in a unit is tolerated", async () => {
    const session = await open();
    assert.strictEqual((await session.post(Buffer.from("0005ff34eda08078", "hex"), octets)).text, "ok");
    assert.strictEqual((await session.poll()).text, "3:4\ufffdx");
    await session.leave();
  });
  for (const hex of ["0002ff34", "000234", "0201ff34", "010aff34", "0109ff0401", "01" + "01".repeat(400) + "ff", "0002ff34ff"])
    test(`[V6] bad units end the session: ${hex.slice(0, 20)}`, async () => {
      const session = await open();
      assert.strictEqual((await session.post(Buffer.from(hex, "hex"), octets)).status, 400);
      await gone(session);
    });
  test("a body beyond maxPayload: 413, the session lives", async () => {
    const session = await open();
    assert.strictEqual((await session.post("x".repeat(1000001))).status, 413);
    assert.strictEqual((await session.post("2:4a")).text, "ok");
    assert.strictEqual((await session.poll()).text, "2:4a");
    await session.leave();
  });
  test("[V8] a close while a poll hangs: the poll gets a noop", async () => {
    const session = await open();
    const poll = session.poll();
    await session.leave();
    assert.strictEqual((await poll).text, "1:6");
    await gone(session);
  });
  test("overlapping polls: the first gets 1:1, the second 400", async () => {
    const session = await open();
    const polls = await Promise.all([session.poll(), session.poll()]);
    assert.deepStrictEqual(polls.map(({ status, text }) => [status, text]).sort(), [[200, "1:1"], [400, ""]]);
    await gone(session);
  });
});

describe("JSONP", () => {
  for (const eio of [3, 4])
    test(`[V7] EIO=${eio}: scripts and forms`, async () => {
      const session = await open("&j=5", eio);
      assert.match(session.first.text, eio === 3 ? /^___eio\[5\]\("\d+:0\{\\"sid\\":\\".*\}"\);$/ : /^___eio\[5\]\("0\{\\"sid\\":\\".*\}"\);$/);
      assert.strictEqual(session.first.type, "text/plain; charset=UTF-8");
      const body = eio === 3 ? 'd=11%3A42%5B%22h%5Cn%5C%5Cn%E2%80%A8%22%5D' : 'd=42%5B%22h%5Cn%5C%5Cn%E2%80%A8%22%5D';
      assert.strictEqual((await session.post(body, form)).text, "ok");
      const wanted = '42["h\n\\n\u2028"]';
      const answer = (await session.poll()).text;
      assert.ok(answer.includes("\\u2028") && !answer.includes("\u2028"));
      assert.strictEqual(JSON.parse(answer.slice("___eio[5](".length, -2)), eio === 3 ? `11:${wanted}` : wanted);
      assert.strictEqual((await session.post("x=1", form)).text, "ok");
      await session.post(eio === 3 ? "d=1:1" : "d=1", form);
      await until(async () => (await session.poll()).status === 400);
    });
  test("[V7] only digits of j come back", async () => {
    const answer = await request(`${url}/engine.io/?EIO=3&transport=polling&j=1%22)%3Balert(2)`);
    assert.match(answer.text, /^___eio\[12\]\("/);
  });
  test("[V4] binary in base64", async () => {
    const session = await open("&j=0");
    await session.post("d=" + encodeURIComponent("6:b4AQID"), form);
    assert.strictEqual((await session.poll()).text, '___eio[0]("6:b4AQID");');
    await session.post("d=1:1", form);
  });
});

describe("WebSocket", () => {
  test("[V5] binary frames have the type in front", async () => {
    const ws = await connect(url, "EIO=3&transport=websocket");
    assert.match(await ws.next(), /^0\{/);
    ws.send(Buffer.from([4, 1, 2, 3]), "4text");
    assert.deepStrictEqual(await ws.next(), Buffer.from([4, 1, 2, 3]));
    assert.strictEqual(await ws.next(), "4text");
    ws.ws.close();
    await ws.closed;
  });
  test("[V4] b64: text frames", async () => {
    const ws = await connect(url, "EIO=3&transport=websocket&b64=1");
    await ws.next();
    ws.send("b4AQID");
    assert.strictEqual(await ws.next(), "b4AQID");
    ws.ws.close();
    await ws.closed;
  });
  for (const bad of ["abc", "", "b9AQID", Buffer.from([9, 1]), Buffer.alloc(0)])
    test(`a bad packet ends the session: ${JSON.stringify(bad)}`, async () => {
      const ws = await connect(url, "EIO=3&transport=websocket");
      await ws.next();
      ws.send(bad);
      await ws.closed;
    });
  test("[V1] upgrade from polling, with what waits, binary included", async () => {
    const session = await open();
    const ws = await connect(url, `EIO=3&transport=websocket&sid=${session.sid}`);
    ws.send("2probe");
    assert.strictEqual(await ws.next(), "3probe");
    await session.post(Buffer.from("0102ff0407" + "0003ff34c3a9", "hex"), octets);
    ws.send("5");
    assert.deepStrictEqual(await ws.next(), Buffer.from([4, 7]));
    assert.strictEqual(await ws.next(), "4é");
    ws.send("2");
    assert.strictEqual(await ws.next(), "3");
    ws.ws.close();
    await ws.closed;
  });
});

describe("heartbeat", () => {
  test("[V1] the client asks, the server answers without its data", async () => {
    const session = await open();
    await session.post("6:2probe");
    assert.strictEqual((await session.poll()).text, "1:3");
    await session.leave();
  });
  test("[V1] no PING within interval and time-out ends the session", async () => {
    const ws = await connect(url, "EIO=3&transport=websocket");
    await ws.next();
    const began = performance.now();
    await ws.closed;
    assert.ok(performance.now() - began > 450);
  });
  test("[V1] a PONG of the client's is an error", async () => {
    const ws = await connect(url, "EIO=3&transport=websocket");
    await ws.next();
    ws.send("3");
    await ws.closed;
  });
});

describe("versions", () => {
  for (const query of ["transport=polling", "EIO=5&transport=polling", "EIO=&transport=polling", "EIO=33&transport=polling"])
    test(`[E14] refused with code 5: ${query}`, async () => {
      const { status, text } = await request(`${url}/engine.io/?${query}`);
      assert.deepStrictEqual([status, JSON.parse(text)], [400, { code: 5, message: "Unsupported protocol version" }]);
    });
  test("[E14] EIO=3 is refused where allow_eio3 is off", async () => {
    const other = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0"]);
    try {
      const { status, text } = await request(`${other.url}/socket.io/?EIO=3&transport=polling`);
      assert.deepStrictEqual([status, JSON.parse(text)], [400, { code: 5, message: "Unsupported protocol version" }]);
    } finally {
      await other.stop();
    }
  });
  test("[E30] a session is asked for in its own version", async () => {
    const session = await open();
    const { status, text } = await request(`${url}/engine.io/?EIO=4&transport=polling&sid=${session.sid}`);
    assert.deepStrictEqual([status, JSON.parse(text).code], [400, 3]);
    await session.leave();
  });
  test("EIO=2 gets units, the only payload that its clients read", async () => {
    const session = await open("", 2);
    assert.strictEqual(session.first.type, "application/octet-stream");
    assert.deepStrictEqual([...session.first.bytes.subarray(0, 6)].slice(-2), [0xff, 0x30]);
    await session.post("5:4h\u00c3\u00a9!");
    assert.deepStrictEqual((await session.poll()).bytes, Buffer.concat([Buffer.from([0, 5, 255]), Buffer.from("4hé!")]));
    await session.leave();
  });
});
