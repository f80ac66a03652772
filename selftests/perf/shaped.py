#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""Time to the first byte on shaped links, with full records and with dynamic ones.

In:  the module, loaded; root's right to make a network namespace, which is gone at the
     end with all that is in it.
Out: a table of milliseconds, medians; exit status 1 if on one of the links the first byte
     comes no sooner with SEAL_POLICY_DYNAMIC_SIZE.

A client here asks a server in the namespace for an object and reads it.  The clock starts
when it asks, on a connection that is new: TCP's window is.
"""
import collections
import contextlib
import ctypes
import os
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time

TCP_ULP = 31
SOL_SOCKSEAL, SEAL_KEYS, SEAL_POLICY = 24225, 1, 3
DYNAMIC_SIZE = 1 << 1
TLS13, AES_128_GCM = 0x0304, 0x1301
CLONE_NEWNET = 0x40000000

NAME = "shaped"
NEAR, FAR = "192.0.2.1", "192.0.2.2"  # RFC 5737
REQUEST = b"x" * 64
OBJECT = bytes(256 << 10)
ROUNDS = 5

Link = collections.namedtuple("Link", "rate delay")  # as tc wants them; one way
LINKS = (Link("1mbit", "50ms"), Link("1mbit", "150ms"), Link("10mbit", "25ms"),
         Link("100mbit", "50ms"))

# Way: None for plain TCP, or the flags of the policy
WAYS = {"plain TCP": None, "16 KB": 0, "dynamic": DYNAMIC_SIZE}


def ip(*words):
    subprocess.run(["ip", *words], check=True)


@contextlib.contextmanager
def namespace():
    """In it, and back again"""
    def enter(file):
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    with open("/proc/self/ns/net", "rb") as here:
        with open(f"/run/netns/{NAME}", "rb") as there:
            enter(there)
        try:
            yield
        finally:
            enter(here)


@contextlib.contextmanager
def wire():
    """A namespace and a wire to it, on which each segment is a packet"""
    ip("netns", "add", NAME)
    try:
        ip("link", "add", "near", "type", "veth", "peer", "name", "far", "netns", NAME)
        for inside, device, address in ((), "near", NEAR), (("-n", NAME), "far", FAR):
            ip(*inside, "link", "set", device, "gso_max_segs", "1", "up")
            ip(*inside, "address", "add", f"{address}/30", "dev", device)
        yield
    finally:
        ip("netns", "del", NAME)


def shape(link):
    """Both ways: the server's segments take their time, and all are late"""
    for inside, device in ((), "near"), (("-n", NAME), "far"):
        subprocess.run(["tc", *inside, "qdisc", "replace", "dev", device, "root",
                        "netem", "rate", link.rate, "delay", link.delay,
                        "limit", "10000"], check=True)


def forget():
    """What TCP has learnt of the path would be the next connection's"""
    ip("tcp_metrics", "flush")
    ip("-n", NAME, "tcp_metrics", "flush")


def seal(sock, flags, sent, received):
    """struct seal_keys and struct seal_policy of <linux/sockseal.h>"""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_ULP, b"sockseal\0")
    sock.setsockopt(SOL_SOCKSEAL, SEAL_KEYS, struct.pack(
        "=HHI48sQ48sQ", TLS13, AES_128_GCM, 0, sent, 0, received, 0))
    sock.setsockopt(SOL_SOCKSEAL, SEAL_POLICY, struct.pack(
        "=IHHQQII", flags, 0, 0, 0, 0, 0, 0))


def connect(listener, flags):
    """Client and server, sealed if flags are given"""
    client = socket.create_connection(listener.getsockname())
    server, _ = listener.accept()
    if flags is not None:
        secrets = os.urandom(32), os.urandom(32)
        seal(client, flags, *secrets)
        seal(server, flags, *reversed(secrets))
    return client, server


def answer(server):
    if server.recv(len(REQUEST), socket.MSG_WAITALL) == REQUEST:
        server.sendall(OBJECT)


def ask(client):
    """Milliseconds to the first byte, and to the last"""
    room = bytearray(len(OBJECT))
    began = time.monotonic()
    client.sendall(REQUEST)
    count = client.recv_into(room)
    first = time.monotonic()
    while count < len(OBJECT):
        more = client.recv_into(room)
        if not more:
            sys.exit(f"the stream ended after {count} bytes")
        count += more
    return (first - began) * 1000, (time.monotonic() - began) * 1000


def measure(listener, flags):
    forget()
    client, server = connect(listener, flags)
    thread = threading.Thread(target=answer, args=(server,))
    thread.start()
    times = ask(client)
    thread.join()
    client.close()
    server.close()
    return times


def measure_link(listener, link):
    """{way: (first, last)}, by turns"""
    shape(link)
    times = {way: [] for way in WAYS}
    for _ in range(ROUNDS):
        for way, flags in WAYS.items():
            times[way].append(measure(listener, flags))
    return {way: [statistics.median(side) for side in zip(*pairs)]
            for way, pairs in times.items()}


def print_row(link, times):
    first, last = zip(*times.values())
    cells = "".join(f" {number:9.1f}" for number in (*first, *last))
    print(f"{link.rate:>8} {link.delay:>6}{cells}", flush=True)


def main():
    names = "".join(f" {way:>9}" for way in WAYS)
    half = 10 * len(WAYS)
    print(f"{'':15} {'first byte, ms':^{half - 1}} "
          f"{f'all {len(OBJECT) >> 10} KB, ms':^{half - 1}}".rstrip())
    print(f"{'rate':>8} {'delay':>6}{names}{names}")
    helps = True
    with wire():
        with namespace():
            listener = socket.create_server((FAR, 0))
        for link in LINKS:
            times = measure_link(listener, link)
            print_row(link, times)
            helps = helps and times["dynamic"][0] < times["16 KB"][0]
    sys.exit(not helps)


main()
