// The official client with npm's socket.io-msgpack-parser against sio_parser_msgpack() [A2].
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import parser from "socket.io-msgpack-parser";
import { ask, client, connected, modes, next, settled, withClients } from "./lib/client.mjs";
import { Polling, Socket, stats } from "./lib/raw.mjs";
import { startProgram, until } from "./lib/server.mjs";

const bytes = (...values) => Buffer.from(values);
const encode = (packet) => new parser.Encoder().encode(packet)[0];
const start = () => startProgram(process.env.SIO_E2E_SERVER, ["--parser", "msgpack"]);

for (const [mode, transports] of Object.entries(modes)) {
  describe(`socket.io-msgpack-parser over ${mode}`, () => {
    let server;
    before(async () => { server = await start(); });
    after(() => server?.stop());

    const open = (nsp = "", options = {}) => () => connected(server.url + nsp, { transports, parser, ...options });
    const one = (use, nsp, options) => withClients([open(nsp, options)], use);
    const echoed = async (socket, ...values) => {
      const echo = next(socket, "echo");
      socket.emit("echo", ...values);
      return echo;
    };

    it("events with every kind of value [A2]", () => one(async (socket) => {
      const values = [null, true, false, "", "text \u0000 \" \\ / ü € 😀 \u2028", "x".repeat(300), "y".repeat(70000), [], {},
        [[[1]]], { a: { b: [{ c: null }] }, "": 1, "ü": [] }, Array.from({ length: 20 }, (_, i) => i),
        Object.fromEntries(Array.from({ length: 66000 }, (_, i) => [`k${i.toString(36)}`, i % 2]))];
      assert.deepEqual(await echoed(socket, ...values), values);
      assert.deepEqual(await echoed(socket), []);
    }));

    it("numbers: of every width, floats, 64 bits [A2]", () => one(async (socket) => {
      const edges = [0, 7, 8, 15, 16, 31, 32].flatMap((bits) => [2 ** bits - 1, 2 ** bits, 2 ** bits + 1]);
      const values = [...edges, ...edges.map((value) => 0 - value), 2 ** 53 - 1, 1 - 2 ** 53, 2 ** 53, 2 ** 62, -(2 ** 63),
        0.1, -1.5, 5e-324, 1e-300, 123456.789];
      assert.deepEqual(await echoed(socket, ...values), values.map((value) => value + 0));
      assert.equal((await ask(socket, "sum", 2 ** 31 - 1, -1)), 2 ** 31 - 2);
      assert.equal(await ask(socket, "sum", 2 ** 31, 0), "SIO_ERANGE");
    }));

    it("dates and undefined as JSON would have them [A2]", () => one(async (socket) => {
      const date = new Date(951782400123);
      assert.deepEqual(await echoed(socket, date, [undefined], { a: undefined, b: 1 }, NaN),
        [date.toJSON(), [null], { b: 1 }, null]);
    }));

    it("binaries at any depth, in one message each way [A2]", () => one(async (socket) => {
      const nested = next(socket, "nested");
      const ack = await ask(socket, "nested", { list: [1, bytes(1, 2, 3)] });
      assert.deepEqual(ack, [bytes(1, 2, 3)]);
      assert.deepEqual(await nested, [{ a: bytes(1, 2, 3), b: [7, { c: Buffer.from("xyz") }] }, bytes()]);
      const many = Array.from({ length: 30 }, (_, i) => Buffer.alloc(i * 100, i));
      assert.deepEqual(await echoed(socket, many, bytes(9)), [many, bytes(9)]);
      assert.deepEqual(await echoed(socket, new Uint8Array([1, 2]).buffer), [bytes(1, 2)]);
      // An object of that form is nothing special when there are no binaries.
      assert.deepEqual(await echoed(socket, { _placeholder: true, num: 3 }), [{ _placeholder: true, num: 3 }]);
    }));

    it("acks in both directions, late ones, binary ones [A2, P11]", () => one(async (socket) => {
      socket.on("question", (ms, what, reply) => reply("answer", what));
      const answer = next(socket, "answer");
      socket.emit("ask", 5000, bytes(4, 5));
      assert.deepEqual(await answer, ["answer", bytes(4, 5)]);
      assert.equal(await ask(socket, "late-ack", 20), 20);
      socket.off("question");
      const none = next(socket, "no-answer");
      socket.emit("ask", 30);
      assert.deepEqual(await none, ["SIO_ETIMEDOUT"]);
      for (let i = 0; i < 300; i++) // past one byte of id
        assert.equal(await ask(socket, "ack", i), i);
    }));

    it("auth, namespaces of one connection, rooms, broadcasts [A2, P2]", () => withClients(
      [open("", { auth: { token: "ü", list: [1] } }), open()], async (one, two) => {
        const handshake = await ask(one, "handshake");
        assert.deepEqual(handshake.auth, { token: "ü", list: [1] });
        const other = one.io.socket("/other");
        await next(other, "connect");
        assert.notEqual(other.id, one.id);
        assert.equal((await ask(other, "self")).id, other.id);
        await ask(one, "join", "room");
        await ask(two, "join", "room");
        const said = [next(one, "said"), next(two, "said")];
        one.emit("in", "room", bytes(1), { b: bytes(2) });
        for (const heard of said)
          assert.deepEqual(await heard, ["room", bytes(1), { b: bytes(2) }]);
        other.disconnect();
        await until(async () => (await stats(server.url)).sockets["/other"] === 0, 5000, "it has left");
        await settled(one);
      }));

    it("connect errors, with data and without [A2, P4]", async () => {
      for (const [nsp, message, data] of [["/admin", "not authorized", { code: 401, path: ["token", null] }],
        ["/refused", "refused", undefined], ["/nowhere,ü", "Invalid namespace", undefined]]) {
        const socket = client(server.url + nsp, { transports, parser });
        const [error] = await next(socket, "connect_error");
        assert.equal(error.message, message);
        assert.deepEqual(error.data, data);
        socket.close();
      }
      await one(async (socket) => settled(socket), "/admin", { auth: { token: "secret" } });
    });

    it("disconnects from either side [A2, S23]", async () => {
      for (const [whole, reason] of [[false, "io server disconnect"], [true, "io server disconnect"]]) {
        await one(async (socket) => {
          const gone = next(socket, "disconnect");
          socket.emit("kick", whole);
          assert.equal((await gone)[0], reason);
        });
      }
      const before = (await stats(server.url)).disconnects["client namespace disconnect"];
      await one(async (socket) => socket.disconnect());
      await until(async () => (await stats(server.url)).disconnects["client namespace disconnect"] > before, 5000, "it is told");
    });

    it("a message of almost the limit, with binaries [A2]", () => one(async (socket) => {
      const large = Buffer.alloc(700000, 7);
      assert.deepEqual(await echoed(socket, large), [large]);
    }));
  });
}

