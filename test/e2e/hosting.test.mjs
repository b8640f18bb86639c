// How a host tells the program where to listen and what it is called: environment, flags, signals.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { io } from "socket.io-client";
import { startProgram, until } from "./lib/server.mjs";
import { socketPath, tempDir } from "./lib/temp.mjs";

const dante = process.env.SIO_DANTE ?? `${process.env.SIO_BUILD_ROOT ?? "build"}/examples/dante/dante`;

/** GET; over a UNIX socket when @p where is a path. */
function get(where, path, headers = {}) {
  const target = typeof where === "number" ? { host: "127.0.0.1", port: where } : { socketPath: where };
  return new Promise((done, failed) => {
    request({ ...target, path, headers, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text) => body += text);
      response.on("end", () => done({ status: response.statusCode, headers: response.headers, body }));
    }).on("error", failed).end();
  });
}

const handshake = (where, resource) => get(where, `${resource}/?EIO=4&transport=polling`);

async function freePort() {
  const server = createServer();
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  await new Promise((done) => server.close(done));
  return port;
}

/** Runs to its end. */
function run(args, env = {}) {
  return new Promise((done) => {
    const child = spawn(dante, args, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text) => stderr += text);
    child.on("close", (code) => done({ code, stderr }));
  });
}

describe("where to listen", () => {
  test("PORT with a number is a TCP port", async () => {
    const port = await freePort();
    const program = await startProgram(dante, [], { PORT: String(port) });
    assert.equal(program.port, port);
    assert.equal((await handshake(port, "/socket.io")).status, 200);
    await program.stop();
  });

  test("PORT with anything else is a pipe, as iisnode hands it out, which is gone afterwards", async () => {
    const pipe = socketPath("dante");
    const program = await startProgram(dante, ["interceptor.js", "C:\\inetpub\\dante\\server.js"],
      { PORT: pipe, IISNODE_VERSION: "0.2.26", NODE_PENDING_PIPE_INSTANCES: "5000" });
    assert.equal((await handshake(pipe, "/dante/socket.io")).status, 200);
    assert.match((await get(pipe, "/dante/")).body, /<html/);
    await program.stop();
    assert.equal(existsSync(pipe), false);
  });

  test("a stale pipe is replaced, one in use is not", async () => {
    const pipe = socketPath("dante");
    const first = await startProgram(dante, ["--pipe", pipe]);
    const second = await run(["--pipe", pipe]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /address already in use/);
    await first.stop("SIGKILL");
    assert.equal(existsSync(pipe), true);
    const third = await startProgram(dante, ["--pipe", pipe]);
    assert.equal((await handshake(pipe, "/socket.io")).status, 200);
    await third.stop();
  });

  test("HTTP_PLATFORM_PORT and HTTP_PLATFORM_APPL_PATH, as HttpPlatformHandler sets them", async () => {
    const port = await freePort();
    const program = await startProgram(dante, [], { HTTP_PLATFORM_PORT: String(port), HTTP_PLATFORM_APPL_PATH: "/dante" });
    assert.equal(program.port, port);
    assert.equal((await handshake(port, "/dante/socket.io")).status, 200);
    assert.equal((await get(port, "/dante")).headers.location, "dante/");
    await program.stop();
  });

  test("a port in use is said, not survived", async () => {
    const program = await startProgram(dante, ["--port", "0", "--host", "127.0.0.1"]);
    const second = await run(["--port", String(program.port), "--host", "127.0.0.1"]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /address already in use/);
    await program.stop();
  });

  test("a socket that systemd has opened", async () => {
    const listener = createServer();
    await new Promise((done) => listener.listen(0, "127.0.0.1", done));
    const { port } = listener.address();
    // LISTEN_PID must be the program's own, which only a shell that becomes the program knows.
    const child = spawn("sh", ["-c", `LISTEN_FDS=1 LISTEN_PID=$$ exec "$0"`, dante], {
      env: process.env,
      stdio: ["ignore", "pipe", "inherit", listener._handle.fd],
    });
    const ended = new Promise((done) => child.on("close", done));
    let stdout = "";
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text);
    await until(() => /listening on/.test(stdout));
    listener.close();
    assert.equal((await handshake(port, "/socket.io")).status, 200);
    child.kill("SIGTERM");
    assert.equal(await ended, 0);
  });
});

