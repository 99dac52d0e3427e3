// A base class for servers of benches: an HTTP server on a free loopback port.
import { createServer } from "node:http";

export class LoopbackServer {
  #server;

  /** Creates a server that answers each request with `respond(request, response)`. */
  constructor(respond) {
    this.#server = createServer(respond);
  }

  /** Starts to listen, and sets `origin`. */
  async listen() {
    await new Promise((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    this.origin = `http://127.0.0.1:${this.#server.address().port}`;
    return this;
  }

  stop() {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
