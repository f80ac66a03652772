# SPDX-License-Identifier: MIT OR GPL-2.0
"""The programs of others: what they can do, and how they are told to do it.

They get the request on standard input, and where they do not read that, from the file
"request"; certificates and keys are in the current folder, a server's is www below it.

A cell is a dictionary: suite, group, signature (kind of key of the server), resumption
and client (kind of key of the client, or "none").
"""
import socket
import subprocess

GROUPS = {  # ours, and what the others call it
    "x25519": ("X25519", "GROUP-X25519", "x25519"),
    "secp256r1": ("P-256", "GROUP-SECP256R1", "P256"),
    "secp384r1": ("P-384", "GROUP-SECP384R1", "P384"),
    "secp521r1": ("P-521", "GROUP-SECP521R1", "P521"),
    "x448": ("X448", "GROUP-X448", None),
    "ffdhe2048": ("ffdhe2048", "GROUP-FFDHE2048", "FF2048"),
    "ffdhe3072": ("ffdhe3072", "GROUP-FFDHE3072", "FF3072"),
    "ffdhe4096": ("ffdhe4096", "GROUP-FFDHE4096", "FF4096"),
    "X25519MLKEM768": ("X25519MLKEM768", None, "mlkem768x25519"),
}
CIPHERS = {
    "TLS_AES_128_GCM_SHA256": ("AES-128-GCM", ":1301"),
    "TLS_AES_256_GCM_SHA384": ("AES-256-GCM", ":1302"),
    "TLS_CHACHA20_POLY1305_SHA256": ("CHACHA20-POLY1305", ":1303"),
}
# With those that it does not offer by itself
NSS_SCHEMES = ",".join(
    ["ecdsa_secp%sr1_sha%s" % sizes for sizes in (("256", "256"), ("384", "384"), ("521", "512"))] +
    ["rsa_pss_%s_sha%s" % (key, size) for key in ("rsae", "pss") for size in ("256", "384", "512")])


class Peer:
    """What all have in common: they can do all, and one run is one connection."""
    sides = ("serve", "connect")    # what we do
    runs = 2        # of a client that resumes: one to get a ticket, one to use it
    port_line = None    # how a server says where it listens
    answer = "www/data.bin"     # the file whose bytes a server sends

    def __init__(self, program):
        self.program = program

    def lacks(self, name, value):
        """Why a value cannot be had from it, or None."""
        return None

    def lacks_here(self, side, cell):
        """Why a cell cannot be had although each value can, or None."""
        return None


class OpenSSL(Peer):
    """s_client and s_server."""
    port_line = rb"^ACCEPT .*:(\d+)$"

    def version(self):
        said = subprocess.run([self.program, "version"], capture_output=True, check=True)
        return tuple(int(part) for part in said.stdout.split()[1].split(b".")[:2])

    def lacks(self, name, value):
        if value == "X25519MLKEM768" and self.version() < (3, 5):
            return "OpenSSL has ML-KEM since 3.5"
        return None

    def common(self, cell):
        return ["-tls1_3", "-CAfile", "ca.pem", "-ciphersuites", cell["suite"],
                "-groups", GROUPS[cell["group"]][0]]

    def client(self, cell, port, scratch, again):
        command = [self.program, "s_client", "-quiet", "-ign_eof", "-verify_return_error",
                   "-servername", "localhost", "-connect", "127.0.0.1:%d" % port]
        command += self.common(cell)
        if cell["resumption"]:
            command += ["-sess_in" if again else "-sess_out", scratch + ".session"]
        if cell["client"] != "none":
            command += ["-cert", cell["client"] + ".pem", "-key", cell["client"] + ".key"]
        return command

    def server(self, cell):
        key = "../" + cell["signature"]
        command = [self.program, "s_server", "-WWW", "-accept", "127.0.0.1:0",
                   "-cert", key + ".pem", "-key", key + ".key"] + self.common(cell)
        command[command.index("ca.pem")] = "../ca.pem"
        if cell["client"] != "none":
            command += ["-Verify", "2", "-verify_return_error"]
        return command


