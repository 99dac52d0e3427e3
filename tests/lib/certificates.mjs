// A certificate authority for one run, and a certificate that it signs.
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

function openssl(...args) {
  const { status, stderr, error } = spawnSync("openssl", args, { encoding: "utf8" });
  if (error) throw new Error("`openssl` is not installed; on Debian: apt-get install openssl");
  if (status !== 0) throw new Error(`openssl ${args[0]} failed\n${stderr}`);
}

/**
 * Writes both to a directory. The certificate is for this machine and the given names; returns the
 * files' paths.
 */
export function makeCertificates(directory, ...names) {
  mkdirSync(directory, { recursive: true });
  const file = (name) => join(directory, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const alternatives = ["DNS:localhost", "IP:127.0.0.1", ...names.map((name) => `DNS:${name}`)];
  const extensions = file("extensions");
  writeFileSync(
    extensions,
    `subjectAltName=${alternatives.join(",")}\nbasicConstraints=critical,CA:FALSE\n`,
  );
  const subject = (name) => ["-subj", `/CN=${name}`];
  const authority = ["-keyout", file("ca.key"), "-out", file("ca.pem"), "-days", "2"];
  openssl("req", "-x509", ...key, ...authority, ...subject("bench authority"));
  const request = ["-keyout", file("key.pem"), "-out", file("request.pem")];
  openssl("req", ...key, ...request, ...subject("localhost"));
  const signer = ["-CA", file("ca.pem"), "-CAkey", file("ca.key"), "-CAcreateserial"];
  const signed = ["-in", file("request.pem"), "-out", file("cert.pem"), "-days", "2"];
  openssl("x509", "-req", ...signer, ...signed, "-extfile", extensions);
  return { authority: file("ca.pem"), key: file("key.pem"), certificate: file("cert.pem") };
}
