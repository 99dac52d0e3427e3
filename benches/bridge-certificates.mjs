// A certificate authority of the bench and a certificate for `localhost` from it.
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

function openssl(...args) {
  const { status, stderr, error } = spawnSync("openssl", args, { encoding: "utf8" });
  if (error)
    throw new Error("bench: `openssl` is not installed; on Debian: apt-get install openssl");
  if (status !== 0) throw new Error(`bench: openssl ${args[0]} fails\n${stderr}`);
}

export function certificates(folder) {
  const at = (name) => join(folder, name);
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const names = at("names");
  writeFileSync(
    names,
    "subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=critical,CA:FALSE\n",
  );
  openssl(
    "req",
    "-x509",
    ...key,
    "-keyout",
    at("ca.key"),
    "-out",
    at("ca.pem"),
    "-subj",
    "/CN=bench",
    "-days",
    "2",
  );
  openssl(
    "req",
    ...key,
    "-keyout",
    at("key.pem"),
    "-out",
    at("request.pem"),
    "-subj",
    "/CN=localhost",
  );
  const signed = [
    "-CA",
    at("ca.pem"),
    "-CAkey",
    at("ca.key"),
    "-CAcreateserial",
    "-days",
    "2",
    "-extfile",
    names,
  ];
  openssl("x509", "-req", "-in", at("request.pem"), "-out", at("cert.pem"), ...signed);
  return { authority: at("ca.pem"), key: at("key.pem"), certificate: at("cert.pem") };
}
