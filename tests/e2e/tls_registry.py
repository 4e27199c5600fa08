# SPDX-License-Identifier: Apache-2.0
"""A schema registry over TLS that wants a login, and knows one schema: number 42.

usage: tls_registry.py CERTIFICATE KEY USER:PASSWORD SCHEMA_FILE

Says `port N` on stderr when it listens on 127.0.0.1, and serves until it is killed.
"""
import base64
import http.server
import json
import pathlib
import ssl
import sys


class Registry(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        if self.headers.get("Authorization") != LOGIN:
            self.answer(401, {"error_code": 40101, "message": "Unauthorized"})
        elif self.path != "/schemas/ids/42":
            self.answer(404, {"error_code": 40403, "message": "Schema not found"})
        else:
            self.answer(200, {"schema": SCHEMA})

    def answer(self, status, what):
        body = json.dumps(what).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/vnd.schemaregistry.v1+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


certificate, key, login, schema = sys.argv[1:]
LOGIN = "Basic " + base64.b64encode(login.encode()).decode()
SCHEMA = pathlib.Path(schema).read_text()
server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Registry)
tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
# The handshake belongs to the connection's thread: a client that refuses it must hold up nobody.
server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(f"port {server.server_port}", file=sys.stderr, flush=True)
server.serve_forever()
