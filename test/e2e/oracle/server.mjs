// What server/e2e_server.c is, on Node's own socket.io: the oracle of transcripts.test.mjs. Handlers of the
// same name do the same thing; those without a word in Node (error codes of C) are not here.
import { createServer } from "node:http";
import { Server } from "socket.io";
import { onHooks } from "./hooks.mjs";
import { onMany } from "./many.mjs";

const httpServer = createServer();
const [flag, value] = process.argv.slice(2);
const recovery = flag === "--recovery" ? { maxDisconnectionDuration: Number(value) } : undefined;
const io = new Server(httpServer, { cors: undefined, connectionStateRecovery: recovery });

function onEchoes(socket) {
  socket.on("echo", (...args) => socket.emit("echo", ...withoutAck(args)));
  socket.on("ack", (...args) => args.pop()(...args));
  socket.on("sum", (a, b, ack) => ack(a + b));
  socket.on("nested", ({ list: [, bytes] }, ack) => {
    socket.emit("nested", { a: bytes, b: [7, { c: Buffer.from("xyz") }] }, Buffer.alloc(0));
    ack([bytes]);
  });
  socket.on("late-ack", (...args) => setTimeout(() => args.pop()(...args), args[0]));
  socket.on("ask", (ms, ...rest) => {
    socket.timeout(ms).emit("question", ms, ...withoutAck(rest), (error, ...reply) => {
      if (error)
        socket.emit("no-answer", "SIO_ETIMEDOUT");
      else
        socket.emit("answer", ...reply);
    });
  });
}

function onRooms(socket) {
  const nsp = socket.nsp;
  socket.on("join", (room, ack) => { socket.join(room); ack?.(0); });
  socket.on("leave", (room, ack) => { socket.leave(room); ack?.(0); });
  socket.on("rooms", (ack) => ack([...socket.rooms]));
  socket.on("to", (room, text) => socket.to(room).emit("said", text));
  socket.on("in", (room, ...rest) => nsp.in(room).emit("said", room, ...withoutAck(rest)));
  socket.on("union", (one, two, text) => nsp.to(one).to(two).emit("said", text));
  socket.on("except", (room, text) => nsp.except(room).emit("said", text));
  socket.on("broadcast", (...args) => socket.broadcast.emit("said", ...withoutAck(args)));
  socket.on("all", (...args) => nsp.emit("said", ...withoutAck(args)));
}

function onSequences(socket) {
  socket.on("count", (n) => {
    for (let i = 0; i < n; i++)
      socket.emit("number", i);
  });
  socket.on("big", (length, binary) => {
    const bytes = Buffer.from(Array.from({ length }, (_, i) => 97 + i % 26));
    socket.emit("big", binary ? bytes : bytes.toString("latin1"));
  });
}

function onItself(socket) {
  socket.on("kick", (whole) => socket.disconnect(whole));
  socket.on("handshake", (ack) => ack(socket.handshake));
}

const withoutAck = (args) => args.filter((arg) => typeof arg !== "function");

function onConnection(socket) {
  onEchoes(socket);
  onRooms(socket);
  onSequences(socket);
  onItself(socket);
  onMany(socket);
  socket.emit("auth", socket.handshake.auth);
}

const refusal = (message, data) => Object.assign(new Error(message), data === undefined ? {} : { data });

for (const name of ["/", "/custom", "/admin", "/refused", "/slow", "/chain", "/other", "/hooks"])
  io.of(name).on("connection", onConnection);
io.of("/hooks").on("connection", onHooks);
io.of("/admin").use((socket, next) => next(socket.handshake.auth.token === "secret" ? undefined :
  refusal("not authorized", { code: 401, path: ["token", null] })));
io.of("/refused").use((socket, next) => next(refusal("refused")));
io.of("/slow").use((socket, next) => setTimeout(next, 150));
io.of("/chain").use((socket, next) => { socket.join("from middleware"); next(); });

for (const parent of [io.of(/^\/room-\d+$/), io.of(team)])
  parent.on("connection", (socket) => {
    onConnection(socket);
    socket.on("siblings", (...args) => parent.emit("said", ...withoutAck(args)));
    socket.on("siblings-in", (room, ...rest) => parent.to(room).emit("said", room, ...withoutAck(rest)));
  });

/** Synchronously no for what is no team, later yes or no for teams. */
function team(name, auth, next) {
  if (name.startsWith("/team-"))
    setTimeout(() => next(null, auth.token === "secret"), 50);
  else
    next(null, false);
}

httpServer.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${httpServer.address().port}`));
process.on("SIGTERM", () => io.close(() => process.exit(0)));
