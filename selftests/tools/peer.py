#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""A server on loopback that is not what a TLS client hopes for.

In:  how to behave: a word of BEHAVIOURS.
Out: one line "listening on ADDR:PORT"; then one connection, treated like that.
"""
import socket
import struct
import sys


def not_tls(conn):
    """Answers like a plain HTTP server."""
    conn.recv(65536)
    conn.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def silent(conn):
    """Closes without a word."""
    conn.recv(65536)


def half_record(conn):
    """Dies in the middle of its first record."""
    conn.recv(65536)
    conn.sendall(b"\x16\x03\x03\x00\x7a\x02\x00\x00\x76\x03\x03")


def reset(conn):
    """Answers with RST."""
    conn.recv(65536)
    conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def alert(conn):
    """Refuses with a fatal handshake_failure (RFC 8446 6.2)."""
    conn.recv(65536)
    conn.sendall(b"\x15\x03\x03\x00\x02\x02\x28")


BEHAVIOURS = [not_tls, silent, half_record, reset, alert]


def main():
    behave = {one.__name__: one for one in BEHAVIOURS}[sys.argv[1]]
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    conn, _ = listener.accept()
    behave(conn)
    conn.close()


main()
