// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * What a server has to know again enters, a ticket that tells nobody else leaves; a
 * ticket enters, and what it says leaves if it is one of ours.
 *
 *	name of the key (16) | salt (16) | AES-256-GCM of the contents | tag (16)
 *
 * Each ticket has a key of its own, HMAC-SHA256(secret, label | salt), and so its nonce
 * is zero: a fleet that shares a secret need not agree on nonces.
 */
#include <string.h>

#include "private.h"

#define FORMAT		2	/* of the contents; the first byte of them */
#define SALT_SIZE	16
#define HEAD_SIZE	(SEAL_TICKET_NAME_SIZE + SALT_SIZE)
#define TICKET_MAX	5120	/* what is longer is none of ours */

static const uint8_t nonce[SEAL_IV_SIZE];

/* The cipher of one ticket, by the salt in its head */
static EVP_CIPHER_CTX *open_cipher(const struct seal_crypto *crypto,
				   const struct seal_ticket_key *key,
				   const uint8_t head[HEAD_SIZE], bool encrypt)
{
	static const char label[] = "sockseal ticket";
	const struct seal_span parts[] = {
		{ (const uint8_t *)label, sizeof(label) },
		{ head + SEAL_TICKET_NAME_SIZE, SALT_SIZE },
	};
	const struct seal_span secret = { key->secret, sizeof(key->secret) };
	EVP_MD_CTX *hmac = seal_hmac_new(crypto, SEAL_SHA256);
	uint8_t own[SEAL_HASH_MAX];
	EVP_CIPHER_CTX *ctx = NULL;

	if (hmac && !seal_hmac(hmac, secret, parts, 2, own))
		ctx = seal_aead_new(crypto, SEAL_AES_256_GCM, own, encrypt);
	seal_hmac_free(hmac);
	seal_crypto_wipe(own, sizeof(own));
	return ctx;
}

static int write_contents(const struct seal_ticket_key *key,
			  const struct seal_session *session,
			  struct seal_buf *ticket)
{
	uint8_t salt[SALT_SIZE];
	struct seal_writer w;
	int err;

	err = seal_crypto_random(salt, sizeof(salt));
	if (err)
		return err;
	seal_writer_init(&w, ticket);
	seal_writer_bytes(&w, key->name, sizeof(key->name));
	seal_writer_bytes(&w, salt, sizeof(salt));
	seal_writer_u8(&w, FORMAT);
	seal_session_write(session, &w);
	return seal_writer_finish(&w);
}

int seal_ticket_seal(const struct seal_config *cfg,
		     const struct seal_ticket_key *key,
		     const struct seal_session *session, struct seal_buf *ticket)
{
	EVP_CIPHER_CTX *ctx;
	int err;

	err = write_contents(key, session, ticket);
	if (err)
		return err;
	if (!seal_buf_reserve(ticket, SEAL_TAG_SIZE))
		return SEAL_E_NOMEM;
	ctx = open_cipher(&cfg->crypto, key, ticket->data, true);
	if (!ctx)
		return SEAL_E_CRYPTO;
	err = seal_aead_seal(ctx, nonce, (struct seal_span){ ticket->data, HEAD_SIZE },
			     ticket->data + HEAD_SIZE, ticket->len - HEAD_SIZE);
	seal_aead_free(ctx);
	if (!err)
		ticket->len += SEAL_TAG_SIZE;
	return err;
}

/* Authentic, but perhaps of another version of this library */
static int read_contents(const uint8_t *data, size_t len,
			 struct seal_session *session)
{
	struct seal_reader r;
	int err;

	seal_reader_init(&r, data, len);
	if (seal_reader_u8(&r) != FORMAT)
		return 0;
	err = seal_session_read(&r, session);
	if (err == SEAL_E_NOMEM)
		return err;
	return !err && !seal_reader_finish(&r);
}

static int decrypt(const struct seal_config *cfg, const struct seal_ticket_key *key,
		   struct seal_buf *ticket, struct seal_session *session)
{
	EVP_CIPHER_CTX *ctx = open_cipher(&cfg->crypto, key, ticket->data, false);
	size_t len = ticket->len - HEAD_SIZE - SEAL_TAG_SIZE;
	int err;

	if (!ctx)
		return SEAL_E_CRYPTO;
	err = seal_aead_open(ctx, nonce, (struct seal_span){ ticket->data, HEAD_SIZE },
			     ticket->data + HEAD_SIZE, len);
	seal_aead_free(ctx);
	if (err == SEAL_E_BAD_RECORD_MAC)
		return 0;
	return err ? err : read_contents(ticket->data + HEAD_SIZE, len, session);
}

int seal_ticket_open(const struct seal_config *cfg, struct seal_span ticket,
		     struct seal_session *session)
{
	struct seal_ticket_key key;
	struct seal_buf copy = { 0 };
	int err;

	if (ticket.len <= HEAD_SIZE + SEAL_TAG_SIZE || ticket.len > TICKET_MAX ||
	    !seal_ticket_keys_find(cfg->ticket_keys, ticket.data,
				   seal_session_now() / 1000, &key))
		return 0;
	err = seal_buf_append(&copy, ticket.data, ticket.len);
	if (!err)
		err = decrypt(cfg, &key, &copy, session);
	seal_buf_free(&copy);
	seal_crypto_wipe(&key, sizeof(key));
	return err;
}
