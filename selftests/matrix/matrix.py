#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""Connections between "sockseal serve" or "connect" and the programs of others.

In:  the command, a folder of programs, [PEER...]; certificates and www/data.bin in the
     current folder.
Out: TAP: a test for each cell of the matrix, and a skip for each value that a peer or
     libcrypto does not have.
"""
import concurrent.futures
import itertools
import os
import re
import subprocess
import sys
import tempfile
import threading

import cover
import peers

TIME_LIMIT = 60     # seconds: a program that hangs, not a slow one
ATTEMPTS = 5

VALUES = {
    "suite": list(peers.CIPHERS),
    "group": list(peers.GROUPS),
    "signature": ["p256", "p384", "p521", "rsa", "rsapss", "ed25519", "ed448"],
    "resumption": [False, True],
    "client": ["none", "p256", "rsa", "ed25519"],
}
SCHEMES = {
    "p256": ["0403"], "p384": ["0503"], "p521": ["0603"],
    "rsa": ["0804", "0805", "0806"], "rsapss": ["0809", "080a", "080b"],
    "ed25519": ["0807"], "ed448": ["0808"], "none": ["0000"],
}


class Failure(Exception):
    """A cell is not as it should be."""


# ---------------------------------------------------------------- programs

def expect(true, why):
    if not true:
        raise Failure(why)


def start(command, **options):
    return subprocess.Popen(command, stdin=subprocess.PIPE, **options)


def stop(process):
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream:
            stream.close()


def read_port(process, pattern):
    """Of what it prints the line with its port."""
    for line in process.stdout:
        found = re.search(pattern, line.rstrip())
        if found:
            return int(found.group(1))
    raise Failure("it ended before it was ready")


def listening_port(process):
    """For who does not say where it listens: what the kernel knows."""
    while process.poll() is None:
        said = subprocess.run(["ss", "-Hltnp"], capture_output=True, check=True)
        for line in said.stdout.decode().splitlines():
            if "pid=%d," % process.pid in line:
                return int(line.split()[3].rsplit(":", 1)[1])
    raise Failure("it ended before it was ready")


def talk(command, errors):
    """Ask for the file; what the program printed.  Its input ends after its output."""
    process = start(command, stdout=subprocess.PIPE, stderr=errors)
    watchdog = threading.Timer(TIME_LIMIT, process.kill)
    watchdog.start()
    try:
        with open("request", "rb") as file:
            process.stdin.write(file.read())
        process.stdin.flush()
        said = process.stdout.read()
        status = process.wait(TIME_LIMIT)
        expect(status == 0, "%s: status %d" % (command[0], status))
        return said
    finally:
        watchdog.cancel()
        stop(process)


# -------------------------------------------------------------------- cells

def check_lines(text, cell, theirs):
    """What we said of the last connection with --verbose; theirs: the client's is ours."""
    lines = [line for line in text.splitlines() if ": sealed: " in line]
    expect(lines, "no connection was sealed")
    told = dict(word.split("=", 1) for word in lines[-1].split() if "=" in word)
    resumed = cell["resumption"]
    ours, peer = ("client", "signature") if theirs else ("signature", "client")
    wanted = {"suite": [cell["suite"]], "group": [cell["group"]],
              "resumed": [str(int(resumed))],
              "scheme": ["0000"] if resumed else SCHEMES[cell[ours]],
              "peer_scheme": ["0000"] if resumed else SCHEMES[cell[peer]]}
    for name, values in wanted.items():
        expect(told[name] in values, "%s is %s" % (name, told[name]))


def check_body(said, answer="www/data.bin"):
    """Behind the head of the answer, and what a client says of itself before it."""
    with open(answer, "rb") as file:
        expect(file.read() in said, "what came is not the file")


def command_of_ours(context, cell, *words):
    return [context.sockseal, *words, "--backend", "user", "--verbose",
            "--suites", cell["suite"], "--groups", cell["group"]]


def serve_cell(context, peer, cell, scratch):
    """We serve."""
    key = cell["signature"]
    command = command_of_ours(context, cell, "serve") + [
        "--listen", "127.0.0.1:0", "--root", "www", "--cert", key + ".pem",
        "--key", key + ".key"]
    if cell["client"] != "none":
        command += ["--client-ca", "ca.pem", "--require-client-certificate"]
    with open(scratch + ".ours", "wb") as errors, open(scratch + ".theirs", "wb") as other:
        process = start(command, stdout=subprocess.PIPE, stderr=errors)
        try:
            port = read_port(process, rb"^listening on .*:(\d+)/$")
            for run in range(peer.runs if cell["resumption"] else 1):
                said = talk(peer.client(cell, port, scratch, run > 0), other)
        finally:
            process.terminate()
            process.wait(TIME_LIMIT)
            stop(process)
    with open(scratch + ".ours", encoding="utf-8") as told:
        check_lines(told.read(), cell, theirs=False)
    check_body(said)


def start_server(context, peer, cell):
    """A process and its port; who cannot find a free one by itself may need to try again."""
    for _ in range(ATTEMPTS):
        process = start(peer.server(cell), stdout=subprocess.PIPE, cwd="www",
                        stderr=subprocess.STDOUT)
        try:
            port = (read_port(process, peer.port_line) if peer.port_line else
                    listening_port(process))
            # what it says more is for nobody, but must not stop it
            context.pool_of_readers.submit(process.stdout.read)
            return process, port
        except Failure:
            said = process.stdout.read()
            stop(process)
    raise Failure("the server does not start: %s" % said.decode(errors="replace"))


