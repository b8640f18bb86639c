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
