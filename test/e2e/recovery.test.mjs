// Connection state recovery: the same client script against Node's own socket.io and against libsio [R1-R6].
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { after, before, describe, it } from "node:test";
import { modes } from "./lib/client.mjs";
import { startProgram } from "./lib/server.mjs";
import { transcribe } from "./lib/transcript.mjs";

const oracle = fileURLToPath(new URL("oracle/server.mjs", import.meta.url));
const options = ["--recovery", "60000"];
const answer = (socket, event, ...args) => new Promise((resolve) => { socket.emit(event, ...args, resolve); });

/** Cuts the connection as a broken network does, and waits until the server has noticed. */
async function lose(socket, witness) {
  const { id } = socket;
  const gone = new Promise((resolve) => { socket.once("disconnect", resolve); });
  socket.io.engine.close();
  await gone;
  while ((await answer(witness, "fetch", id)).length > 0)
    ;
}

async function comeBack(socket) {
  const back = new Promise((resolve) => { socket.once("connect", resolve); });
  socket.connect();
  await back;
}

const scripts = {
  "what was missed is heard, nothing twice, in order [R2, R3, R5]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a"), await open("b")];
    const { id } = a;
    await ask(a, "join", "room");
    await ask(a, "remember", { some: ["thing"] });
    a.emit("echo", "heard");
    await settle();
    await lose(a, b);
    b.emit("in", "room", "to the room", Buffer.from([1, 2]));
    b.emit("to", id, "to the one");
    b.emit("all", "to all");
    b.emit("except", "room", "not to it");
    b.emit("to", "other", "not to it either");
    b.emit("broadcast", "of b");
    await settle();
    await comeBack(a);
    assert.equal(a.id, id);
    await ask(a, "rooms");
    await ask(a, "state");
    b.emit("in", "room", "heard again");
    await settle();
  },

  "twice in a row [R5]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a"), await open("b")];
    for (let i = 0; i < 2; i++) {
      await lose(a, b);
      b.emit("all", `round ${i}`);
      await settle();
      await comeBack(a);
      await ask(a, "state");
    }
  },

  "who leaves of his own will begins anew [R4]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a"), await open("b")];
    await ask(a, "join", "room");
    a.disconnect();
    b.emit("all", "lost");
    await settle();
    await comeBack(a);
    await ask(a, "rooms");
    await ask(a, "state");
  },

  "who is sent away begins anew [R4]": async ({ open, ask }) => {
    const a = await open("a");
    const gone = new Promise((resolve) => { a.once("disconnect", resolve); });
    a.emit("kick", true);
    await gone;
    await comeBack(a);
    await ask(a, "state");
  },

  "namespaces of one connection come back each by itself [R5]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a", "/custom"), await open("b", "/custom")];
    const other = await open("other", "/admin", { auth: { token: "secret" } });
    await ask(a, "join", "room");
    await lose(a, b);
    b.emit("in", "room", "missed");
    await settle();
    await comeBack(a);
    await ask(a, "state");
    await ask(other, "state");
  },

  "acks and answers of many are not kept [R2, R6]": async ({ open, ask, settle }) => {
    const [a, b] = [await open("a"), await open("b")];
    await ask(a, "ask-all", 5000, b.id, "x");
    await lose(a, b);
    await ask(b, "ask-all", 50, a.id ?? "nobody", "x");
    await settle();
    await comeBack(a);
    await ask(a, "state");
  },
};

for (const [mode, transports] of Object.entries(modes)) {
  describe(`a lost connection comes back as it does in Node, over ${mode}`, () => {
    let ours, theirs;
    before(async () => {
      ours = await startProgram(process.env.SIO_E2E_SERVER, options);
      theirs = await startProgram(process.execPath, [oracle, ...options]);
    });
    after(() => Promise.all([ours, theirs].map((server) => server?.stop())));

    for (const [title, script] of Object.entries(scripts)) {
      it(title, async () => {
        const [expected, heard] = await Promise.all([theirs, ours]
          .map((server) => transcribe(server.url, transports, script)));
        assert.deepEqual(heard, expected);
      });
    }
  });
}

describe("a session that is too old", () => {
  it("is not there any more [R1]", async () => {
    const server = await startProgram(process.env.SIO_E2E_SERVER, ["--recovery", "50"]);
    try {
      const heard = await transcribe(server.url, ["websocket"], async ({ open, ask }) => {
        const [a, b] = [await open("a"), await open("b")];
        await lose(a, b);
        const lost = Date.now();
        while (Date.now() - lost < 120)
          await answer(b, "ack");
        await comeBack(a);
        await ask(a, "state");
      });
      assert.deepEqual(heard.a.filter(([event]) => event === "answer to state"), [["answer to state", [false, {}]]]);
    } finally {
      await server.stop();
    }
  });
});
