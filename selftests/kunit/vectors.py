#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0
#
# In:  nothing; Debian's python3-cryptography does the ciphers, hmac the rest.
# Out: kernel/tests/secrets.c and records.c, in the folder named by the argument:
#      traffic secrets with what RFC 8446 7.2 and 7.3 derive from them, and records
#      sealed with that, or, of TLS 1.2, with keys.
#
# Before anything is written, what RFC 8448 says of its trace is compared with what
# is computed here.  The files are kept in the tree, so that the tests of the kernel
# need no python; run this again only to change them:
#
#	selftests/kunit/vectors.py kernel/tests

import hashlib
import hmac
import pathlib
import sys

from cryptography.hazmat.primitives.ciphers.aead import (
    AESCCM, AESGCM, ChaCha20Poly1305)

ALERT, HANDSHAKE, DATA = 21, 22, 23
CLOSE_NOTIFY = bytes([1, 0])
TEXT = b"more than a block"

# name in the uAPI header -> hash, cipher in <linux/tls.h> (RFC 8446 B.4)
SUITES = {
    "SEAL_AES_128_GCM_SHA256": ("sha256", "AES_GCM_128"),
    "SEAL_AES_256_GCM_SHA384": ("sha384", "AES_GCM_256"),
    "SEAL_CHACHA20_POLY1305_SHA256": ("sha256", "CHACHA20_POLY1305"),
    "SEAL_AES_128_CCM_SHA256": ("sha256", "AES_CCM_128"),
}

# cipher in <linux/tls.h> -> key size, cipher, bytes of the nonce that TLS 1.2 puts
# into the record (RFC 5288 3, RFC 6655 3, RFC 7905 2)
CIPHERS = {
    "AES_GCM_128": (16, AESGCM, 8),
    "AES_GCM_256": (32, AESGCM, 8),
    "CHACHA20_POLY1305": (32, ChaCha20Poly1305, 0),
    "AES_CCM_128": (16, AESCCM, 8),
}

# RFC 8448 3: {client} and {server} derive write traffic keys for application data
RFC8448_CLIENT = {
    "secret": "9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5",
    "key": "17422dda596ed5d9acd890e3c63f5051",
    "iv": "5b78923dee08579033e523d9",
}
RFC8448_SERVER = {
    "secret": "a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643",
    "key": "9f02283b6c9c07efc26bb9f2ac92e356",
    "iv": "cf782b88dd83549aadf1e984",
}

# RFC 8448 3: complete records; the sequence number 0 of the server was a ticket's
RFC8448_DATA = bytes(range(50))
RFC8448_RECORDS = {
    ("rfc8448_client", 0, DATA, RFC8448_DATA): """
        1703030043 a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b
        9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292a2977014bd1e3deae63aee
        bb21694915e4""",
    ("rfc8448_client", 1, ALERT, CLOSE_NOTIFY): """
        1703030013 c9872760655666b74d7ff1153efd6db6d0b0e3""",
    ("rfc8448_server", 1, DATA, RFC8448_DATA): """
        1703030043 2e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e3
        0efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0a21c0047c2abf332540dd0
        32e167c2955d""",
    ("rfc8448_server", 2, ALERT, CLOSE_NOTIFY): """
        1703030013 b58fd67166ebf599d24720cfbe7efa7a8864a9""",
}


