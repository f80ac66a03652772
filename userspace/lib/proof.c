// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What a peer's certificates have proved in a full handshake enters; whether that still
 * holds when it is resumed leaves, and the bytes that tickets and stores have of it.
 */
#include <string.h>

#include "private.h"

/* RFC 8446 4.6.1: a limit for how long ago the peer has signed last; seven days in ms */
#define AGE_MAX		UINT64_C(604800000)
/* Bits of a byte beside the type of what the peer sent */
#define VERIFIED	0x80
#define TYPES		(SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_X509) | \
			 SEAL_CERT_TYPE_BIT(SEAL_CERTIFICATE_RAW_KEY))

int seal_proof_set(struct seal_conn *conn)
{
	struct seal_proof *proof = &conn->proof;

	if (conn->peer_chain.len)
		proof->type = conn->peer_types;
	proof->verified = proof->type && !conn->cfg->insecure;
	proof->since = seal_session_now();
	return proof->verified ? seal_verify_trust(conn->cfg, proof->trust) : 0;
}

void seal_proof_take(struct seal_conn *conn, const struct seal_proof *proof,
		     struct seal_buf *chain)
{
	conn->proof = *proof;
	conn->peer_types = proof->type;
	conn->peer_chain = *chain;
	*chain = (struct seal_buf){ 0 };
}

void seal_proof_forget(struct seal_conn *conn)
{
	conn->proof = (struct seal_proof){ 0 };
	conn->peer_types = 0;
	seal_buf_free(&conn->peer_chain);
}

static bool is_trusted(const struct seal_proof *proof, const struct seal_config *cfg)
{
	uint8_t trust[SEAL_TRUST_SIZE];

	return !seal_verify_trust(cfg, trust) &&
	       !memcmp(proof->trust, trust, sizeof(trust));
}

bool seal_proof_holds(const struct seal_proof *proof, const struct seal_config *cfg,
		      uint64_t now)
{
	if (proof->since && now >= proof->since + AGE_MAX)
		return false;
	/* the application may hold SCTs against what it is asked about: nobody keeps them */
	if (cfg->verify && cfg->scts)
		return false;
	if (cfg->insecure)
		return true;
	return proof->verified && now < proof->until && is_trusted(proof, cfg);
}

static void write_u64(struct seal_writer *w, uint64_t value)
{
	seal_writer_u32(w, value >> 32);
	seal_writer_u32(w, value);
}

void seal_proof_write(const struct seal_proof *proof, const struct seal_buf *chain,
		      struct seal_writer *w)
{
	seal_writer_open(w, 3);
	if (proof->since) {
		seal_writer_u8(w, proof->type | (proof->verified ? VERIFIED : 0));
		write_u64(w, proof->since);
		write_u64(w, proof->until);
		seal_writer_bytes(w, proof->trust, sizeof(proof->trust));
		seal_writer_bytes(w, chain->data, chain->len);
	}
	seal_writer_close(w);
}

static uint64_t read_u64(struct seal_reader *r)
{
	uint64_t high = seal_reader_u32(r);

	return high << 32 | seal_reader_u32(r);
}

/* Vectors of 24 bits that are not empty, to the end */
static bool is_chain(struct seal_span bytes)
{
	struct seal_reader r;

	seal_reader_init(&r, bytes.data, bytes.len);
	while (r.left && !r.failed)
		seal_reader_vector(&r, 3, 1);
	return !r.failed;
}

int seal_proof_read(struct seal_reader *r, struct seal_proof *proof,
		    struct seal_buf *chain)
{
	struct seal_reader in = seal_reader_enter(r, 3, 0);
	struct seal_span bytes;
	uint8_t flags;

	if (in.failed)
		return SEAL_E_INVALID;
	if (!in.left)
		return 0;
	flags = seal_reader_u8(&in);
	proof->verified = flags & VERIFIED;
	proof->type = flags & TYPES;
	proof->since = read_u64(&in);
	proof->until = read_u64(&in);
	bytes = seal_reader_bytes(&in, sizeof(proof->trust));
	if (in.failed || flags & ~(VERIFIED | TYPES) || !proof->since)
		return SEAL_E_INVALID;
	/* of one type at most, and what is verified has one, as what is there has */
	if (proof->type == TYPES || (!proof->type && (proof->verified || in.left)))
		return SEAL_E_INVALID;
	memcpy(proof->trust, bytes.data, bytes.len);
	bytes = seal_reader_bytes(&in, in.left);
	return is_chain(bytes) ? seal_buf_append(chain, bytes.data, bytes.len) :
				 SEAL_E_INVALID;
}
