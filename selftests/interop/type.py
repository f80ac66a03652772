#!/usr/bin/python3
# SPDX-License-Identifier: MIT OR GPL-2.0
"""Types on the standard input of a program that takes commands.

In:  a file, commands.
Out: the file on standard output, a pipe, with the commands at equal distances within
     it: what a reader gets by one read() is a piece of the file, or a command.
"""
import fcntl
import os
import sys

# no more than any of them reads at once
PACKET = 2048


def pieces(lines, count):
    """@lines in so many parts"""
    size = -(-len(lines) // count)
    return [b"".join(lines[i:i + size]) for i in range(0, len(lines), size)]


def type_out(data):
    for i in range(0, len(data), PACKET):
        os.write(1, data[i:i + PACKET])


def main():
    commands = [command.encode() + b"\n" for command in sys.argv[2:]]
    with open(sys.argv[1], "rb") as file:
        parts = pieces(file.readlines(), len(commands) + 1)
    # pipe(7): each write is a packet of its own, and a read takes but one
    fcntl.fcntl(1, fcntl.F_SETFL, os.O_WRONLY | os.O_DIRECT)
    type_out(parts[0])
    for command, part in zip(commands, parts[1:]):
        os.write(1, command)
        type_out(part)


main()
