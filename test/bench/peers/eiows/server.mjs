/**
 * socket.io on eiows, which takes the place of ws. The pinned eiows is the last that builds without
 * the sources of Node.js, on the last Node.js that it knows.
 */
import { createServer } from "node:http";
import eiows from "eiows";
import { Server } from "socket.io";
import { install } from "../node/application.mjs";

/** This eiows tells text from binary by its type, and engine.io asks for a second argument. */
class Engine extends eiows.Server {
  handleUpgrade(request, socket, head, done) {
    super.handleUpgrade(request, socket, head, (websocket) => {
      const on = websocket.on.bind(websocket);
      websocket.on = (event, listener) =>
        on(event, event === "message" ? (data) => listener(data, typeof data !== "string") : listener);
      done(websocket);
    });
  }
}

const server = createServer();
install(new Server(server, { httpCompression: false, wsEngine: Engine }));
server.listen(Number(process.env.PORT), "127.0.0.1");
