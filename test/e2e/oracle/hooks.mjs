// What server/hooks.c is, on Node's own socket.io.
export function onHooks(socket) {
  const journal = [];
  const note = (who, what) => { if (what.startsWith("h-")) journal.push(`${who}:${what}`); };
  const nsp = socket.nsp;

  socket.on("journal", (ack) => ack(journal.splice(0)));

  socket.onAny((event) => note("any", event));
  socket.prependAny((event) => note("first", event));
  socket.use(([event], next) => {
    note("use", event);
    if (event === "h-bad") {
      next(Object.assign(new Error("not that"), { data: { code: 7 } }));
    } else if (event === "h-late") {
      setTimeout(next, 30);
    } else if (event !== "h-lost") {
      next();
      note("used", event);
    }
  });
  socket.use(([event], next) => { note("use second", event); next(); });
  for (const event of ["h-one", "h-bad", "h-lost", "h-late"])
    socket.on(event, (...args) => { note("on", event); args.at(-1)?.(); });
  socket.once("h-one", () => note("once", "h-one"));
  socket.on("error", (error) => journal.push(["error", error.message, error.data?.code ?? null]));
  socket.on("off", (ack) => {
    const count = socket.listenersAny().length;
    socket.offAny();
    ack(count, socket.listenersAny().length);
  });

  const watchers = ["out", "first out"].map((who) => (event, ...args) =>
    journal.push([who, event, args.length, args[0] ?? null]));
  socket.on("watch", (ack) => {
    socket.onAnyOutgoing(watchers[0]);
    socket.prependAnyOutgoing(watchers[1]);
    ack(socket.listenersAnyOutgoing().length);
  });
  socket.on("unwatch", (ack) => {
    socket.offAnyOutgoing(watchers[0]);
    ack(socket.listenersAnyOutgoing().length);
  });
  socket.on("emits", (ack) => {
    socket.emit("said", "one", Buffer.from([1, 2]));
    socket.emit("said", "two", () => {});
    nsp.emit("said", "three", 1, 2);
    socket.broadcast.emit("said", "four");
    nsp.to(socket.id).emit("said", "five");
    nsp.except(socket.id).emit("said", "six");
    nsp.emit("nothing");
    ack("seven");
  });

  socket.on("disconnecting", (reason) =>
    socket.broadcast.emit("leaving", reason, socket.rooms.size, socket.connected));
  socket.on("disconnect", (reason) => nsp.emit("left", reason, socket.connected));
}
