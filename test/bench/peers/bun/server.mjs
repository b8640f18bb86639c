/** socket.io on Bun's own HTTP and WebSocket server. */
import { Server as Engine } from "@socket.io/bun-engine";
import { Server } from "socket.io";
import { install } from "../node/application.mjs";

const io = new Server();
const engine = new Engine({ path: "/socket.io/" });
io.bind(engine);
install(io);

Bun.serve({ ...engine.handler(), port: Number(process.env.PORT), hostname: "127.0.0.1" });
