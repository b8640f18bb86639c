// Starts and stops the programs under test.
import { spawn } from "node:child_process";
import { once } from "node:events";

// What would tell a server where to listen must not leak in from whoever runs the tests.
const hosting = ["PORT", "IISNODE_VERSION", "HTTP_PLATFORM_PORT", "HTTP_PLATFORM_APPL_PATH", "LISTEN_FDS", "LISTEN_PID"];

const running = new Set();
process.on("exit", () => running.forEach((child) => child.kill("SIGKILL")));

/**
 * Runs a program until it prints a URL, or the name of the pipe that it is listening on (then url is "").
 * @returns {{url: string, port: number, pid: number, stdout: string, stderr: string, exited: Promise<[number, string]>, stop(signal?: string): Promise<void>}}
 *   stop() ends it and throws unless it ended by itself with code 0 (a sanitizer's report ends it otherwise).
 */
export async function startProgram(path, args = [], env = {}) {
  const inherited = { ...process.env };
  hosting.forEach((name) => delete inherited[name]);
  const child = spawn(path, args, { env: { ...inherited, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit");
  const program = { url: "", port: 0, pid: child.pid, stdout: "", stderr: "", exited, stop };
  running.add(child);
  child.on("exit", () => running.delete(child));
  child.stderr.setEncoding("utf8").on("data", (text) => { program.stderr += text; });

  await new Promise((resolve, reject) => {
    const fail = (what) => {
      clearTimeout(timer);
      child.kill("SIGKILL");
      reject(new Error(`${path} ${what}\n${program.stdout}${program.stderr}`));
    };
    const timer = setTimeout(() => fail("did not say where it listens"), 15000);
    const early = (code, signal) => fail(`ended early: ${signal ?? code}`);
    child.on("error", (error) => fail(error.message));
    child.on("exit", early);
    child.stdout.setEncoding("utf8").on("data", (text) => {
      program.stdout += text;
      const url = /https?:\/\/[^\s/]+/.exec(program.stdout);
      const pipe = /^listening on (?!https?:)\S/m.test(program.stdout);
      if ((url === null && !pipe) || program.url !== "" || !program.stdout.endsWith("\n"))
        return;
      program.url = url?.[0] ?? "";
      program.port = url === null ? 0 : Number(new URL(url[0]).port);
      clearTimeout(timer);
      child.off("exit", early);
      resolve();
    });
  });

  async function stop(signal = "SIGTERM") {
    if (running.has(child))
      child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), 20000);
    const [code, killed] = await exited;
    clearTimeout(timer);
    if (code !== 0 && signal !== "SIGKILL")
      throw new Error(`${path} ended with ${killed ?? code}\n${program.stderr}`);
  }

  return program;
}

/** Asks again until @p probe returns something true, and returns that; throws what it last got when time is up. */
export async function until(probe, milliseconds = 5000, what = "condition") {
  const end = Date.now() + milliseconds;
  for (;;) {
    const value = await probe();
    if (value)
      return value;
    if (Date.now() > end)
      throw new Error(`${what}: not met in ${milliseconds} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
