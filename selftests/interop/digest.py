#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""A TLS server that answers with the SHA-256 of what it was sent.

In:  certificate chain, key.
Out: one line "listening on ADDR:PORT"; then one connection, read until close_notify
     and answered.
"""
import hashlib
import socket
import ssl
import sys


def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*sys.argv[1:])
    listener = socket.create_server(("127.0.0.1", 0))
    print("listening on %s:%d" % listener.getsockname(), flush=True)
    conn = context.wrap_socket(listener.accept()[0], server_side=True,
                               suppress_ragged_eofs=False)
    digest = hashlib.sha256()
    while piece := conn.recv(65536):
        digest.update(piece)
    conn.sendall(digest.hexdigest().encode())
    conn.unwrap()
    conn.close()


main()
