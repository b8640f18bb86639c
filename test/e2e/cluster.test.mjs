// The example of an adapter of one's own: two servers that share their rooms [A3].
import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { ask, connected, next, withClients } from "./lib/client.mjs";
import { startProgram } from "./lib/server.mjs";

describe("the example `cluster`", () => {
  let server, urls;
  before(async () => {
    server = await startProgram(process.env.SIO_CLUSTER);
    urls = server.stdout.match(/http:\S+/g);
    assert.equal(urls.length, 2);
  });
  after(() => server?.stop());

  const two = (use) => withClients(urls.map((url) => () => connected(url)), use);

  it("what is said at one is heard at both, but by the sender [A3, S12]", () => two(async (a, b) => {
    await Promise.all([ask(a, "join", "room"), ask(b, "join", "room")]);
    const heard = next(b, "said");
    a.on("said", () => assert.fail("the sender"));
    a.emit("say", "room", "from a");
    assert.deepEqual(await heard, ["from a"]);
    await ask(a, "who");
  }));

  it("all sockets are known at each [A3, S16]", () => two(async (a, b) => {
    const ids = [a.id, b.id].sort();
    assert.deepEqual((await ask(a, "who")).sort(), ids);
    assert.deepEqual((await ask(b, "who")).sort(), ids);
  }));

  it("servers ask each other [A3, S18]", () => two(async (a, b) => {
    assert.equal(await ask(a, "clients"), 1);
    assert.equal(await ask(b, "clients"), 1);
  }));

  it("the clients of both are asked [A3, S14]", () => two(async (a, b) => {
    const asked = [];
    a.on("question", (text, answer) => { asked.push(["a", text]); answer("yes"); });
    b.on("question", (text, answer) => { asked.push(["b", text]); answer("yes"); });
    const answers = await new Promise((resolve) => { a.emit("everyone", "well?", (...all) => resolve(all)); });
    assert.deepEqual(answers, ["yes", "yes"]);
    assert.deepEqual(asked.sort(), [["a", "well?"], ["b", "well?"]]);
  }));

  it("sockets of the other server are disconnected [A3, S17]", () => two(async (a, b) => {
    await ask(b, "join", "away");
    const gone = next(b, "disconnect");
    a.emit("kick", "away");
    assert.equal((await gone)[0], "io server disconnect");
    assert.deepEqual(await ask(a, "who"), [a.id]);
  }));
});
