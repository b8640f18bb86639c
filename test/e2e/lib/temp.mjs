// Folders that a test needs for a while, inside the build.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const parent = join(resolve(process.env.SIO_BUILD_ROOT ?? "build"), "e2e-tmp");

const folders = [];
process.on("exit", () => folders.forEach((folder) => rmSync(folder, { recursive: true, force: true, maxRetries: 3 })));

/** A new folder, removed when the test process ends. */
export function tempDir(name) {
  mkdirSync(parent, { recursive: true });
  return removedAtExit(mkdtempSync(join(parent, `${name}-`)));
}

/** A path for a UNIX socket: elsewhere if the build is too deep for sun_path (104 bytes or more). */
export function socketPath(name) {
  const path = join(tempDir("pipe"), name);
  return Buffer.byteLength(path) < 100 ? path : join(removedAtExit(mkdtempSync(join(tmpdir(), "sio-"))), name);
}

function removedAtExit(folder) {
  folders.push(folder);
  return folder;
}
