// Ports for programs that must be told one beforehand.
import { createServer } from "node:net";

/**
 * A free port below the range from which the system gives out ports, so that no other server gets
 * it meanwhile.
 */
export async function freePort() {
  for (let port = 20000 + Math.floor(Math.random() * 10000); ; port += 1) {
    const server = createServer();
    const isFree = await new Promise((resolve) => {
      server.on("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    if (isFree) return new Promise((resolve) => server.close(() => resolve(port)));
  }
}
