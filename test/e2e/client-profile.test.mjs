// What the tests of the socket.io-client repository ask of their server: profile "client" of the conformance server.
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, client, connected, modes, next } from "./lib/client.mjs";
import { startProgram } from "./lib/server.mjs";

const isoDate = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const utf8 = ["てすと", "Я Б Г Д Ж Й", "Ä ä Ü ü ß", "utf8 — string", "utf8 — string"];

let server;
before(async () => {
  server = await startProgram(process.env.SIO_CONFORMANCE, ["client", "--port", "0"]);
});
after(() => server?.stop());

for (const [mode, transports] of Object.entries(modes)) {
  describe(`profile client by ${mode}`, () => {
    let socket;
    before(async () => {
      socket = await connected(server.url, { transports });
    });
    after(() => socket?.close());

    it("events and acks of /", async () => {
      assert.equal(await ask(socket, "getId"), socket.id);
      assert.equal(await ask(socket, "echo", null), null);
      assert.deepEqual(await ask(socket, "echo", { a: [1] }), { a: [1] });
      assert.match(await ask(socket, "getAckDate", {}), isoDate);
      const [date, object, no] = [next(socket, "takeDate"), next(socket, "takeDateObj"), next(socket, "false")];
      ["getDate", "getDateObj", "false"].forEach((name) => socket.emit(name));
      assert.match((await date)[0], isoDate);
      assert.match((await object)[0].date, isoDate);
      assert.equal((await no)[0], false);
      const heard = [];
      socket.on("takeUtf8", (text) => heard.push(text));
      socket.emit("getUtf8");
      await ask(socket, "echo", "behind it");
      assert.deepEqual(heard, utf8);
    });

    it("an ack that the server asks for", async () => {
      const asked = new Promise((resolve) => { socket.once("ack", resolve); });
      const got = next(socket, "got it");
      socket.emit("ack");
      (await asked)(5, { test: true });
      await got;
    });

    it("binaries both ways", async () => {
      const bytes = Buffer.from("asdfasdf");
      for (const [asking, answer] of [["doge", "doge"], ["getbin", "takebin"]]) {
        const got = next(socket, answer);
        socket.emit(asking);
        assert.deepEqual(Buffer.from((await got)[0]), bytes);
      }
      const mixed = { hello: "lol", message: bytes, goodbye: "gotcha" };
      for (const [answer, ...sent] of [
        ["buffack", ["buffa", bytes]], ["back", ["blob", bytes]],
        ["jsonbuff-ack", ["jsonbuff", mixed]], ["jsonblob-ack", ["jsonblob", mixed]],
        ["abuff2-ack", ["abuff1", bytes], ["abuff2", "text"]],
        ["blob3-ack", ["blob1", bytes], ["blob2", "second"], ["blob3", bytes]],
      ]) {
        const got = next(socket, answer);
        sent.forEach((args) => socket.emit(...args));
        await got;
      }
      let wrong = 0; // answers to what did not come as it should
      socket.onAny(() => { wrong += 1; });
      socket.emit("buffa", "no binary");
      socket.emit("jsonbuff", { ...mixed, hello: "not lol" });
      socket.emit("blob1", "no binary");
      socket.emit("blob2", "second");
      socket.emit("blob3", bytes);
      await ask(socket, "echo", "behind them");
      assert.equal(wrong, 0);
    });

    it("the handshake's query and auth", async () => {
      const query = { "&a": "&=?a" };
      const abc = client(`${server.url}/abc`, { transports, query, auth: { b: "c" } });
      const [handshake] = await next(abc, "handshake");
      assert.equal(handshake.query["&a"], "&=?a");
      assert.deepEqual(handshake.auth, { b: "c" });
      abc.close();
      assert.equal((await ask(socket, "getHandshake")).query.EIO, "4");
    });

    it("namespaces, refusals, an unknown name", async () => {
      for (const name of ["/foo", "/timeout_socket", "/valid", "/asd"]) {
        const other = await connected(server.url + name, { transports });
        if (name === "/foo")
          assert.equal(await ask(other, "getId"), other.id);
        other.close();
      }
      for (const [path, why] of [
        ["/?fail=true", "Auth failed (main namespace)"], ["/no", "Auth failed (custom namespace)"],
        ["/bar", "Invalid namespace"],
      ])
        await assert.rejects(connected(server.url + path, { transports }), { message: why });
    });

    it("a limit of 0 ms is too short for the handshake", async () => {
      const hasty = client(server.url, { transports, timeout: 0 });
      const [error] = await next(hasty, "connect_error");
      assert.equal(error.message, "timeout");
      hasty.close();
    });

    it("the state is recovered after a lost transport [R2, R3, R5]", async () => {
      const lost = await connected(server.url, { transports, reconnection: true, reconnectionDelay: 10 });
      const { id } = lost;
      const offset = next(lost, "hi");
      lost.emit("hi");
      await offset;
      lost.io.engine.close();
      await next(lost, "connect");
      assert.equal(lost.id, id);
      assert.equal(lost.recovered, true);
      lost.close();
    });
  });
}
