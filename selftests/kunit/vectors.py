#!/usr/bin/env python3
# SPDX-License-Identifier: MIT OR GPL-2.0
#
# In:  nothing; Debian's python3-cryptography does the ciphers, hmac the rest.
# Out: kernel/tests/vectors.c on standard output: traffic secrets with what RFC
#      8446 7.2 and 7.3 derive from them, and records sealed with that.
#
# Before anything is printed, what RFC 8448 says of its trace is compared with what
# is computed here.  The file is kept in the tree, so that the tests of the kernel
# need no python; run this again only to change it:
#
#	selftests/kunit/vectors.py >kernel/tests/vectors.c

import hashlib
import hmac

from cryptography.hazmat.primitives.ciphers.aead import AESGCM, ChaCha20Poly1305

ALERT, HANDSHAKE, DATA = 21, 22, 23
CLOSE_NOTIFY = bytes([1, 0])

# name in the uAPI header -> hash, key size, cipher (RFC 8446 B.4)
SUITES = {
    "SEAL_AES_128_GCM_SHA256": ("sha256", 16, AESGCM),
    "SEAL_AES_256_GCM_SHA384": ("sha384", 32, AESGCM),
    "SEAL_CHACHA20_POLY1305_SHA256": ("sha256", 32, ChaCha20Poly1305),
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


class Generation:
    """A traffic secret, the key and the IV derived from it"""

    def __init__(self, suite, secret):
        self.digest, key_size, self.cipher = SUITES[suite]
        self.suite = suite
        self.secret = secret
        self.key = expand_label(self.digest, secret, b"key", key_size)
        self.iv = expand_label(self.digest, secret, b"iv", 12)

    def next(self):
        """RFC 8446 7.2"""
        size = len(self.secret)
        return Generation(
            self.suite, expand_label(self.digest, self.secret, b"traffic upd", size))

    def seal(self, seq, content_type, payload, padding):
        """A complete TLSCiphertext, RFC 8446 5.2 to 5.4"""
        inner = payload + bytes([content_type]) + bytes(padding)
        header = bytes([DATA, 3, 3]) + (len(inner) + 16).to_bytes(2, "big")
        nonce = int.from_bytes(self.iv, "big") ^ seq
        cipher = self.cipher(self.key)
        return header + cipher.encrypt(nonce.to_bytes(12, "big"), inner, header)


def made_up(suite):
    """A secret without a meaning: the hash of the suite's name"""
    return hashlib.new(SUITES[suite][0], suite.encode()).digest()


def make_secrets():
    rfc, aes256, chacha = SUITES
    secrets = {
        "rfc8448_client": (rfc, bytes.fromhex(RFC8448_CLIENT["secret"])),
        "rfc8448_server": (rfc, bytes.fromhex(RFC8448_SERVER["secret"])),
        "aes_128_gcm": (rfc, made_up(rfc)),
        "aes_256_gcm": (aes256, made_up(aes256)),
        "chacha20_poly1305": (chacha, made_up(chacha)),
    }
    return {
        name: (first := Generation(*args), first.next())
        for name, args in secrets.items()
    }


def make_records():
    """(name, secret, generation, seq, type, payload, padding)"""
    for secret, seq, content_type, payload in RFC8448_RECORDS:
        what = "data" if content_type == DATA else "alert"
        yield f"{secret}_{what}", secret, 0, seq, content_type, payload, 0
    for secret in "aes_128_gcm", "aes_256_gcm", "chacha20_poly1305":
        yield f"{secret}_data", secret, 0, 0, DATA, RFC8448_DATA, 0
        yield f"{secret}_alert", secret, 0, 2**32, ALERT, CLOSE_NOTIFY, 0
        yield f"{secret}_padding_only", secret, 0, 2**63, DATA, b"", 31
        yield f"{secret}_last", secret, 0, 2**64 - 2, HANDSHAKE, b"\x18", 0
        yield f"{secret}_updated", secret, 1, 0, DATA, RFC8448_DATA, 3


def check_rfc8448(secrets):
    for name, want in ("client", RFC8448_CLIENT), ("server", RFC8448_SERVER):
        made = secrets[f"rfc8448_{name}"][0]
        assert made.key.hex() == want["key"] and made.iv.hex() == want["iv"]
    for (name, seq, content_type, payload), want in RFC8448_RECORDS.items():
        made = secrets[name][0].seal(seq, content_type, payload, 0)
        assert made == bytes.fromhex(want), name


def c_bytes(field, data):
    """An initialiser of an array of u8, twelve bytes a line"""
    chunks = [data[i:i + 12] for i in range(0, len(data), 12)]
    lines = ['\t\t  "' + "".join(f"\\x{b:02x}" for b in c) + '"' for c in chunks]
    return f"\t\t.{field} =\n" + ("\n".join(lines) or '\t\t  ""') + ",\n"


def print_secret(name, generations):
    print(f'\t{{\n\t\t.name = "{name}",\n\t\t.suite = {generations[0].suite},')
    for i, generation in enumerate(generations):
        for field in "secret", "key", "iv":
            data = getattr(generation, field)
            print(c_bytes(f"generation[{i}].{field}", data), end="")
    print("\t},")


def print_record(names, secrets, record):
    name, secret, generation, seq, content_type, payload, padding = record
    sealed = secrets[secret][generation].seal(seq, content_type, payload, padding)
    print(f'\t{{\n\t\t.name = "{name}",')
    print(f"\t\t.secret = &seal_test_secrets[{names.index(secret)}],")
    print(f"\t\t.generation = {generation},\n\t\t.seq = {seq:#x}ULL,")
    print(f"\t\t.type = {content_type},\n\t\t.padding = {padding},")
    print(f"\t\t.payload_len = {len(payload)},")
    print(c_bytes("payload", payload), end="")
    print(f"\t\t.record_len = {len(sealed)},")
    print(c_bytes("record", sealed), end="")
    print("\t},")


def main():
    secrets = make_secrets()
    check_rfc8448(secrets)
    print("// SPDX-License-Identifier: GPL-2.0")
    print("/*\n * Known answers for the key schedule and the ciphers, made by")
    print(" * selftests/kunit/vectors.py with another implementation; those called")
    print(" * rfc8448 are the ones of RFC 8448 3.\n */")
    print('#include "tests.h"\n')
    print("const struct seal_test_secret seal_test_secrets[SEAL_TEST_SECRETS] = {")
    for name, generations in secrets.items():
        print_secret(name, generations)
    print("};\n")
    print("const struct seal_test_record seal_test_records[SEAL_TEST_RECORDS] = {")
    for record in make_records():
        print_record(list(secrets), secrets, record)
    print("};")


main()
