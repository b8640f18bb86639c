// What the official client never says.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, connected } from "./lib/client.mjs";
import { Polling, Socket, stats } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

describe("the wire of socket.io", () => {
  let server;
  before(async () => { server = await startProgram(process.env.SIO_E2E_SERVER); });
  after(() => server?.stop());

  const gone = () => until(async () => (await stats(server.url)).clients === 0, 5000, "no client left");

  const invalid = [
    ["an unknown packet type", "4abc"], ["type 7", "47"], ["an empty packet", "4"],
    ["an event that is no array", "42{}"],
    ["text for an id", '42abc["echo"]'], ["an empty array", "42[]"], ["a name that is an object", "42[{}]"],
    ["a name that is null", "42[null]"], ["broken JSON", '42["echo"'], ["text behind the payload", '42["echo"]x'],
    ["an ack that is no array", "430{}"], ["a DISCONNECT with payload", "41{}"],
    ["a CONNECT with an array", "40/custom,[]"], ["a CONNECT with a text", '40/custom,"x"'],
    ["a CONNECT with broken JSON", "40/custom,{"],
    ["a second CONNECT", "40"], ["a namespace not joined", '42/custom,["echo"]'],
    ["a CONNECT_ERROR from a client", '44{"message":"x"}'],
    ["attachments without number", '45-["echo",{"_placeholder":true,"num":0}]'],
    ["no attachments at all", '450-["echo"]'], ["a wrong number", '45x-["echo"]'],
    ["too many attachments", `4511-["echo",${Array.from({ length: 11 }, (_, num) => `{"_placeholder":true,"num":${num}}`)}]`],
    ["a JSON value that JSON.parse refuses", '42["echo",01]'],
    ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
      .map((name) => [`the reserved name ${name}`, `42["${name}"]`]),
  ];
  for (const [what, ...packets] of invalid) {
    it(`${what} ends the connection: ${packets[0].slice(0, 30)} [P6, P7, P9, P10]`, async () => {
      const socket = await Socket.connect(server.url);
      try {
        socket.send(...packets);
        assert.equal(await socket.closed, 1005, "a close frame without code");
      } finally {
        socket.close();
      }
      await gone();
    });
  }

  it("binaries where none belong, none where they do, or out of range [P7, P8]", async () => {
    const cases = [
      [Buffer.from([1])],
      ['451-["echo",{"_placeholder":true,"num":0}]', "42[\"echo\"]"],
      ['451-["echo",{"_placeholder":true,"num":1}]', Buffer.from([1])],
      ['451-["echo",{"_placeholder":true,"num":-1}]', Buffer.from([1])],
      ['451-["echo",{"_placeholder":true,"num":"0"}]', Buffer.from([1])],
    ];
    for (const packets of cases) {
      const socket = await Socket.connect(server.url);
      try {
        socket.send(...packets);
        assert.equal(await socket.closed, 1005, String(packets[0]));
      } finally {
        socket.close();
      }
    }
    await gone();
  });

  it("the same parse errors over polling: the session is over [P7]", async () => {
    for (const packet of ["4abc", "42{}", '42abc["x"]', "bAQID"]) {
      const session = await Polling.open(server.url);
      await session.send("40");
      await session.poll();
      await session.post(packet);
      await until(async () => await session.poll() === 400, 2000, "the session ends");
    }
    await gone();
  });

  it("placeholders in any order, used twice; ten attachments are fine [P8]", async () => {
    const socket = await Socket.connect(server.url);
    const place = (num) => `{"_placeholder":true,"num":${num}}`;
    socket.send(`452-["echo",${place(1)},[${place(0)}],${place(1)}]`, Buffer.from([10]), Buffer.from([11]));
    const header = await socket.next();
    const count = Number(/^45(\d)-/.exec(header)[1]);
    const binaries = [];
    for (let i = 0; i < count; i++)
      binaries.push(await socket.next());
    const args = JSON.parse(header.slice(header.indexOf("[")));
    assert.deepEqual(binaries[args[1].num], Buffer.from([11]));
    assert.deepEqual(binaries[args[2][0].num], Buffer.from([10]));
    assert.deepEqual(binaries[args[3].num], Buffer.from([11]));

    const ten = Array.from({ length: 10 }, (_, i) => Buffer.from([i]));
    socket.send(`4510-7["ack",${ten.map((_, i) => place(i))}]`, ...ten);
    assert.match(await socket.next(), /^4610-7\[/);
    for (const binary of ten)
      assert.deepEqual(await socket.next(), binary);
    socket.close();
  });

  it("answers in the form of the protocol [P1, P11]", async () => {
    const socket = await Socket.open(server.url);
    socket.send("40/custom,{\"token\":\"x\"}");
    assert.match(await socket.next(), /^40\/custom,\{"sid":"[\w-]{20}"\}$/);
    assert.equal(await socket.next(), '42/custom,["auth",{"token":"x"}]');
    socket.send('42/custom,12["ack",1,{"a":"ü"}]');
    assert.equal(await socket.next(), '43/custom,12[1,{"a":"ü"}]');
    socket.send('42/custom,["echo", "spaces" , [ 1 ] ]');
    assert.deepEqual(JSON.parse((await socket.next()).slice("42/custom,".length)), ["echo", "spaces", [1]]);
    socket.send("40/nowhere,");
    assert.equal(await socket.next(), '44/nowhere,{"message":"Invalid namespace"}');
    socket.send("40/refused,");
    assert.equal(await socket.next(), '44/refused,{"message":"refused"}');
    socket.send('42/custom,["kick",false]');
    assert.equal(await socket.next(), "41/custom,");
    socket.close();
  });

  it("a query in a namespace's name is part of it [P5]", async () => {
    const socket = await Socket.open(server.url);
    socket.send("40/custom?a=1,");
    assert.equal(await socket.next(), '44/custom?a=1,{"message":"Invalid namespace"}');
    socket.close();
  });

  it("a numeric name is an event, an unknown ack id is ignored [P9, P11]", async () => {
    const socket = await Socket.connect(server.url);
    socket.send("42[7,1]", '4399["nobody asked"]', '42/,["echo",1]');
    assert.equal(await socket.next(), '42["echo",1]');
    socket.close();
  });

  it("41 leaves the connection open, and another 40 joins again [S23]", async () => {
    const quick = await startProgram(process.env.SIO_E2E_SERVER, ["--ping-interval", "60", "--ping-timeout", "200"]);
    try {
      const socket = await Socket.connect(quick.url);
      socket.send("41");
      await until(async () => (await stats(quick.url)).sockets["/"] === 0);
      await new Promise((resolve) => setTimeout(resolve, 300));
      assert.equal((await stats(quick.url)).clients, 1, "pings go on and are answered");
      socket.send("40");
      assert.match(await socket.next(), /^40\{"sid":/);
      socket.close();
    } finally {
      await quick.stop();
    }
  });

  it("who joins no namespace in time is closed [P3]", async () => {
    const quick = await startProgram(process.env.SIO_E2E_SERVER, ["--connect-timeout", "150"]);
    try {
      const start = Date.now();
      const socket = await Socket.open(quick.url);
      assert.equal(await socket.closed, 1005);
      assert.ok(Date.now() - start >= 145, "not before its time");
      const session = await Polling.open(quick.url);
      assert.deepEqual(await session.poll(), ["1"]);
      assert.equal(await session.poll(), 400);
      const refused = await Socket.open(quick.url);
      refused.send("40/nowhere,");
      await refused.next();
      assert.equal(await refused.closed, 1005, "a refusal is no connection");
      const stays = await connected(quick.url);
      await new Promise((resolve) => setTimeout(resolve, 400));
      assert.equal(await ask(stays, "sum", 1, 1), 2);
      stays.close();
      await until(async () => (await stats(quick.url)).clients === 0);
    } finally {
      await quick.stop();
    }
  });

  it("an upgrade that stops half-way is given up, polling goes on [E5, E75, E76]", async () => {
    const quick = await startProgram(process.env.SIO_E2E_SERVER, ["--upgrade-timeout", "150"]);
    try {
      const session = await Polling.open(quick.url);
      await session.send("40");
      await session.poll();
      const probe = new Socket(quick.url, `EIO=4&transport=websocket&sid=${session.sid}`);
      await new Promise((resolve) => probe.ws.once("open", resolve));
      probe.send("2probe");
      assert.equal(await probe.next(), "3probe");
      assert.deepEqual(await session.poll(), ["6"], "the poll is let go");
      await probe.closed;
      await session.send('42["echo","still here"]');
      assert.deepEqual(await session.poll(), ['42["echo","still here"]']);
      assert.equal((await stats(quick.url)).clients, 1);
      await session.send("1");
    } finally {
      await quick.stop();
    }
  });

  it("an event in the payload of its CONNECT is delivered [P6]", async () => {
    const session = await Polling.open(server.url);
    await session.send('40\x1e42["echo","early"]\x1e420["ack","too"]');
    const packets = [];
    while (packets.length < 4)
      packets.push(...await session.poll());
    assert.match(packets[0], /^40\{"sid":/);
    assert.deepEqual(packets.slice(1), ['42["auth",{}]', '42["echo","early"]', '430["too"]']);
    await session.send("1");
  });

  it("several packets in one POST, binaries among them [E51]", async () => {
    const session = await Polling.open(server.url);
    await session.send("40");
    await session.poll();
    await session.send('451-["echo",{"_placeholder":true,"num":0}]\x1ebAQID\x1e42["echo",2]');
    assert.deepEqual(await session.poll(), ['451-["echo",{"_placeholder":true,"num":0}]', "bAQID", '42["echo",2]']);
    await session.send("1");
    await gone();
  });

  it("what JSON.parse accepts is accepted: escapes, deep nesting, great numbers [P16]", async () => {
    const socket = await Socket.connect(server.url);
    const deep = "[".repeat(500) + "]".repeat(500);
    for (const value of ['"\\u0000\\ud800\\n"', "1e400", "123456789012345678901234567890", "-0", deep]) {
      socket.send(`420["ack",${value}]`);
      assert.equal(await socket.next(), `430[${value}]`);
    }
    socket.close();
  });

  it("UTF-8 that is none: 1007 on a WebSocket, U+FFFD in a POST [E66]", async () => {
    const bad = Buffer.concat([Buffer.from('42["echo","'), Buffer.from([0xff]), Buffer.from('"]')]);
    const socket = await Socket.connect(server.url);
    socket.ws.send(bad, { binary: false });
    assert.equal(await socket.closed, 1007);
    const session = await Polling.open(server.url);
    await session.send("40");
    await session.poll();
    await session.send(bad);
    assert.deepEqual(await session.poll(), ['42["echo","\ufffd"]']);
    await session.send("1");
  });
});
