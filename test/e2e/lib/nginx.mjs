// A real nginx in front of a program, standing for whatever rewrites and forwards, IIS among them.
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { until } from "./server.mjs";
import { tempDir } from "./temp.mjs";

const binary = process.env.NGINX ?? (existsSync("/usr/sbin/nginx") ? "/usr/sbin/nginx" : "nginx");

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/**
 * One location that forwards what begins with prefix ("/dante/", or "/") to a program that listens on
 * TCP, or to the path of a UNIX socket.
 *   upgrade: false    the headers of the WebSocket handshake get lost
 *   strip: true       the program sees its URLs without the prefix
 *   originalUrl: name the header in which the URL before that rewrite is passed on
 *   connection: text  what the Connection header is replaced by, as iisnode does with Firefox's
 */
export function forward(prefix, to, { upgrade = true, strip = false, originalUrl, connection } = {}) {
  const target = typeof to === "string" ? `http://unix:${to}` : `http://127.0.0.1:${to.port}`;
  const uri = !strip ? "" : typeof to === "string" ? ":/" : "/";
  const headers = {
    "Host": "$proxy_host",
    "X-Forwarded-For": "$proxy_add_x_forwarded_for",
    "X-Forwarded-Proto": "$scheme",
    "Upgrade": upgrade ? "$http_upgrade" : '""',
    "Connection": connection ? `"${connection}"` : upgrade ? "$forwarded_connection" : '""',
    ...originalUrl && { [originalUrl]: "$request_uri" },
  };
  const lines = Object.entries(headers).map(([name, value]) => `proxy_set_header ${name} ${value};`);
  return `
    location ${prefix} { proxy_pass ${target}${uri}; ${lines.join(" ")} }
    ${prefix.length > 1 ? `location = ${prefix.slice(0, -1)} { return 302 ${prefix}; }` : ""}`;
}

/**
 * The same for all of a program that listens on TCP, over connections that are kept and shared between
 * whoever nginx serves.
 */
export function forwardKept({ port }) {
  return {
    outside: `upstream kept { server 127.0.0.1:${port}; keepalive 1; }`,
    location: 'location / { proxy_pass http://kept; proxy_set_header Connection ""; proxy_set_header Host $http_host; }',
  };
}

function config(port, locations) {
  return `
daemon off;
master_process off;   # so that it runs as who starts it, root or not
pid nginx.pid;
error_log error.log warn;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  map $http_upgrade $forwarded_connection { default $http_connection; "" ""; }
  ${locations.map(({ outside }) => outside ?? "").join("\n")}
  server {
    listen 127.0.0.1:${port};
    absolute_redirect off;
    proxy_http_version 1.1;
    proxy_buffering on;
    proxy_read_timeout 120s;
    ${locations.map((each) => each.location ?? each).join("\n")}
  }
}
`;
}

/** Starts nginx with locations (see forward and forwardKept) on a free port: {url, port, stop}. */
export async function startNginx(...locations) {
  let failure;
  for (let tries = 0; tries < 5; tries++) {
    try {
      return await startOn(await freePort(), locations);
    } catch (error) {
      failure = error;
      if (!/Address already in use/.test(error.message))
        break;
    }
  }
  throw failure;
}

async function startOn(port, locations) {
  const folder = tempDir("nginx");
  writeFileSync(join(folder, "nginx.conf"), config(port, locations));
  const args = ["-p", folder, "-c", "nginx.conf", "-e", "stderr"];
  const child = spawn(binary, args, { stdio: ["ignore", "ignore", "pipe"] });
  running.add(child);

  let ended = null;
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
  const end = new Promise((done) => {
    child.on("error", (error) => done(ended = { error }));
    child.on("close", (code) => done(ended = { code }));
  }).finally(() => running.delete(child));

  await until(() => ended || reach(port), 10000, "nginx answers");
  if (ended)
    throw new Error(`nginx did not start: ${ended.error?.message ?? stderr}`);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    async stop() {
      child.kill("SIGTERM");
      await end;
    },
  };
}

// nginx takes no port 0, or rather would not tell which one it got.
function freePort() {
  return new Promise((done, failed) => {
    const server = createServer().on("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

function reach(port) {
  return new Promise((done) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      done(true);
    });
    socket.on("error", () => done(false));
  });
}
