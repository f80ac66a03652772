#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""Throughput of sendfile() on a sealed socket against plain TCP.

In:  a file, the number of rounds; the module, loaded.
Out: a table of medians in MB/s, and what they are to plain TCP's.

Each round sends the file over loopback once in each way, one after the other, so
that what else the machine does hits all alike.  A child reads to the end.  "sealed"
seals both ends; "sealed, sender only" leaves the ciphertext to a plain reader and so
leaves out the work of opening.
"""
import os
import socket
import statistics
import struct
import sys
import time

TCP_ULP = 31
SOL_SOCKSEAL = 24225
SEAL_KEYS = 1
VERSION = 0x0304
SUITES = {"AES-128-GCM": (0x1301, 32), "AES-256-GCM": (0x1302, 48),
          "ChaCha20-Poly1305": (0x1303, 32)}


def seal(sock, suite, sent, received):
    """struct seal_keys of include/uapi/linux/sockseal.h, and the ULP before it."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"sockseal\0")
    sock.setsockopt(SOL_SOCKSEAL, SEAL_KEYS, struct.pack(
        "=HHI48sQ48sQ", VERSION, suite, 0, sent, 0, received, 0))


def pair():
    """Both ends of a TCP connection over loopback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = socket.create_connection(listener.getsockname())
        return one, listener.accept()[0]


def read_all(sock):
    """The work of the child: bytes until the end of the stream."""
    room = bytearray(1 << 18)
    count = 0
    while got := sock.recv_into(room):
        count += got
    return count


def send_all(sock, path, size):
    with open(path, "rb") as file:
        sent = 0
        while sent < size:
            sent += os.sendfile(sock.fileno(), file.fileno(), sent, size - sent)
    sock.shutdown(socket.SHUT_WR)


def timed(path, size, suite=None, open_too=True):
    """Seconds from the first byte sent until the child has the last."""
    sender, reader = pair()
    if suite:
        number, length = SUITES[suite]
        secrets = [os.urandom(length) for _ in range(2)]
        seal(sender, number, secrets[0], secrets[1])
        if open_too:
            seal(reader, number, secrets[1], secrets[0])
    child = os.fork()
    if not child:
        sender.close()
        os._exit(read_all(reader) < size)
    reader.close()
    began = time.monotonic()
    send_all(sender, path, size)
    status = os.waitpid(child, 0)[1]
    if status:
        sys.exit("the reader did not get it all")
    sender.close()
    return time.monotonic() - began


def main():
    path, rounds = sys.argv[1], int(sys.argv[2])
    size = os.stat(path).st_size
    ways = {"plain TCP": {}}
    for suite in SUITES:
        ways[suite + ", sealed"] = {"suite": suite}
        ways[suite + ", sealed, sender only"] = {"suite": suite, "open_too": False}
    times = {way: [] for way in ways}
    timed(path, size)  # brings the file into the page cache
    for _ in range(rounds):
        for way, how in ways.items():
            times[way].append(timed(path, size, **how))
    plain = statistics.median(times["plain TCP"])
    print("%-42s %8s %8s" % ("sendfile of %d bytes" % size, "MB/s", "ratio"))
    for way, taken in times.items():
        median = statistics.median(taken)
        print("%-42s %8.1f %8.3f" % (way, size / median / 1e6, plain / median))


main()
