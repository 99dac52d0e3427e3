"""A stand-in for an MCP server with OAuth, so that a session can be recorded without the internet.

It is a proxy: every connection to HOST ends here, with a certificate of an authority that exists only for one
recording. A connection to another host is refused, so no request leaves the machine.
"""

import json
import secrets
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

HOST = "mcp.atlassian.com"
PATH = "/v1/mcp"
ORIGIN = f"https://{HOST}"
URL = ORIGIN + PATH

RESOURCE = {"resource": URL, "authorization_servers": [ORIGIN]}
METADATA = {
    "issuer": ORIGIN,
    "authorization_endpoint": f"{ORIGIN}/authorize",
    "token_endpoint": f"{ORIGIN}/token",
    "registration_endpoint": f"{ORIGIN}/register",
    "response_types_supported": ["code"],
    "grant_types_supported": ["authorization_code", "refresh_token"],
    "code_challenge_methods_supported": ["S256"],
    "token_endpoint_auth_methods_supported": ["none"],
}
TOOLS = ["search", "getJiraIssue", "createJiraIssue", "getConfluencePage"]
METHODS = {
    "initialize": {
        "protocolVersion": "2025-06-18",
        "capabilities": {"tools": {}},
        "serverInfo": {"name": "stand-in", "version": "1"},
    },
    "ping": {},
    "tools/list": {"tools": [{"name": name, "inputSchema": {"type": "object"}} for name in TOOLS]},
}


def openssl(*arguments):
    subprocess.run(["openssl", *arguments], check=True, capture_output=True)


def make_certificates(directory: Path) -> Path:
    """Writes the certificate of an authority and one for HOST. Returns the path of the first."""
    path = lambda name: str(directory / name)
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    openssl("req", "-x509", *new_key, "-subj", "/CN=stand-in", "-keyout", path("ca.key"), "-out", path("ca.pem"))
    (directory / "extensions").write_text(f"subjectAltName=DNS:{HOST}\nbasicConstraints=critical,CA:FALSE\n")
    openssl("req", *new_key, "-subj", f"/CN={HOST}", "-keyout", path("key.pem"), "-out", path("request.pem"))
    authority = ["-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "2"]
    extensions = ["-extfile", path("extensions")]
    openssl("x509", "-req", *authority, *extensions, "-in", path("request.pem"), "-out", path("cert.pem"))
    return directory / "ca.pem"


class Server(BaseHTTPRequestHandler):
    """The MCP server and its authorization server."""

    tokens: set = set()

    def respond(self, status, body=None, headers=()):
        content = b"" if body is None else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()

    def do_GET(self):
        url = urlsplit(self.path)
        if url.path.startswith("/.well-known/oauth-protected-resource"):
            self.respond(200, RESOURCE)
        elif url.path == "/.well-known/oauth-authorization-server":
            self.respond(200, METADATA)
        elif url.path == "/authorize":
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            response = urlencode({"code": secrets.token_hex(8), "state": query["state"]})
            self.respond(302, headers=[("Location", f"{query['redirect_uri']}?{response}")])
        else:
            self.respond(405 if url.path == PATH else 404)

    def do_POST(self):
        body = self.body()
        if self.path == "/register":
            self.respond(201, json.loads(body) | {"client_id": secrets.token_hex(8)})
        elif self.path == "/token":
            token = secrets.token_hex(16)
            self.tokens.add(f"Bearer {token}")
            rest = {"token_type": "Bearer", "expires_in": 3600, "refresh_token": secrets.token_hex(16)}
            self.respond(200, {"access_token": token} | rest)
        elif self.path != PATH:
            self.respond(404)
        elif self.headers.get("Authorization") not in self.tokens:
            metadata = f"{ORIGIN}/.well-known/oauth-protected-resource{PATH}"
            self.respond(401, {}, [("WWW-Authenticate", f'Bearer resource_metadata="{metadata}"')])
        else:
            self.respond_to_message(json.loads(body))

    def respond_to_message(self, message):
        if "id" not in message:
            self.respond(202)
            return
        known = METHODS.get(message.get("method"))
        outcome = {"error": {"code": -32601, "message": "unknown method"}} if known is None else {"result": known}
        self.respond(200, {"jsonrpc": "2.0", "id": message["id"]} | outcome)

    def do_DELETE(self):
        self.respond(200)

    def log_message(self, *_):
        pass


class Proxy(BaseHTTPRequestHandler):
    """A proxy that leads only to the stand-in."""

    def do_CONNECT(self):
        if self.path != f"{HOST}:443":
            self.send_error(403)
            return
        self.send_response(200)
        self.end_headers()
        try:
            connection = self.server.context.wrap_socket(self.connection, server_side=True)
            Server(connection, self.client_address, self.server)
        except OSError:
            pass  # the client closed the connection
        self.close_connection = True

    def log_message(self, *_):
        pass


def start(directory: Path) -> dict:
    """Starts the stand-in. Returns the environment variables that lead a program to it."""
    authority = make_certificates(directory)
    proxy = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    proxy.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    proxy.context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    proxy.daemon_threads = True
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{proxy.server_port}"
    trust = {"SSL_CERT_FILE": str(authority), "NODE_EXTRA_CA_CERTS": str(authority)}
    return {"HTTPS_PROXY": url, "https_proxy": url} | trust