def connect_cell(context, peer, cell, scratch):
    """We connect."""
    command = command_of_ours(context, cell, "connect") + [
        "--ca", "ca.pem", "--servername", "localhost"]
    if cell["client"] != "none":
        command += ["--cert", cell["client"] + ".pem", "--key", cell["client"] + ".key"]
    if cell["resumption"]:
        command += ["--session", scratch + ".session"]
    process, port = start_server(context, peer, cell)
    try:
        with open(scratch + ".ours", "wb") as errors:
            for _ in range(2 if cell["resumption"] else 1):
                said = talk(command + ["127.0.0.1:%d" % port], errors)
    finally:
        process.kill()
        process.wait()
    with open(scratch + ".ours", encoding="utf-8") as told:
        check_lines(told.read(), cell, theirs=True)
    check_body(said, peer.answer)


SIDES = {"serve": serve_cell, "connect": connect_cell}


# ------------------------------------------------------------------- choice

def all_cells(values):
    for combination in itertools.product(*values.values()):
        yield dict(zip(values, combination))


def product():
    """Each suite with each group, and nothing else special."""
    for suite, group in itertools.product(VALUES["suite"], VALUES["group"]):
        yield {"suite": suite, "group": group, "signature": "p256",
               "resumption": False, "client": "none"}


def name_of(peer, side, cell):
    words = [cell["suite"], cell["group"], cell["signature"]]
    words += ["resumed"] if cell["resumption"] else []
    words += ["client " + cell["client"]] if cell["client"] != "none" else []
    return "%s, we %s: %s" % (peer, side, ", ".join(words))


class Context:
    """What a run has: the command, what it lacks, and where files go."""

    def __init__(self, sockseal, folder):
        self.sockseal = sockseal
        self.folder = folder
        self.pool_of_readers = concurrent.futures.ThreadPoolExecutor(64)
        self.lacking = {group for group in VALUES["group"] if not self.has(group)}

    def has(self, group):
        """Nobody listens on port 1, but a group is looked at before that."""
        said = subprocess.run([self.sockseal, "connect", "--insecure", "--groups", group,
                               "127.0.0.1:1"], capture_output=True, check=False)
        return b"libcrypto" not in said.stderr

    def lacks(self, peer, name, value):
        if value in self.lacking:
            return "our libcrypto does not have it"
        return peer.lacks(name, value)


def cells_of(context, names, programs):
    """(name, peer, side, cell) for each test; (name, reason) for each skip."""
    known = peers.all_peers(programs)
    for name in names or known:
        peer = known[name]
        skips = {(key, value): context.lacks(peer, key, value)
                 for key in VALUES for value in VALUES[key]}
        skips = {pair: reason for pair, reason in skips.items() if reason}
        for (key, value), reason in skips.items():
            yield "%s: %s %s" % (name, key, value), reason
        values = {key: [value for value in VALUES[key] if (key, value) not in skips]
                  for key in VALUES}
        for side in peer.sides:
            reasons = {peer.lacks_here(side, cell) for cell in all_cells(values)}
            for reason in sorted(reasons - {None}):
                yield "%s, we %s: some cells" % (name, side), reason
            cells = cover.pairwise(values, lambda cell, peer=peer, side=side:
                                   not peer.lacks_here(side, cell))
            if name == "openssl":
                cells += [cell for cell in product() if cell not in cells and
                          ("group", cell["group"]) not in skips]
            for cell in cells:
                yield name_of(name, side, cell), peer, side, cell


# --------------------------------------------------------------------- TAP

def run_cell(context, number, test):
    """None, or what is wrong."""
    name, peer, side, cell = test
    scratch = "%s/%d" % (context.folder, number)
    try:
        SIDES[side](context, peer, cell, scratch)
        return None
    except (Failure, OSError, subprocess.SubprocessError) as wrong:
        return "%s\n%s" % (wrong, says(scratch))


def says(scratch):
    """What both ends wrote to standard error."""
    text = ""
    for name in (".ours", ".theirs", ".log"):
        if os.path.exists(scratch + name):
            with open(scratch + name, encoding="utf-8", errors="replace") as file:
                text += file.read()[-2000:]
    return text


def report(number, test, wrong):
    if len(test) == 2:
        print("ok %d - %s # SKIP %s" % (number, *test))
        return
    print("%s %d - %s" % ("not ok" if wrong else "ok", number, test[0]), flush=True)
    for line in (wrong or "").splitlines():
        print("# " + line)


def main():
    sockseal, programs, *names = sys.argv[1:]
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        context = Context(sockseal, folder)
        tests = list(cells_of(context, names, programs))
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            results = pool.map(lambda pair: None if len(pair[1]) == 2 else
                               run_cell(context, *pair), enumerate(tests))
            for number, wrong in enumerate(results, 1):
                report(number, tests[number - 1], wrong)
                failed = failed or wrong
    print("1..%d" % len(tests))
    sys.exit(bool(failed))


main()
