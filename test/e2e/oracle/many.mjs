// What server/many.c is, on Node's own socket.io.
const withoutAck = (args) => args.filter((arg) => typeof arg !== "function");

export function onMany(socket) {
  const nsp = socket.nsp;
  socket.on("ask-all", (ms, room, ...rest) => {
    const ack = rest.at(-1);
    nsp.in(room).timeout(ms).emit("question", ms, room, ...withoutAck(rest),
      (error, answers) => ack(error ? "SIO_ETIMEDOUT" : null, answers));
  });
  socket.on("fetch", async (room, ack) => ack((await nsp.in(room).fetchSockets())
    .map(({ id, rooms, data, handshake }) => ({ id, rooms: [...rooms], data, auth: handshake.auth }))));
  socket.on("remember", (value, ack) => { socket.data.value = value; ack(0); });
  socket.on("move", (from, to, ack) => {
    if (to !== null)
      nsp.in(from).socketsJoin(to);
    else
      nsp.in(from).socketsLeave(from);
    ack();
  });
  socket.on("send-away", (room, whole, ack) => { nsp.in(room).disconnectSockets(whole); ack(); });
  socket.on("state", (ack) => ack(socket.recovered, socket.data));
}
