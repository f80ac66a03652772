#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""Many connections to one HTTPS server, all open at the same time.

In:  port, CA file, path, SHA-256 of what is there, number of connections.
Out: exit status 0 if each connection got it right.

All handshakes are done before the first request is sent, and all requests before
the first byte is read; then a little is read from each in turn.
"""
import hashlib
import socket
import ssl
import sys


def open_all(port, ca_file, count):
    context = ssl.create_default_context(cafile=ca_file)
    return [context.wrap_socket(socket.create_connection(("127.0.0.1", port)),
                                server_hostname="localhost")
            for _ in range(count)]


def read_all(conns):
    """Bytes of each connection until its close_notify, in turns."""
    got = {conn: bytearray() for conn in conns}
    waiting = list(conns)
    while waiting:
        for conn in list(waiting):
            piece = conn.recv(65536)
            got[conn] += piece
            if not piece:
                waiting.remove(conn)
    return got.values()


def main():
    port, ca_file, path, wanted, count = sys.argv[1:]
    conns = open_all(int(port), ca_file, int(count))
    for conn in conns:
        conn.sendall(b"GET /%s HTTP/1.1\r\nHost: localhost\r\n"
                     b"Connection: close\r\n\r\n" % path.encode())
    wrong = 0
    for response in read_all(conns):
        _, _, body = response.partition(b"\r\n\r\n")
        wrong += hashlib.sha256(body).hexdigest() != wanted
    print("%d of %d connections got it wrong" % (wrong, len(conns)))
    sys.exit(wrong != 0)


main()
