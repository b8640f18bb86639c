/** socket.io on ws, as it comes. */
import { createServer } from "node:http";
import { Server } from "socket.io";
import { install } from "./application.mjs";

const server = createServer();
install(new Server(server, { httpCompression: false }));
server.listen(Number(process.env.PORT), "127.0.0.1");
