// Programs under test: started, found by the address they print, ended with what they owe.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const sourceRoot = process.env.SIO_SOURCE_ROOT ?? fileURLToPath(new URL("../../..", import.meta.url));
export const buildRoot = resolve(process.env.SIO_BUILD_ROOT ?? "build");

const READY_MS = 20000;
const STOP_MS = 20000;

/** A new folder inside the build, removed when the test process ends. */
export function tempDir(name) {
  const parent = join(buildRoot, "e2e-tmp");
  mkdirSync(parent, { recursive: true });
  return removedAtExit(mkdtempSync(join(parent, `${name}-`)));
}

/** A path for a UNIX socket: inside the build, unless that is too deep for sun_path (104 bytes or more). */
export function socketPath(name) {
  const path = join(tempDir("pipe"), name);
  return Buffer.byteLength(path) < 100 ? path : join(removedAtExit(mkdtempSync(join(tmpdir(), "sio-"))), name);
}

function removedAtExit(folder) {
  process.on("exit", () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }));
  return folder;
}

/**
 * Starts a program that prints `listening on ADDRESS` when it is ready.
 *
 * url: http address without a trailing slash, wildcard hosts replaced by 127.0.0.1 (null on a pipe);
 * port: its port; address: as printed; stdout, stderr: what it has written so far;
 * stop(signal): ends it and insists that it ends well, with status 0 (so a sanitizer's finding fails
 * the test); kill(): ends it without that.
 */
export async function startProgram(path, args = [], env = {}) {
  const child = spawn(path, args, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const program = { child, stdout: "", stderr: "", url: null, port: null, address: null };
  const killAtExit = () => child.kill("SIGKILL");
  process.on("exit", killAtExit);

  const ended = new Promise((done) => {
    child.on("error", (error) => done({ error }));
    child.on("close", (code, signal) => done({ code, signal }));
  }).finally(() => process.off("exit", killAtExit));

  program.kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  program.stop = async (signal = "SIGTERM") => {
    child.kill(signal);
    const end = await within(STOP_MS, ended, () => child.kill("SIGKILL"));
    if (end.code !== 0)
      throw new Error(`${path} did not end well: ${report(end, program)}`);
  };

  const ready = new Promise((done) => {
    child.stderr.setEncoding("utf8").on("data", (text) => program.stderr += text);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      program.stdout += text;
      const found = /^listening on (\S+)\n/m.exec(program.stdout);
      if (found)
        done({ address: found[1] });
    });
  });
  const first = await within(READY_MS, Promise.race([ready, ended]), () => child.kill("SIGKILL"));
  if (!first.address)
    throw new Error(`${path} did not start: ${report(first, program)}`);

  program.address = first.address;
  if (first.address.startsWith("http")) {
    const url = new URL(first.address);
    program.port = Number(url.port || 80);
    const any = ["0.0.0.0", "[::]", "localhost"].includes(url.hostname);
    program.url = `${url.protocol}//${any ? "127.0.0.1" : url.hostname}:${program.port}`;
  }
  return program;
}

function report(end, program) {
  const how = end.error?.message ?? (end.late ? "not in time" : `status ${end.code}, signal ${end.signal}`);
  return `${how}\n${program.stdout}${program.stderr}`;
}

async function within(ms, promise, giveUp) {
  let timer;
  const late = new Promise((done) => {
    timer = setTimeout(() => {
      giveUp();
      done({ late: true });
    }, ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Calls attempt() until it does not throw; the last error after ms. */
export async function eventually(attempt, ms = 10000) {
  const end = Date.now() + ms;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end)
        throw error;
      await new Promise((next) => setTimeout(next, 20));
    }
  }
}