describe("the wire of the msgpack parser", () => {
  let server;
  before(async () => { server = await start(); });
  after(() => server?.stop());

  const gone = () => until(async () => (await stats(server.url)).clients === 0, 5000, "no client left");

  /** Connected to "/", what comes with that read. */
  async function open() {
    const socket = await Socket.open(server.url);
    socket.send(encode({ type: 0, nsp: "/" }));
    const answer = await socket.next();
    const { sid } = decode(answer).data;
    assert.deepEqual(answer, encode({ type: 0, data: { sid }, nsp: "/" }));
    assert.deepEqual(await socket.next(), encode({ type: 2, data: ["auth", {}], nsp: "/" }));
    return socket;
  }

  function decode(message) {
    let packet;
    const decoder = new parser.Decoder();
    decoder.on("decoded", (decoded) => { packet = decoded; });
    decoder.add(message);
    return packet;
  }

  it("is byte for byte what Node's server sends [A2]", async () => {
    const socket = await open();
    const data = ["x", 1, -33, 200, 65536, 2 ** 40, -(2 ** 40), 1.5, "ü".repeat(200), null, true,
      { a: [bytes(1, 2), { b: bytes() }], c: Array(16).fill("z") }];
    socket.send(encode({ type: 2, data: ["echo", ...data], nsp: "/" }));
    assert.deepEqual(await socket.next(), encode({ type: 2, data: ["echo", ...data], nsp: "/" }));
    socket.send(encode({ type: 2, data: ["ack", ...data], options: { compress: true }, id: 70000, nsp: "/" }));
    assert.deepEqual(await socket.next(), encode({ id: 70000, type: 3, data, nsp: "/" }));
    socket.send(encode({ type: 2, data: ["ask", 1000], nsp: "/" }));
    assert.deepEqual(await socket.next(), encode({ type: 2, data: ["question", 1000], id: 0, nsp: "/" }));
    socket.send(encode({ type: 0, nsp: "/admin" }));
    assert.deepEqual(await socket.next(), encode({ type: 4,
      data: { message: "not authorized", data: { code: 401, path: ["token", null] } }, nsp: "/admin" }));
    socket.send(encode({ type: 2, data: ["kick", false], nsp: "/" }));
    assert.deepEqual(await socket.next(), encode({ type: 1, nsp: "/" }));
    socket.close();
    await gone();
  });

  it("over polling in base64 [A2]", async () => {
    const session = await Polling.open(server.url);
    await session.send(`b${encode({ type: 0, nsp: "/" }).toString("base64")}`);
    const packets = await session.poll();
    assert.deepEqual(decode(Buffer.from(packets[0].slice(1), "base64")).type, 0);
    await session.send(`b${encode({ type: 2, data: ["echo", bytes(1)], nsp: "/" }).toString("base64")}`);
    const echo = [...packets, ...await session.poll()].at(-1);
    assert.equal(echo, `b${encode({ type: 2, data: ["echo", bytes(1)], nsp: "/" }).toString("base64")}`);
    await session.send("42[]");
    await until(async () => await session.poll() === 400, 2000, "the session ends");
    await gone();
  });

  const event = (hex) => Buffer.concat([bytes(0x83), encode("type"), bytes(2), encode("nsp"), encode("/"), encode("data"),
    Buffer.from(hex, "hex")]);
  const malformed = [
    ["a text", "42[\"echo\"]"], ["nothing", bytes()], ["a number", bytes(1)], ["nil", bytes(0xc0)], ["an array", encode([])],
    ["no type", encode({ nsp: "/", data: ["echo"] })], ["type 5", encode({ type: 5, nsp: "/", data: ["echo"] })],
    ["a type that is text", encode({ type: "2", nsp: "/", data: ["echo"] })],
    ["no namespace", encode({ type: 2, data: ["echo"] })], ["a namespace that is a number", encode({ type: 2, nsp: 1, data: ["echo"] })],
    ["no data", encode({ type: 2, nsp: "/" })], ["data that is an object", encode({ type: 2, nsp: "/", data: {} })],
    ["an ack without data", encode({ type: 3, id: 0, nsp: "/" })],
    ["an id that is text", encode({ type: 2, nsp: "/", id: "1", data: ["echo"] })],
    ["an id that is a fraction", encode({ type: 2, nsp: "/", id: 1.5, data: ["echo"] })],
    ["a CONNECT with an array", encode({ type: 0, nsp: "/custom", data: [] })],
    ["a CONNECT with null", encode({ type: 0, nsp: "/custom", data: null })],
    ["a DISCONNECT with data", encode({ type: 1, nsp: "/", data: {} })],
    ["a CONNECT_ERROR", encode({ type: 4, nsp: "/", data: {} })],
    ["a second CONNECT", encode({ type: 0, nsp: "/" })],
    ["a namespace not joined", encode({ type: 2, nsp: "/other", data: ["echo"] })],
    ["bytes behind it", Buffer.concat([encode({ type: 2, nsp: "/", data: ["echo"] }), bytes(0)])],
    ["half a packet", encode({ type: 2, nsp: "/", data: ["echo", "text"] }).subarray(0, -3)],
    ["an array of 2^32 - 1 elements", event("ddffffffff")], ["a map of as many", event("91dfffffffff")],
    ["a text of 4 GiB", event("91dbffffffff")], ["a binary of 4 GiB", event("91c6ffffffff")],
    ["half a million levels", event("91".repeat(500000))],
    ["no name", encode({ type: 2, nsp: "/", data: [] })], ["a name that is null", encode({ type: 2, nsp: "/", data: [null] })],
    ...["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]
      .map((name) => [`the reserved name ${name}`, encode({ type: 2, nsp: "/", data: [name] })]),
  ];
  for (const [what, message] of malformed) {
    it(`${what} ends the connection with "forced close" [A2, P7]`, async () => {
      const { disconnects, heap } = await stats(server.url);
      const socket = await open();
      socket.send(message);
      await socket.closed;
      await gone();
      const after = await stats(server.url);
      assert.equal(after.disconnects["forced close"], disconnects["forced close"] + 1);
      assert.ok(!(after.heap > heap + 20e6), `heap from ${heap} to ${after.heap}`);
    });
  }
});
