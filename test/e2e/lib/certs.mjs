// Certificates made for a test by the openssl command: of elliptic curves, which takes no time.
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempDir } from "./temp.mjs";

const openssl = (...args) => execFileSync("openssl", args, { stdio: ["ignore", "pipe", "pipe"] });

/**
 * A folder of them, and an authority that all but strangers are of.
 * make(name, {host, stranger}) gives {cert, key}: the paths, and pem: the certificate's text.
 */
export function certificates() {
  const folder = tempDir("certs");
  const path = (name) => join(folder, name);
  const key = (name) => openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", path(`${name}.key`));
  let count = 0;

  key("authority");
  openssl("req", "-x509", "-new", "-key", path("authority.key"), "-subj", "/O=Example/CN=authority", "-days", "2",
    "-out", path("authority.pem"));

  function make(name, { host = "127.0.0.1", stranger = false } = {}) {
    const file = `${++count}-${name}`;
    key(file);
    const subject = ["-subj", `/O=Example/CN=${name}`];
    if (stranger) {
      openssl("req", "-x509", "-new", "-key", path(`${file}.key`), ...subject, "-days", "2", "-out", path(`${file}.pem`));
    } else {
      writeFileSync(path(`${file}.ext`), `subjectAltName=${/^[\d.]+$/.test(host) ? "IP" : "DNS"}:${host}\n`);
      openssl("req", "-new", "-key", path(`${file}.key`), ...subject, "-out", path(`${file}.csr`));
      openssl("x509", "-req", "-in", path(`${file}.csr`), "-CA", path("authority.pem"), "-CAkey", path("authority.key"),
        "-set_serial", String(count), "-days", "2", "-extfile", path(`${file}.ext`), "-out", path(`${file}.pem`));
    }
    const pair = { cert: path(`${file}.pem`), key: path(`${file}.key`) };
    return { ...pair, pem: readFileSync(pair.cert), keyPem: readFileSync(pair.key) };
  }

  return { make, path, authority: path("authority.pem"), ca: readFileSync(path("authority.pem")) };
}
