// Requests whose answers are looked at byte by byte.
import { once } from "node:events";
import http from "node:http";

/** One request on a connection of its own; the body of the answer as bytes. */
export async function request(url, { method = "GET", body, headers = {} } = {}) {
  const sent = http.request(url, { method, headers, agent: false });
  sent.end(body);
  const [response] = await once(sent, "response");
  const pieces = [];
  for await (const piece of response)
    pieces.push(piece);
  const bytes = Buffer.concat(pieces);
  return { status: response.statusCode, headers: response.headers, type: response.headers["content-type"], bytes, text: bytes.toString() };
}

/** The answer to an upgrade: 101, or the status of its refusal with the body. */
export async function upgrade(url, where, headers = {}) {
  const request = http.request(`${url}${where}`, {
    agent: false,
    headers: { ...headers, connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" },
  });
  request.end();
  const [event, response, socket] = await Promise.race([
    once(request, "upgrade").then((args) => ["upgrade", ...args]),
    once(request, "response").then((args) => ["response", ...args]),
  ]);
  if (event === "upgrade") {
    socket.destroy();
    return [101];
  }
  let text = "";
  for await (const piece of response.setEncoding("utf8"))
    text += piece;
  return [response.statusCode, text];
}
