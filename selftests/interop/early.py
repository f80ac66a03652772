#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""A client that sends its request in the same segment as its Finished.

In:  port, CA file, path, SHA-256 of what is there.
Out: exit status 0 if it got that each time; the record of the request was cut
     behind every 9th of its bytes, and the rest of it sent with what came next.

OpenSSL makes the records, and they go to the socket by hand.
"""
import hashlib
import socket
import ssl
import sys

STEP = 9


class Client:
    def __init__(self, port, ca_file):
        context = ssl.create_default_context(cafile=ca_file)
        self.incoming = ssl.MemoryBIO()
        self.outgoing = ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing,
                                    server_hostname="localhost")
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def receive(self):
        data = self.sock.recv(65536)
        if data:
            self.incoming.write(data)
        else:
            self.incoming.write_eof()

    def handshake(self):
        """Return the flight with Finished, which is not sent."""
        while True:
            try:
                self.tls.do_handshake()
                return self.outgoing.read()
            except ssl.SSLWantReadError:
                self.sock.sendall(self.outgoing.read())
                self.receive()

    def seal(self, data):
        self.tls.write(data)
        return self.outgoing.read()

    def read_all(self):
        got = b""
        while True:
            try:
                piece = self.tls.read(65536)
            except ssl.SSLWantReadError:
                self.receive()
                continue
            except ssl.SSLZeroReturnError:
                return got
            if not piece:
                return got
            got += piece


def ask(port, ca_file, path, cut):
    """Return the answer's body, and how long the request's record was."""
    client = Client(port, ca_file)
    finished = client.handshake()
    record = client.seal(b"GET /%s HTTP/1.1\r\nHost: localhost\r\n"
                         % path.encode())
    last = client.seal(b"Connection: close\r\n\r\n")
    client.sock.sendall(finished + record[:cut])
    client.sock.sendall(record[cut:] + last)
    return client.read_all().partition(b"\r\n\r\n")[2], len(record)


def main():
    port, ca_file, path, wanted = sys.argv[1:]
    cut, length = 0, 1
    while cut <= length:
        body, length = ask(int(port), ca_file, path, cut)
        if hashlib.sha256(body).hexdigest() != wanted:
            sys.exit("cut behind %d of %d bytes: %d bytes came back"
                     % (cut, length, len(body)))
        cut += STEP
    print("%d bytes, cut behind every %dth" % (length, STEP))


main()