describe("flags", () => {
  test("unknown ones and bad values are refused, with the reason", async () => {
    for (const [args, reason] of [
      [["--pingIntervall", "5000"], 'unknown option "pingIntervall"; the nearest is "pingInterval"'],
      [["--max-payloads=7"], 'unknown option "max-payloads"; the nearest is "max_payload"'],
      [["--port", "70000"], 'option "port": "70000": number out of range'],
      [["--port", "x"], 'option "port": "x": invalid argument'],
      [["--interval", "0"], 'option "interval": "0": number out of range'],
      [["--port"], "--port needs a value"],
      [["--pingInterval", "soon"], 'option "pingInterval": "soon": invalid argument'],
      [["--transports", "polling,pigeon"], 'option "transports": "polling,pigeon": invalid argument'],
    ]) {
      const { code, stderr } = await run(args);
      assert.equal(code, 2, args.join(" "));
      assert.equal(stderr, `dante: ${reason}\nTry: dante --help\n`);
    }
  });

  test("values that the server refuses are refused", async () => {
    const { code, stderr } = await run(["--port", "0", "--client-version", "3"]);
    assert.equal(code, 1);
    assert.equal(stderr, "dante: invalid argument\n");
  });

  test("options of the library in the words of Node, and of 0.9 in seconds", async () => {
    for (const [args, pings, heartbeats] of [
      [["--pingInterval", "5000", "--ping-timeout=3000"], { pingInterval: 5000, pingTimeout: 3000 }, "60:60"],
      [["--heartbeat-interval", "10", "--heartbeat-timeout", "15"], { pingInterval: 10000, pingTimeout: 15000 }, "15:60"],
    ]) {
      const program = await startProgram(dante, ["--port", "0", ...args, "--transports", "websocket,xhr-polling", "--resource", "/a/b"]);
      const { body } = await handshake(program.port, "/a/b");
      const { pingInterval, pingTimeout } = JSON.parse(body.slice(1));
      assert.deepEqual({ pingInterval, pingTimeout }, pings);
      const old = await get(program.port, "/a/b/1/");
      assert.equal(old.body.replace(/^[^:]*:/, ""), `${heartbeats}:websocket,xhr-polling`);
      await program.stop();
    }
  });

  test("--resource with a last segment like server.js, polling only", async () => {
    const program = await startProgram(dante,
      ["--port", "0", "--interval", "20", "--resource", "/myApp/server.js", "--transports", "polling"]);
    const socket = io(program.url, { path: "/myApp/server.js", forceNew: true, transports: ["polling"] });
    const stanzas = [];
    socket.on("divinecomedy", (stanza) => stanzas.push(stanza));
    const reason = await new Promise((done) => socket.on("disconnect", done));
    assert.equal(reason, "io server disconnect");
    assert.equal(stanzas.length, 46);
    assert.equal(stanzas.join("\n").split("\n").length, 136);
    assert.match(stanzas[0], /^Midway upon the journey of our life\n/);
    const socketOnly = await get(program.port, "/myApp/server.js/?EIO=4&transport=websocket");
    assert.equal(socketOnly.status, 400);
    assert.equal((await get(program.port, "/myApp/")).status, 200);
    await program.stop();
  });
});