def expand_label(digest, secret, label, size):
    """HKDF-Expand-Label(secret, label, "", size), RFC 8446 7.1, RFC 5869 2.3"""
    label = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(label)]) + label + b"\0"
    out = block = b""
    while len(out) < size:
        count = bytes([len(out) // hashlib.new(digest).digest_size + 1])
        block = hmac.new(secret, block + info + count, digest).digest()
        out += block
    return out[:size]


class Key13:
    """Key and IV of TLS 1.3"""
    version = "SEAL_VERSION_TLS13"

    def __init__(self, cipher, key, iv):
        self.cipher, self.key, self.iv = cipher, key, iv

    def nonce(self, seq):
        """RFC 8446 5.3"""
        return (int.from_bytes(self.iv, "big") ^ seq).to_bytes(12, "big")

    def given_nonce(self, _):
        """What a program gives to the kernel: that of sequence number 0"""
        return self.iv

    def seal(self, seq, content_type, payload, padding):
        """A complete TLSCiphertext, RFC 8446 5.2 to 5.4"""
        inner = payload + bytes([content_type]) + bytes(padding)
        header = bytes([DATA, 3, 3]) + (len(inner) + 16).to_bytes(2, "big")
        cipher = CIPHERS[self.cipher][1](self.key)
        return header + cipher.encrypt(self.nonce(seq), inner, header)


class Generation(Key13):
    """A traffic secret, the key and the IV derived from it"""

    def __init__(self, suite, secret):
        self.suite, self.secret = suite, secret
        self.digest, cipher = SUITES[suite]
        key = expand_label(self.digest, secret, b"key", CIPHERS[cipher][0])
        super().__init__(
            cipher, key, expand_label(self.digest, secret, b"iv", 12))

    def next(self):
        """RFC 8446 7.2"""
        size = len(self.secret)
        return Generation(
            self.suite, expand_label(self.digest, self.secret, b"traffic upd", size))


class Key12(Key13):
    """Key and IV of TLS 1.2"""
    version = "SEAL_VERSION_TLS12"

    def nonce(self, seq):
        """RFC 7905 2, or a counter that begins anywhere (RFC 5288 3)"""
        explicit = CIPHERS[self.cipher][2]
        if not explicit:
            return super().nonce(seq)
        counter = (int.from_bytes(self.iv[4:], "big") + seq) % 2**64
        return self.iv[:4] + counter.to_bytes(explicit, "big")

    def given_nonce(self, seq):
        """That of this sequence number, if it is explicit"""
        return self.nonce(seq if CIPHERS[self.cipher][2] else 0)

    def seal(self, seq, content_type, payload, _):
        """A complete TLSCiphertext, RFC 5246 6.2.3.3"""
        explicit = self.nonce(seq)[12 - CIPHERS[self.cipher][2]:]
        start = bytes([content_type, 3, 3])
        aad = seq.to_bytes(8, "big") + start + len(payload).to_bytes(2, "big")
        cipher = CIPHERS[self.cipher][1](self.key)
        sealed = explicit + cipher.encrypt(self.nonce(seq), payload, aad)
        return start + len(sealed).to_bytes(2, "big") + sealed


def made_up(suite):
    """A secret without a meaning: the hash of the suite's name"""
    return hashlib.new(SUITES[suite][0], suite.encode()).digest()


def make_secrets():
    rfc, aes256, chacha, ccm = SUITES
    secrets = {
        "rfc8448_client": (rfc, bytes.fromhex(RFC8448_CLIENT["secret"])),
        "rfc8448_server": (rfc, bytes.fromhex(RFC8448_SERVER["secret"])),
        "aes_128_gcm": (rfc, made_up(rfc)),
        "aes_256_gcm": (aes256, made_up(aes256)),
        "chacha20_poly1305": (chacha, made_up(chacha)),
        "aes_128_ccm": (ccm, made_up(ccm)),
    }
    return {
        name: (first := Generation(*args), first.next())
        for name, args in secrets.items()
    }


def make_records(secrets):
    """(name, secret or None, generation, key, seq, type, payload, padding)"""
    for secret, seq, content_type, payload in RFC8448_RECORDS:
        what = "data" if content_type == DATA else "alert"
        yield (f"{secret}_{what}", secret, 0, secrets[secret][0], seq, content_type,
               payload, 0)
    for secret in list(secrets)[2:]:
        key, updated = secrets[secret]
        for what, *record in some_records(2**64 - 2, 31):
            yield f"{secret}_{what}", secret, 0, key, *record
        yield f"{secret}_updated", secret, 1, updated, 0, DATA, TEXT, 3
    for cipher, (size, *_) in CIPHERS.items():
        digest = hashlib.sha512(cipher.encode()).digest()
        key = Key12(cipher, digest[:size], digest[-12:])
        for what, *record in some_records(2**64 - 2, 0):
            yield f"tls12_{cipher.lower()}_{what}", None, 0, key, *record


def some_records(last, padding):
    """(what, seq, type, payload, padding)"""
    yield "data", 0, DATA, TEXT, 0
    yield "alert", 2**32, ALERT, CLOSE_NOTIFY, 0
    yield "empty", 2**63, DATA, b"", padding
    yield "last", last, HANDSHAKE, b"\x18", 0


def check_rfc8448(secrets):
    for name, want in ("client", RFC8448_CLIENT), ("server", RFC8448_SERVER):
        made = secrets[f"rfc8448_{name}"][0]
        assert made.key.hex() == want["key"] and made.iv.hex() == want["iv"]
    for (name, seq, content_type, payload), want in RFC8448_RECORDS.items():
        made = secrets[name][0].seal(seq, content_type, payload, 0)
        assert made == bytes.fromhex(want), name


def c_bytes(field, data):
    """An initialiser of an array of u8, seventeen bytes a line"""
    chunks = [data[i:i + 17] for i in range(0, len(data), 17)] or [b""]
    lines = ['"' + "".join(f"\\x{b:02x}" for b in c) + '"' for c in chunks]
    if len(lines) == 1 and len(field + lines[0]) < 78:
        return f"\t\t.{field} = {lines[0]},\n"
    return f"\t\t.{field} =\n\t\t  " + "\n\t\t  ".join(lines) + ",\n"


def c_secret(name, generations):
    text = f'\t{{\n\t\t.name = "{name}",\n\t\t.suite = {generations[0].suite},\n'
    for i, generation in enumerate(generations):
        for field in "secret", "key", "iv":
            text += c_bytes(f"generation[{i}].{field}", getattr(generation, field))
    return text + "\t},\n"


def c_record(names, record):
    name, secret, generation, key, seq, content_type, payload, padding = record
    sealed = key.seal(seq, content_type, payload, padding)
    text = f'\t{{\n\t\t.name = "{name}",\n'
    text += f"\t\t.version = {key.version}, .cipher = TLS_CIPHER_{key.cipher},\n"
    if secret:
        text += f"\t\t.secret = &seal_test_secrets[{names.index(secret)}], "
        text += f".generation = {generation},\n"
    text += c_bytes("key", key.key) + c_bytes("nonce", key.given_nonce(seq))
    text += f"\t\t.seq = {seq:#x}ULL, .type = {content_type}, .padding = {padding},\n"
    text += f"\t\t.payload_len = {len(payload)}, .record_len = {len(sealed)},\n"
    return text + c_bytes("payload", payload) + c_bytes("record", sealed) + "\t},\n"


def c_file(what, includes, kind, name, values):
    """A file of one array"""
    return f"""// SPDX-License-Identifier: GPL-2.0
/*
 * Known answers for {what}, made by
 * selftests/kunit/vectors.py with another implementation; those called
 * rfc8448 are the ones of RFC 8448 3.
 */
{includes}#include "tests.h"

const struct {kind} {name}[{name.upper()}] = {{
{"".join(values)}}};
"""


def main():
    folder = pathlib.Path(sys.argv[1])
    secrets = make_secrets()
    check_rfc8448(secrets)
    (folder / "secrets.c").write_text(c_file(
        "the key schedule", "", "seal_test_secret", "seal_test_secrets",
        [c_secret(*item) for item in secrets.items()]))
    (folder / "records.c").write_text(c_file(
        "the ciphers", "#include <uapi/linux/tls.h>\n\n", "seal_test_record",
        "seal_test_records",
        [c_record(list(secrets), record) for record in make_records(secrets)]))


main()