class GnuTLS(Peer):
    """gnutls-cli and gnutls-serv, which are two programs."""
    runs = 1        # --resume connects twice

    def lacks(self, name, value):
        if name == "group" and not GROUPS[value][1]:
            return "GnuTLS of Debian 12 has no ML-KEM"
        return None

    def priority(self, cell):
        return ("NORMAL:-VERS-ALL:+VERS-TLS1.3:-CIPHER-ALL:+%s:-GROUP-ALL:+%s" %
                (CIPHERS[cell["suite"]][0], GROUPS[cell["group"]][1]))

    def client(self, cell, port, scratch, again):
        command = [self.program + "-cli", "--logfile", scratch + ".log", "--x509cafile",
                   "ca.pem", "--port", str(port), "--priority", self.priority(cell)]
        if cell["resumption"]:
            command += ["--resume"]
        if cell["client"] != "none":
            command += ["--x509certfile", cell["client"] + ".pem",
                        "--x509keyfile", cell["client"] + ".key"]
        return command + ["localhost"]

    def server(self, cell):
        key = "../" + cell["signature"]
        command = [self.program + "-serv", "--http", "--httpdata", "data.bin", "--port", "0",
                   "--x509certfile", key + ".pem", "--x509keyfile", key + ".key",
                   "--x509cafile", "../ca.pem", "--priority", self.priority(cell)]
        return command + (["--disable-client-cert"] if cell["client"] == "none" else
                          ["--require-client-cert", "--verify-client-cert"])


class Curl(Peer):
    """A client only; the machine's, on OpenSSL."""
    sides = ("serve",)
    runs = 1        # with two addresses

    def lacks(self, name, value):
        if value == "X25519MLKEM768":
            return "curl of Debian 12 has OpenSSL 3.0"
        return None

    def client(self, cell, port, scratch, again):
        url = "https://localhost:%d/data.bin" % port
        command = [self.program, "-sS", "--fail", "--tlsv1.3", "--cacert", "ca.pem",
                   "--tls13-ciphers", cell["suite"], "--curves", GROUPS[cell["group"]][0],
                   "-H", "Connection: close", "-i"]
        if cell["client"] != "none":
            command += ["--cert", cell["client"] + ".pem", "--key", cell["client"] + ".key"]
        if cell["resumption"]:
            command += ["-o", scratch + ".first", url, "-o", "-"]
        return command + [url]


class NSS(Peer):
    """tstclnt and selfserv, two programs in a folder."""
    runs = 1
    answer = "request"      # it is sent back, and no file

    def lacks(self, name, value):
        if name == "signature" and value in ("ed25519", "ed448"):
            return "NSS has no such signature scheme in TLS"
        if name == "group" and not GROUPS[value][2]:
            return "NSS has no such group"
        if name == "client" and value == "ed25519":
            return "NSS has no such signature scheme in TLS"
        return None

    def lacks_here(self, side, cell):
        """Why a cell cannot be had although each value can."""
        if side == "serve" and cell["resumption"]:
            return "tstclnt keeps no session from one run to the next"
        return None

    def common(self, cell):
        return ["-V", "tls1.3:tls1.3", "-c", CIPHERS[cell["suite"]][1],
                "-I", GROUPS[cell["group"]][2], "-J", NSS_SCHEMES]

    def client(self, cell, port, scratch, again):
        command = [self.program + "/tstclnt", "-h", "127.0.0.1", "-a", "localhost",
                   "-p", str(port), "-d", "sql:nss", "-A", "request"] + self.common(cell)
        return command + (["-n", cell["client"]] if cell["client"] != "none" else [])

    def server(self, cell):
        """It takes no port 0: a free one is found, and may be taken when it comes."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [self.program + "/selfserv", "-p", str(port), "-d", "sql:../nss",
                   "-n", cell["signature"], "-u"] + self.common(cell)
        return command + (["-r", "-r"] if cell["client"] != "none" else [])


def all_peers(programs):
    """By name, in the order of the report."""
    return {
        "openssl": OpenSSL("openssl"),
        "openssl-3.5": OpenSSL(programs + "/openssl-3.5"),
        "gnutls": GnuTLS("gnutls"),
        "curl": Curl("curl"),
        "nss": NSS(programs),
    }
