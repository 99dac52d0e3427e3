// Ports for who has to name one beforehand.
import { createServer } from "node:net";

/** A free port that the suite's servers cannot have: they get theirs from the system, which gives none this low. */
export async function freePort() {
  for (let port = 20000 + Math.floor(Math.random() * 10000); ; port += 1) {
    const server = createServer();
    const free = await new Promise((done) => {
      server.on("error", () => done(false)).listen(port, "127.0.0.1", () => done(true));
    });
    if (free) return new Promise((done) => server.close(() => done(port)));
  }
}
