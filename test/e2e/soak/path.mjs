// The way to the server: a TCP proxy that can cut its connections, hold them still, and deliver in crumbs.
import net from "node:net";
import { between } from "./random.mjs";

export class Path {
  #pairs = new Set();

  /** @param crumbs nonzero: hands everything on in pieces of up to so many bytes. */
  static async open(port, crumbs = 0) {
    const path = new Path();
    path.server = net.createServer((near) => path.#join(near, net.connect(port, "127.0.0.1"), crumbs));
    await new Promise((resolve) => path.server.listen(0, "127.0.0.1", resolve));
    path.url = `http://127.0.0.1:${path.server.address().port}`;
    return path;
  }

  #join(near, far, crumbs) {
    const pair = [near, far];
    this.#pairs.add(pair);
    pair.forEach((from, i) => {
      const to = pair[1 - i];
      from.setNoDelay(true);
      from.on("data", (data) => {
        for (let at = 0; at < data.length;) {
          const size = crumbs > 0 && data.length < 4096 ? between(1, crumbs) : data.length;
          to.write(data.subarray(at, at + size));
          at += size;
        }
      });
      from.on("end", () => to.end());
      from.on("error", () => to.destroy());
      from.on("close", () => {
        to.destroy();
        this.#pairs.delete(pair);
      });
    });
  }

  cut() {
    this.#pairs.forEach((pair) => pair.forEach((end) => end.resetAndDestroy()));
  }

  hold() {
    this.#pairs.forEach((pair) => pair.forEach((end) => end.pause()));
  }

  release() {
    this.#pairs.forEach((pair) => pair.forEach((end) => end.resume()));
  }

  close() {
    this.server.close();
    this.cut();
  }
}
