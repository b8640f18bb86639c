// Socket.IO 0.9 [L1-L13] by hand, each transport, against the application of the other tests.
import assert from "node:assert";
import http from "node:http";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { request } from "./lib/http.mjs";
import { Socket } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const MARK = "\ufffd";
const framed = (...messages) => messages.map((text) => `${MARK}${text.length}${MARK}${text}`).join("");
const auth = '5:::{"name":"auth","args":[{}]}';

let server, url;
before(async () => {
  server = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--eio3", "on", "--v09", "on"]);
  url = server.url;
});
after(() => server.stop());

const handshake = async (at = url) => (await request(`${at}/socket.io/1/?t=1`)).text.split(":")[0];

/** A session over a polling transport, its "1::" and greeting read. */
async function poll(at = url, transport = "xhr-polling", query = "t=1") {
  const sid = await handshake(at);
  const where = `${at}/socket.io/1/${transport}/${sid}?${query}`;
  const session = {
    sid, where,
    get: (headers) => request(where, { headers }),
    post: (body, headers = { "Content-Type": "text/plain;charset=UTF-8" }) => request(where, { method: "POST", body, headers }),
    leave: () => request(`${where}&disconnect=1`),
  };
  assert.strictEqual((await session.get()).text.replace(/^io\.j\[\d+\]\((.*)\);$/, (_, text) => JSON.parse(text)), "1::");
  assert.strictEqual((await session.get()).text.replace(/^io\.j\[\d+\]\((.*)\);$/, (_, text) => JSON.parse(text)), auth);
  return session;
}

async function socket(at = url, sid = undefined) {
  const ws = new Socket(at, "t=1", `/socket.io/1/websocket/${sid ?? await handshake(at)}`);
  assert.strictEqual(await ws.next(), "1::");
  assert.strictEqual(await ws.next(), auth);
  return ws;
}

const stats = async (at = url) => JSON.parse((await request(`${at}/stats`)).text);

