// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Questions to an application enter; configurations that ask them, and answers, leave.
 */
#include <stdio.h>
#include <string.h>

#include <openssl/pem.h>

#include "asker.h"

/* ------------------------------------------------------- configurations */

static void choose(struct asker *asker)
{
	assert_int_equal(seal_conn_use_config(asker->conn, asker->choice), 0);
}

static int select_config(struct seal_conn *conn, void *arg)
{
	struct asker *asker = arg;

	asker->calls++;
	asker->conn = conn;
	if (asker->later)
		return SEAL_WANT_ANSWER;
	if (asker->choice)
		choose(asker);
	return asker->answer;
}

static void install_select(struct seal_config *cfg, struct asker *asker)
{
	assert_int_equal(seal_config_set_select(cfg, select_config, asker), 0);
}

/* ------------------------------------------------------------- verdicts */

static void judge(struct asker *asker)
{
	const void *der;
	size_t len;

	/* it is still there to be looked at */
	assert_int_equal(seal_conn_peer_certificate(asker->conn, 0, &der, &len), 0);
}

static int verify(struct seal_conn *conn, void *arg)
{
	struct asker *asker = arg;

	asker->calls++;
	asker->conn = conn;
	judge(asker);
	return asker->later ? SEAL_WANT_ANSWER : asker->answer;
}

static void install_verify(struct seal_config *cfg, struct asker *asker)
{
	seal_config_set_verify(cfg, verify, asker);
}

/* ------------------------------------------------------------ signatures */

static EVP_PKEY *read_key(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key;

	assert_non_null(file);
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	assert_non_null(key);
	fclose(file);
	return key;
}

void asker_make_signature(struct asker *asker)
{
	const struct seal_span text = { asker->text, asker->text_len };
	EVP_PKEY *key = read_key(asker->id->key);
	EVP_MD_CTX *signer = seal_signer_new(key, asker->scheme);
	uint8_t signature[SEAL_SIGNATURE_MAX];
	size_t len;

	assert_non_null(signer);
	assert_int_equal(seal_signer_sign(signer, text, signature, &len), 0);
	seal_signer_free(signer);
	assert_int_equal(seal_conn_set_signature(asker->conn, signature, len), 0);
	EVP_PKEY_free(key);
}

int asker_sign(struct seal_conn *conn, uint16_t scheme, const void *text, size_t len,
	       void *arg)
{
	struct asker *asker = arg;

	asker->calls++;
	asker->conn = conn;
	asker->scheme = seal_scheme_find(scheme);
	assert_non_null(asker->scheme);
	assert_true(len <= sizeof(asker->text));
	memcpy(asker->text, text, len);
	asker->text_len = len;
	if (asker->later)
		return SEAL_WANT_ANSWER;
	if (!asker->answer)
		asker_make_signature(asker);
	return asker->answer;
}

static void install_signer(struct seal_config *cfg, struct asker *asker)
{
	asker->id = cfg->side == SEAL_CLIENT ? pki_client(SEAL_KEY_P256) :
					       pki_identity(SEAL_KEY_P256);
	seal_cred_free(cfg->creds);
	cfg->creds = NULL;
	assert_int_equal(seal_config_add_certificate_signer(cfg, asker->id->chain,
							    asker_sign, asker), 0);
}

/* ------------------------------------------------------------------ all */

const struct question asker_questions[ASKER_QUESTIONS] = {
	{ "server_config", SEAL_ASKS_CONFIG, SEAL_SERVER, SEAL_E_NO_ANSWER,
	  false, install_select, choose },
	{ "server_verdict", SEAL_ASKS_VERDICT, SEAL_SERVER, SEAL_E_CERTIFICATE_UNKNOWN,
	  true, install_verify, judge },
	{ "client_verdict", SEAL_ASKS_VERDICT, SEAL_CLIENT, SEAL_E_CERTIFICATE_UNKNOWN,
	  true, install_verify, judge },
	{ "server_signature", SEAL_ASKS_SIGNATURE, SEAL_SERVER, SEAL_E_NO_ANSWER,
	  false, install_signer, asker_make_signature },
	{ "client_signature", SEAL_ASKS_SIGNATURE, SEAL_CLIENT, SEAL_E_NO_ANSWER,
	  true, install_signer, asker_make_signature },
};

static struct seal_config *new_asking_server(void)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ca_file(cfg, pki_ca()), 0);
	assert_int_equal(seal_config_set_client_auth(cfg,
						     SEAL_CLIENT_AUTH_REQUIRED), 0);
	/* nobody here reads on when the handshake is done */
	assert_int_equal(seal_config_set_tickets(cfg, 0, 0), 0);
	return cfg;
}

static struct seal_config *new_known_client(void)
{
	const struct identity *id = pki_client(SEAL_KEY_P256);
	struct seal_config *cfg = new_client_config();

	assert_int_equal(seal_config_set_certificate(cfg, id->chain, id->key), 0);
	return cfg;
}

/* One that lives to the end of the program: what may be chosen */
static struct seal_config *another_server(void)
{
	static struct seal_config *cfg;

	if (!cfg)
		cfg = new_asking_server();
	return cfg;
}

void asker_configure(const struct question *q, struct asker *asker,
		     struct seal_config **client, struct seal_config **server)
{
	*client = new_known_client();
	*server = new_asking_server();
	q->install(q->side == SEAL_CLIENT ? *client : *server, asker);
	asker->choice = another_server();
}

struct seal_conn *asker_conn(const struct question *q, const struct pair *pair)
{
	return q->side == SEAL_CLIENT ? pair->client : pair->server;
}

struct seal_conn *asker_peer(const struct question *q, const struct pair *pair)
{
	return q->side == SEAL_CLIENT ? pair->server : pair->client;
}

void asker_answer(const struct question *q, struct asker *asker)
{
	assert_int_equal(seal_conn_question(asker->conn), q->question);
	q->prepare(asker);
	assert_int_equal(seal_conn_answer(asker->conn, asker->answer), 0);
}

void asker_variants(struct variant variants[ASKER_QUESTIONS])
{
	for (size_t i = 0; i < ASKER_QUESTIONS; i++)
		variants[i] = (struct variant){ asker_questions[i].name,
						&asker_questions[i] };
}
