#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""A proxy on loopback that harms what a server sends.

In:  how ("fin", "reset", "flip" or "leave"), after how many bytes of the server,
     ADDR:PORT of the server.
Out: one line "listening on ADDR:PORT"; then one connection, which after that many
     bytes ends with FIN, ends with RST, or has one bit turned over.  With "leave"
     all of the server's records that are that long are left out.
"""
import selectors
import socket
import struct
import sys


def flip(data):
    return bytes([data[0] ^ 1]) + data[1:]


def end(client, how):
    """A close() of what has not been read, or is yet to come, would be an RST."""
    if how == "reset":
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                          struct.pack("ii", 1, 0))
    else:
        client.shutdown(socket.SHUT_WR)
        while client.recv(65536):
            pass
    client.close()


def pass_on(data, client, server, ready):
    """What the client sends, and its half-close."""
    if data:
        server.sendall(data)
    else:
        ready.unregister(client)
        server.shutdown(socket.SHUT_WR)


def harm(client, data, how, left):
    """Pass on what the server sends; returns what is left, or None at the end."""
    client.sendall(data[:left])
    rest = data[left:]
    left -= len(data) - len(rest)
    if rest and how != "flip":
        return None
    if rest:
        client.sendall(flip(rest))
        left = 1 << 62
    return left


def leave_out(client, held, data, size):
    """Pass on whole records but those of @size bytes; returns what is none yet."""
    held += data
    while len(held) >= 5:
        end = 5 + int.from_bytes(held[3:5], "big")
        if len(held) < end:
            break
        if end != size:
            client.sendall(held[:end])
        held = held[end:]
    return held


def relay(client, server, how, left):
    """Until the server closes, or the harm ends it."""
    held = b""
    ready = selectors.DefaultSelector()
    ready.register(client, selectors.EVENT_READ)
    ready.register(server, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select():
            data = key.fileobj.recv(65536)
            if key.fileobj is client:
                pass_on(data, client, server, ready)
                continue
            if not data:
                return
            if how == "leave":
                held = leave_out(client, held, data, left)
                continue
            left = harm(client, data, how, left)
            if left is None:
                return


def main():
    how, after, upstream = sys.argv[1:]
    host, port = upstream.rsplit(":", 1)
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    client, _ = listener.accept()
    server = socket.create_connection((host, int(port)))
    try:
        relay(client, server, how, int(after))
    except ConnectionError:
        pass
    try:
        end(client, how)
    except OSError:     # it has gone
        pass


main()