describe("handshake", () => {
  test("[L2] sid, time-outs in seconds, transports", async () => {
    const { status, type, text } = await request(`${url}/socket.io/1/?t=1`);
    assert.deepStrictEqual([status, type], [200, "text/plain"]);
    assert.match(text, /^[\w-]{20}:60:60:websocket,htmlfile,xhr-polling,jsonp-polling$/);
  });
  test("[L2] JSONP", async () => {
    const { status, type, text } = await request(`${url}/socket.io/1/?t=1&jsonp=0`);
    assert.deepStrictEqual([status, type], [200, "application/javascript"]);
    assert.match(text, /^io\.j\[0\]\("[\w-]{20}:60:60:[a-z,-]+"\);$/);
    assert.match((await request(`${url}/socket.io/1/?jsonp=alert(1)`)).text, /^[\w-]{20}:60:60:/);
  });
  test("[L2] versions, and the resource itself", async () => {
    assert.deepStrictEqual(await request(`${url}/socket.io/2/`).then(({ status, text }) => [status, text]), [500, "Protocol version not supported."]);
    for (const path of ["/socket.io", "/socket.io/", "/socket.io/?x=1"])
      assert.deepStrictEqual(await request(`${url}${path}`).then(({ status, text }) => [status, text]), [200, "Welcome to socket.io."]);
  });
  test("[L1] the same path serves the modern protocol", async () => {
    assert.match((await request(`${url}/socket.io/?EIO=4&transport=polling`)).text, /^0\{"sid"/);
    assert.match((await request(`${url}/socket.io/?EIO=3&transport=polling`)).text, /^\d+:0\{"sid"/);
    assert.strictEqual((await request(`${url}/socket.io/?EIO=4&transport=bad`)).status, 400);
    const sid = await handshake();
    assert.strictEqual((await request(`${url}/socket.io/?EIO=4&transport=polling&sid=${sid}`)).status, 400);
    await request(`${url}/socket.io/1/xhr-polling/${sid}?disconnect=1`);
  });
  test("[L9] the origin comes back with credentials", async () => {
    const { headers } = await request(`${url}/socket.io/1/`, { headers: { Origin: "http://a.example" } });
    assert.strictEqual(headers["access-control-allow-origin"], "http://a.example");
    assert.strictEqual(headers["access-control-allow-credentials"], "true");
  });
  test("[L8, L9] another origin than those allowed is refused, by JSONP, too", async () => {
    const strict = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--v09", "on", "--cors", "http://a.example"]);
    const ask = async (query, headers) => (await request(`${strict.url}/socket.io/1/?${query}`, { headers })).text;
    try {
      assert.strictEqual(await ask("t=1", { Origin: "http://b.example" }), "handshake bad origin");
      assert.match(await ask("t=1", { Origin: "http://a.example" }), /^[\w-]{20}:/);
      assert.match(await ask("t=1", {}), /^[\w-]{20}:/);
      // Browsers send no Origin for a script.
      const refused = 'io.j[1](new Error("handshake bad origin"));';
      assert.strictEqual(await ask("jsonp=1", { Referer: "http://b.example/page" }), refused);
      assert.strictEqual(await ask("jsonp=1", {}), refused);
      assert.match(await ask("jsonp=1", { Referer: "http://a.example/page" }), /^io\.j\[1\]\("[\w-]{20}:/);
    } finally {
      await strict.stop();
    }
  });
  test("[L8] a sid nobody has: reconnect", async () => {
    assert.strictEqual((await request(`${url}/socket.io/1/xhr-polling/nobody`)).text, "7:::1+0");
    assert.strictEqual((await request(`${url}/socket.io/1/jsonp-polling/nobody?i=4`)).text, 'io.j[4]("7:::1+0");');
    const ws = new Socket(url, "t=1", "/socket.io/1/websocket/nobody");
    assert.strictEqual(await ws.next(), "7:::1+0");
    await ws.closed;
  });
  test("[L8] an unknown transport ends the connection", async () => {
    await assert.rejects(request(`${url}/socket.io/1/pigeon/${await handshake()}`));
    await assert.rejects(request(`${url}/socket.io/1/websocket/${await handshake()}`));
  });
});

describe("xhr-polling", () => {
  test("[L6] first 1::, then what there is, several with their lengths", async () => {
    const session = await poll();
    const pending = session.get();
    const answer = await session.post('5:::{"name":"echo","args":["x€"]}');
    assert.deepStrictEqual([answer.status, answer.type, answer.text], [200, "text/plain; charset=UTF-8", "1"]);
    assert.strictEqual((await pending).text, '5:::{"name":"echo","args":["x€"]}');
    await session.post(framed('5:::{"name":"echo","args":["😀"]}', '5:::{"name":"echo","args":[2]}'));
    const both = await session.get();
    assert.strictEqual(both.text, framed('5:::{"name":"echo","args":["😀"]}', '5:::{"name":"echo","args":[2]}'));
    assert.strictEqual(both.type, "text/plain; charset=UTF-8");
    await session.leave();
  });
  test("[L6] a new poll takes the place of the one that waits", async () => {
    const session = await poll();
    // Whichever the server has seen first gets the noop.
    const polls = [session.get(), session.get()];
    assert.strictEqual((await Promise.race(polls)).text, "8::");
    await session.post('5:::{"name":"echo","args":[1]}');
    const texts = (await Promise.all(polls)).map(({ text }) => text);
    assert.deepStrictEqual(texts.sort(), ['5:::{"name":"echo","args":[1]}', "8::"]);
    await session.leave();
  });
  for (const body of [`${MARK}99${MARK}5:::`, `${MARK}`, `${MARK}1`, `${MARK}x${MARK}a`, `${MARK}99999999999999999999999${MARK}a`])
    test(`a length that lies: 400, the session ends: ${JSON.stringify(body)}`, async () => {
      const session = await poll();
      assert.strictEqual((await session.post(body)).status, 400);
      assert.strictEqual((await session.get()).text, "7:::1+0");
    });
  for (const body of ["x", "5:::{", '5:::{"name":1}', "6:::x", "4:::1,2"])
    test(`a packet that is none ends the session: ${body}`, async () => {
      const session = await poll();
      await session.post(body);
      await until(async () => (await session.get()).text === "7:::1+0");
    });
  test("[L7] more than maxPayload: the connection ends, the session lives", async () => {
    const session = await poll();
    await assert.rejects(session.post("x".repeat(1000001)));
    await session.post('5:::{"name":"echo","args":[1]}');
    assert.strictEqual((await session.get()).text, '5:::{"name":"echo","args":[1]}');
    await session.leave();
  });
  test("[L7, L13] disconnect by GET", async () => {
    const session = await poll();
    const before = (await stats()).disconnects["client namespace disconnect"];
    const pending = session.get();
    await until(async () => (await stats()).clients > 0);
    const { status, text } = await session.leave();
    assert.deepStrictEqual([status, text], [200, ""]);
    assert.ok(["0::", "7:::1+0"].includes((await pending).text));
    assert.strictEqual((await stats()).disconnects["client namespace disconnect"], before + 1);
  });
});

describe("jsonp-polling", () => {
  test("scripts out, forms in", async () => {
    const session = await poll(url, "jsonp-polling", "i=3");
    const pending = session.get();
    await session.post(`d=${encodeURIComponent(JSON.stringify('5:::{"name":"echo","args":["é\\n\\u2028"]}'))}`, { "Content-Type": "application/x-www-form-urlencoded" });
    const { type, headers, text } = await pending;
    assert.strictEqual(type, "text/javascript; charset=UTF-8");
    assert.strictEqual(headers["x-xss-protection"], "0");
    assert.match(text, /^io\.j\[3\]\(".*"\);$/);
    assert.strictEqual(JSON.parse(text.slice(8, -2)), '5:::{"name":"echo","args":["é\\n\\u2028"]}');
    await session.leave();
  });
  for (const body of ["d=x", "", "d=%22", 'd="\\x"', "e=%22%22"])
    test(`a POST without a string: 400, the session ends: ${JSON.stringify(body)}`, async () => {
      const session = await poll(url, "jsonp-polling", "i=0");
      assert.strictEqual((await session.post(body)).status, 400);
      assert.strictEqual((await session.get()).text, 'io.j[0]("7:::1+0");');
    });
});

describe("htmlfile", () => {
  test("a page of scripts", async () => {
    const sid = await handshake();
    const where = `${url}/socket.io/1/htmlfile/${sid}`;
    const sent = http.get(where, { agent: false });
    const [response] = await once(sent, "response");
    assert.strictEqual(response.headers["content-type"], "text/html; charset=UTF-8");
    let text = "";
    response.setEncoding("utf8").on("data", (piece) => { text += piece; });
    await until(() => text.includes("auth"));
    assert.match(text.slice(0, 256), /^<html><body><script>var _ = function \(msg\) \{ parent\.s\._\(msg, document\); \};<\/script> +$/);
    assert.strictEqual(text.slice(256), `<script>_("1::");</script><script>_(${JSON.stringify(auth)});</script>`);
    text = "";
    await request(where, { method: "POST", body: '5:::{"name":"echo","args":["</script>"]}' });
    await until(() => text !== "");
    assert.strictEqual(text, '<script>_("5:::{\\"name\\":\\"echo\\",\\"args\\":[\\"\\u003c\\/script>\\"]}");</script>');
    const before = (await stats()).disconnects["transport close"];
    sent.destroy();
    await until(async () => (await stats()).disconnects["transport close"] === before + 1);
  });
});

describe("websocket", () => {
  test("events, messages, JSON, acks of both kinds [L11]", async () => {
    const ws = await socket();
    ws.send('5:::{"args":[1,{"a":null}],"name":"echo"}');
    assert.strictEqual(await ws.next(), '5:::{"name":"echo","args":[1,{"a":null}]}');
    ws.send('5:7+::{"name":"ack","args":["é"]}');
    assert.strictEqual(await ws.next(), '6:::7+["é"]');
    ws.send("3:8::hello");
    assert.strictEqual(await ws.next(), "6:::8");
    ws.send('5:9:/nowhere:{"name":"echo"}');
    assert.strictEqual(await ws.next(), "6::/nowhere:9");
    ws.close();
  });
  for (const endpoint of ["chat", "/a,b", "/nowhere"])
    test(`[L10] a namespace that cannot be is refused, the session goes on: ${endpoint}`, async () => {
      const ws = await socket();
      ws.send(`1::${endpoint}`);
      assert.strictEqual(await ws.next(), `7::${endpoint}:2`);
      ws.send('5:::{"name":"echo"}');
      assert.strictEqual(await ws.next(), '5:::{"name":"echo"}');
      ws.close();
    });
  test("[L11] a query behind an endpoint may hold anything", async () => {
    const ws = await socket();
    ws.send("1::/custom:?list=1,2");
    assert.strictEqual(await ws.next(), "1::/custom");
    assert.strictEqual(await ws.next(), '5::/custom:{"name":"auth","args":[{"list":"1,2"}]}');
    ws.close();
  });
  test("[L11] acks of the client's", async () => {
    const ws = await socket();
    ws.send('5:::{"name":"ask","args":[5000]}');
    const question = await ws.next();
    const [, id] = /^5:(\d+)\+::\{"name":"/.exec(question) ?? assert.fail(question);
    ws.send(`6:::${id}+["yes"]`);
    assert.match(await ws.next(), /^5:::\{"name":".*"yes"/);
    ws.close();
  });
  test("[L12] binary goes out as base64", async () => {
    const modern = await Socket.connect(url);
    const ws = await socket();
    ws.send('5:1+::{"name":"join","args":["mixed"]}');
    assert.strictEqual((await ws.next()).slice(0, 5), "6:::1");
    modern.send('451-["in","mixed",{"_placeholder":true,"num":0}]', Buffer.from([1, 2, 3]));
    assert.strictEqual(await ws.next(), '5:::{"name":"said","args":["mixed","AQID"]}');
    modern.close();
    ws.close();
  });
  test("[L10] namespaces, their queries and refusals", async () => {
    const ws = await socket();
    ws.send("1::/custom:?x=1&y=%C3%A9");
    assert.strictEqual(await ws.next(), "1::/custom");
    assert.strictEqual(await ws.next(), '5::/custom:{"name":"auth","args":[{"x":"1","y":"é"}]}');
    ws.send('5:2+:/custom:{"name":"ack","args":[]}');
    assert.strictEqual(await ws.next(), "6::/custom:2");
    ws.send("1::/refused");
    assert.strictEqual(await ws.next(), "7::/refused:2");
    ws.send("1::/admin", "1::/nope");
    assert.strictEqual(await ws.next(), "7::/admin:2");
    assert.strictEqual(await ws.next(), "7::/nope:2");
    ws.send("0::/custom", '5:3+::{"name":"ack","args":[1]}');
    assert.strictEqual(await ws.next(), "6:::3+[1]");
    ws.close();
  });
  test("[L13] the client's goodbye, the server's, and a lost connection", async () => {
    const reasons = async () => (await stats()).disconnects;
    let before = await reasons();
    const polite = await socket();
    polite.send("0::");
    await polite.closed;
    await until(async () => (await reasons())["client namespace disconnect"] === before["client namespace disconnect"] + 1);
    const kicked = await socket();
    kicked.send('5:::{"name":"kick","args":[false]}');
    assert.strictEqual(await kicked.next(), "0::");
    await kicked.closed;
    await until(async () => (await reasons())["server namespace disconnect"] === before["server namespace disconnect"] + 1);
    before = await reasons();
    const lost = await socket();
    lost.close();
    await until(async () => (await reasons())["transport close"] === before["transport close"] + 1);
  });
  test("[L6] falling back: polling goes on where the WebSocket was", async () => {
    const sid = await handshake();
    const first = new Socket(url, "t=1", `/socket.io/1/websocket/${sid}`);
    assert.strictEqual(await first.next(), "1::");
    assert.strictEqual(await first.next(), auth);
    const where = `${url}/socket.io/1/xhr-polling/${sid}`;
    const pending = request(where);
    await first.closed;
    await request(where, { method: "POST", body: '5:::{"name":"echo","args":[1]}' });
    assert.strictEqual((await pending).text, '5:::{"name":"echo","args":[1]}');
    await request(`${where}?disconnect`);
  });
  test("a binary message ends the session", async () => {
    const ws = await socket();
    ws.send(Buffer.from([1]));
    await ws.closed;
  });
});

describe("times", () => {
  let quick;
  before(async () => {
    quick = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0", "--v09", "on", "--v09-heartbeat-interval", "200", "--v09-heartbeat-timeout", "300",
      "--v09-close-timeout", "250", "--v09-polling-duration", "150", "--v09-handshake-timeout", "200"]);
  });
  after(() => quick.stop());

  test("[L4] a heartbeat each interval, missed after its time-out", async () => {
    assert.match((await request(`${quick.url}/socket.io/1/`)).text, /:0\.300:0\.250:/);
    const ws = await socket(quick.url);
    for (let i = 0; i < 3; i++) {
      assert.strictEqual(await ws.next(), "2::");
      ws.send("2::");
    }
    assert.strictEqual(await ws.next(), "2::");
    await ws.closed;
    assert.strictEqual((await stats(quick.url)).disconnects["ping timeout"], 1);
  });
  test("[L5] a poll is answered with 8:: after its duration; [L4] without heartbeats", async () => {
    const session = await poll(quick.url);
    for (let i = 0; i < 4; i++)
      assert.strictEqual((await session.get()).text, "8::");
    await session.leave();
  });
  test("[L5] a session without a transport ends", async () => {
    const before = (await stats(quick.url)).disconnects["transport close"];
    await poll(quick.url);
    await until(async () => (await stats(quick.url)).disconnects["transport close"] === before + 1);
  });
  test("[L5] a handshake that nobody uses is dropped, and nobody hears of it", async () => {
    const before = await stats(quick.url);
    const sid = await handshake(quick.url);
    assert.strictEqual((await stats(quick.url)).clients, before.clients + 1);
    await until(async () => (await stats(quick.url)).clients === before.clients);
    assert.strictEqual((await request(`${quick.url}/socket.io/1/xhr-polling/${sid}`)).text, "7:::1+0");
    assert.strictEqual((await stats(quick.url)).connections > 0, true);
    assert.deepStrictEqual((await stats(quick.url)).disconnects, before.disconnects);
  });
  test("0.9 is not there unless it is asked for", async () => {
    const other = await startProgram(process.env.SIO_E2E_SERVER, ["--port", "0"]);
    try {
      assert.deepStrictEqual(await request(`${other.url}/socket.io/1/`).then(({ status, text }) => [status, text]), [400, '{"code":0,"message":"Transport unknown"}']);
      assert.strictEqual((await request(`${other.url}/socket.io/`)).status, 400);
    } finally {
      await other.stop();
    }
  });
});
