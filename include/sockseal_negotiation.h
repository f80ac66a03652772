/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * libsockseal: what two ends agree on.  Policies, signature schemes, and how long records
 * may be.
 *
 * A part of sockseal.h, whose conventions hold.
 */
#ifndef SOCKSEAL_NEGOTIATION_H
#define SOCKSEAL_NEGOTIATION_H

#include "sockseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------------- policies */

/**
 * seal_config_set_policy() - suites, groups, signature schemes and RSA sizes at once
 * @name:	"default-2026", which a new configuration has: what is safe and everybody
 *		has; "strict-2026": 192 bits of strength or more, no P-256, no AES-128,
 *		RSA keys of 3072 bits; "compat-2026": all that is safe, also for peers
 *		that have little else
 *
 * Of what a policy names, a configuration has what is in this libcrypto.  A policy of a name
 * never changes; seal_config_new() may use another one in the next release.
 * Documentation/handshake.rst has them as a table.  Setters that are called later change
 * their list alone.
 *
 * It holds for either end: own certificates with a shorter RSA key, or one that fits none
 * of the signature schemes, are not sent; a peer's are SEAL_E_BAD_CERTIFICATE.
 *
 * Return: 0, SEAL_E_INVALID (no policy of this name, and seal_config_error() says which
 * there are; in use).
 */
int seal_config_set_policy(struct seal_config *cfg, const char *name);

/** seal_policy_name() - name of policy number @index from 0, NULL behind the last one */
const char *seal_policy_name(size_t index);

/**
 * seal_config_set_signature_schemes() - signatures, most preferred first (RFC 8446 4.2.3)
 * @schemes:	wire numbers, copied: 0x0403, 0x0503, 0x0603 ECDSA with P-256, P-384, P-521;
 *		0x0807 Ed25519, 0x0808 Ed448; 0x0804, 0x0805, 0x0806 RSASSA-PSS with
 *		SHA-256, SHA-384, SHA-512, 0x0809, 0x080a, 0x080b the same for keys that are
 *		for PSS alone; 0x0904, 0x0905, 0x0906 ML-DSA-44, -65, -87 (FIPS 204), where
 *		libcrypto has it (3.5 and later)
 * @count:	1 or more
 *
 * Those that the peer may sign with in CertificateVerify, and those that we sign with, as our
 * keys allow.  In signature_algorithms_cert PKCS#1 goes with RSASSA-PSS of the same hash.
 *
 * Return: 0, SEAL_E_INVALID (unknown, not in this libcrypto, twice, or none; in use).
 */
int seal_config_set_signature_schemes(struct seal_config *cfg, const uint16_t *schemes,
				      size_t count);

/** seal_scheme_name() - name of a signature scheme as IANA spells it, or NULL */
const char *seal_scheme_name(uint16_t scheme);

/* ----------------------------------------------------- size of records */

/*
 * Two extensions limit it, for ends that have little memory: max_fragment_length (RFC 6066
 * 4), and record_size_limit (RFC 8449), which has replaced it, with a limit of its own for
 * each direction.  A client asks for either or both, by default for none; a server gives
 * what it is asked for, record_size_limit if it is asked for both.  A resumed session
 * negotiates anew.
 *
 * The limits hold for the records of the handshake, and seal_conn_attach() sets that of
 * what we send as record_size of SEAL_POLICY in the kernel.  A record of the peer that is
 * too long ends the handshake with SEAL_E_RECORD_OVERFLOW, and so it does with records in
 * user space (sockseal_stream.h); after the handover the kernel takes records of any size
 * that TLS allows.
 */

/**
 * seal_config_set_max_fragment_length() - ask for short records (RFC 6066 4)
 * @cfg:	configuration of a client
 * @bytes:	most content that a record of either end may have: 512, 1024, 2048 or
 *		4096; 0: do not ask, which is the default
 *
 * A server that does not know the extension sends records of any size.  A client that
 * resumes a session should ask for what it asked before (RFC 6066 4): OpenSSL insists.
 *
 * Return: 0, SEAL_E_INVALID (another size, not a client's configuration, in use).
 */
int seal_config_set_max_fragment_length(struct seal_config *cfg, size_t bytes);

/**
 * seal_config_set_record_size_limit() - tell the peer what we take (RFC 8449)
 * @bytes:	most that a record for us may encrypt, content, type and padding: 64 to
 *		16385; 0: the default, no limit
 *
 * A client tells every server, and by default none; a server tells clients that have told
 * their limit, by default 16385, all that TLS allows.
 *
 * Return: 0, SEAL_E_INVALID (out of range, in use).
 */
int seal_config_set_record_size_limit(struct seal_config *cfg, size_t bytes);

/**
 * seal_conn_max_fragment_length() - what was negotiated by max_fragment_length
 *
 * Return: most content of a record of either end, in bytes; 0: nothing was negotiated, or
 * the handshake is not complete.
 */
size_t seal_conn_max_fragment_length(const struct seal_conn *conn);

/**
 * seal_conn_record_size_limit() - how long our records may be
 *
 * What the peer's record_size_limit says, or what max_fragment_length comes to.  A
 * program that sets a SEAL_POLICY of its own on the socket has to keep @record_size in
 * this limit.
 *
 * Return: most that we may encrypt in one record, content, type and padding, in bytes;
 * 0: neither extension was negotiated, or the handshake is not complete.
 */
size_t seal_conn_record_size_limit(const struct seal_conn *conn);

#ifdef __cplusplus
}
#endif

#endif /* SOCKSEAL_NEGOTIATION_H */