describe("a config file", () => {
  /** Its name. */
  function config(...lines) {
    const file = join(tempDir("config"), "dante.conf");
    writeFileSync(file, lines.join("\n"));
    return file;
  }

  test("has lines name = value, of this program and of the library", async () => {
    const file = config("\uFEFF# Dante", "", "  port = 0  ", "resource=/dante/socket.io\r", "\tpingInterval\t= 5000", "   # ping timeout = 1",
      "heartbeat timeout = 15", "cors.origin = http://a.example, http://b.example", "original-url-header = X-Original-URL", "trust-proxy = 127.0.0.1");
    const program = await startProgram(dante, ["--config", file, "--ping-interval", "6000", "interceptor.js"]);
    const { body, headers } = await get(program.port, "/dante/socket.io/?EIO=4&transport=polling", { Origin: "http://b.example" });
    const { pingInterval, pingTimeout } = JSON.parse(body.slice(1));
    assert.deepEqual({ pingInterval, pingTimeout }, { pingInterval: 6000, pingTimeout: 15000 }); // what comes later counts
    assert.equal(headers["access-control-allow-origin"], "http://b.example");
    const stripped = await get(program.port, "/socket.io/?EIO=4&transport=polling", { "X-Original-URL": "/dante/socket.io/?EIO=4&transport=polling" });
    assert.equal(stripped.status, 200);
    await program.stop();
  });

  test("what is wrong in it is said with its line", async () => {
    for (const [lines, line, reason] of [
      [["# x", "pingTimeoot = 1"], 2, 'unknown option "pingTimeoot"; the nearest is "pingTimeout"'],
      [["ping_interval_ms = 5s"], 1, 'option "ping_interval_ms": "5s": invalid argument'],
      [["", "", "port = 99999", "interval = 0"], 3, 'option "port": "99999": number out of range'],
      [["interval = 5", "port 80"], 2, "not of the form: name = value"],
      [["= 80"], 1, "not of the form: name = value"],
      [["config = other.conf"], 1, /unknown option "config"; the nearest is "/],
      [["interval = 5", `path = ${"x".repeat(3000)}`, "port = 80"], 2, "too long"],
    ]) {
      const file = config(...lines);
      const { code, stderr } = await run(["--config", file]);
      assert.equal(code, 2, lines.join(" "));
      const [said, hint] = stderr.split("\n");
      const where = `dante: ${file}:${line}: `;
      assert.equal(said.slice(0, where.length), where);
      assert.match(said.slice(where.length), reason instanceof RegExp ? reason : RegExp(`^${reason}$`));
      assert.equal(hint, "Try: dante --help");
    }
  });

  test("must be there, and a file", async () => {
    for (const [file, reason] of [[`${config()}.not`, "No such file or directory"], [dirname(config()), "Is a directory"]]) {
      const { code, stderr } = await run(["--config", file]);
      assert.equal(code, 2);
      assert.equal(stderr, `dante: ${file}: ${reason}\nTry: dante --help\n`);
    }
  });
});

describe("the end", () => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
    test(`${signal} ends it gracefully: clients are told, status 0`, async () => {
      const program = await startProgram(dante, ["--port", "0"]);
      const socket = io(program.url, { forceNew: true, transports: ["websocket"], reconnection: false });
      await new Promise((done) => socket.on("divinecomedy", done));
      const reason = new Promise((done) => socket.on("disconnect", done));
      await program.stop(signal);
      assert.equal(await reason, "transport close");
    });
  }

  test("HttpPlatformHandler's shutdown request with its token is obeyed, others are not", async () => {
    const port = await freePort();
    const program = await startProgram(dante, [], { HTTP_PLATFORM_PORT: String(port), HTTP_PLATFORM_TOKEN: "secret" });
    const ask = (token) => get(port, "/", { "MS-ASPNETCORE-EVENT": "shutdown", "MS-ASPNETCORE-TOKEN": token });
    await ask("wrong");
    assert.equal((await handshake(port, "/socket.io")).status, 200);
    assert.equal((await ask("secret")).status, 202);
    assert.deepEqual(await program.exited, [0, null]);
  });
});
