/** The benchmark's application, for any server that has socket.io's API. */
export function install(io) {
  io.on("connection", (socket) => {
    socket.on("echo", (value) => socket.emit("echo", value));
    socket.on("ack", (value, reply) => reply(value));
    socket.on("pub", (value) => io.emit("news", value));
    socket.on("join", (room) => socket.join(room));
  });
}
