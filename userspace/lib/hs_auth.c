// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The messages by which either side says who it is: CertificateRequest, Certificate
 * and CertificateVerify enter and leave (RFC 8446 4.3.2, 4.4.2, 4.4.3).
 */
#include <string.h>

#include "private.h"

/*
 * RFC 8446 4.2.3: PKCS#1 is for certificates alone, not for CertificateVerify, so what
 * we take for certificates has a list of its own.
 */
static const struct {
	uint16_t	id;
	uint16_t	like;		/* taken if this one is */
} certificate_only[] = {
	{ 0x0401, 0x0804 },	/* rsa_pkcs1_sha256, rsa_pss_rsae_sha256 */
	{ 0x0501, 0x0805 },	/* rsa_pkcs1_sha384, rsa_pss_rsae_sha384 */
	{ 0x0601, 0x0806 },	/* rsa_pkcs1_sha512, rsa_pss_rsae_sha512 */
};

/* ------------------------------------------------------------- requests */

static void write_schemes(const struct seal_config *cfg, struct seal_writer *w,
			  enum seal_ext ext, size_t more)
{
	seal_ext_open(w, ext);
	seal_writer_open(w, 2);
	for (size_t i = 0; i < cfg->schemes_len; i++)
		seal_writer_u16(w, cfg->schemes[i]);
	for (size_t i = 0; i < more; i++)
		if (seal_policy_scheme(cfg, certificate_only[i].like))
			seal_writer_u16(w, certificate_only[i].id);
	seal_writer_close(w);
	seal_writer_close(w);
}

void seal_auth_write_schemes(const struct seal_config *cfg, struct seal_writer *w)
{
	write_schemes(cfg, w, SEAL_EXT_SIGNATURE_ALGORITHMS, 0);
	write_schemes(cfg, w, SEAL_EXT_SIGNATURE_ALGORITHMS_CERT,
		      SEAL_ARRAY_SIZE(certificate_only));
}

/* RFC 8446 4.2.4: a list without names is not allowed; without the list, any CA */
void seal_auth_write_authorities(struct seal_writer *w, const struct seal_buf *names)
{
	if (!names->len)
		return;
	seal_ext_open(w, SEAL_EXT_CERTIFICATE_AUTHORITIES);
	seal_writer_open(w, 2);
	seal_writer_bytes(w, names->data, names->len);
	seal_writer_close(w);
	seal_writer_close(w);
}

/* Nobody answers for a raw public key; a status that cannot be verified is of no use */
static unsigned int wanted_staples(const struct seal_conn *conn)
{
	const struct seal_cert_type *type = seal_cert_type_of_peer(conn);
	const struct seal_config *cfg = conn->cfg;
	unsigned int mask = 0;

	if (type && !type->exts)
		return 0;
	if (cfg->scts)
		mask |= SEAL_STAPLE_BIT(SEAL_STAPLE_SCT);
	if (!cfg->insecure && cfg->store && cfg->ocsp != SEAL_OCSP_NONE)
		mask |= SEAL_STAPLE_BIT(SEAL_STAPLE_OCSP);
	return mask;
}

void seal_auth_write_wishes(struct seal_conn *conn, struct seal_writer *w)
{
	enum seal_ext_where where = conn->cfg->side == SEAL_CLIENT ?
		SEAL_IN_CLIENT_HELLO : SEAL_IN_CERTIFICATE_REQUEST;

	conn->offered |= seal_staple_write_requests(w, where,
						    wanted_staples(conn));
	if (!(conn->cfg->compression & SEAL_COMPRESS_RECEIVE))
		return;
	conn->offered |= SEAL_EXT_BIT(SEAL_EXT_COMPRESS_CERTIFICATE);
	seal_compress_write_request(w);
}

int seal_auth_send_request(struct seal_conn *conn)
{
	struct seal_writer w;

	if (conn->cfg->client_auth == SEAL_CLIENT_AUTH_NONE || !conn->peer_types)
		return 0;
	conn->cert_requested = true;
	seal_hs_open(conn, &w, SEAL_MSG_CERTIFICATE_REQUEST);
	/* RFC 8446 4.3.2: the context is empty during the handshake */
	seal_writer_u8(&w, 0);
	seal_writer_open(&w, 2);
	seal_auth_write_schemes(conn->cfg, &w);
	seal_auth_write_authorities(&w, &conn->cfg->authorities);
	seal_auth_write_wishes(conn, &w);
	seal_writer_close(&w);
	return seal_hs_close(conn, &w);
}

int seal_auth_on_request(struct seal_conn *conn, const struct seal_message *msg)
{
	struct seal_certificate_request request;
	int err;

	err = seal_certificate_request_parse(msg->body, &request);
	if (err)
		return err;
	/* RFC 8446 4.3.2: the context is empty during the handshake */
	if (request.context.len)
		return SEAL_E_ILLEGAL_PARAMETER;
	if (!seal_ext_has(&request.exts, SEAL_EXT_SIGNATURE_ALGORITHMS))
		return SEAL_E_MISSING_EXTENSION;
	err = seal_cred_select(conn, &request.exts);
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	conn->cert_requested = true;
	return err ? err : SEAL_HS_WAIT_CERTIFICATE;
}

/* ----------------------------------------------------------- what we send */

int seal_auth_signed_text(struct seal_conn *conn, enum seal_side signer,
			  uint8_t text[SEAL_SIGNED_MAX], size_t *len)
{
	/* with the zero byte that ends it */
	static const char client[] = "TLS 1.3, client CertificateVerify";
	static const char server[] = "TLS 1.3, server CertificateVerify";
	uint8_t *p = text;

	memset(p, ' ', 64);
	p += 64;
	memcpy(p, signer == SEAL_CLIENT ? client : server, sizeof(server));
	p += sizeof(server);
	*len = p - text + conn->keysched.size;
	return seal_transcript_hash(&conn->transcript, p);
}

static struct seal_span signature_of(const struct seal_conn *conn)
{
	return (struct seal_span){ conn->signature.data, conn->signature.len };
}

static int sign(struct seal_conn *conn, struct seal_span text)
{
	uint8_t signature[SEAL_SIGNATURE_MAX];
	size_t len;
	int err;

	err = seal_signer_sign(conn->cred->signers[conn->scheme - seal_schemes],
			       text, signature, &len);
	return err ? err : seal_buf_append(&conn->signature, signature, len);
}

int seal_auth_ask_signature(struct seal_conn *conn, int *answer)
{
	const struct seal_cred *cred = conn->cred;
	uint8_t bytes[SEAL_SIGNED_MAX];
	struct seal_span text = { bytes, 0 };
	int err;

	err = seal_auth_signed_text(conn, conn->cfg->side, bytes, &text.len);
	if (err || !cred->sign)
		return err ? err : sign(conn, text);
	*answer = cred->sign(conn, conn->scheme->id, text.data, text.len,
			     cred->sign_arg);
	return 0;
}

/* What others have signed may be wrong, and the peer is to know of no such thing */
static int check_signature(struct seal_conn *conn)
{
	uint8_t bytes[SEAL_SIGNED_MAX];
	struct seal_span text = { bytes, 0 };
	int err;

	err = seal_auth_signed_text(conn, conn->cfg->side, bytes, &text.len);
	if (err)
		return err;
	err = seal_key_verify(conn->cred->key, conn->scheme, text, signature_of(conn));
	if (err == SEAL_E_DECRYPT_ERROR)
		return seal_conn_fail(conn, SEAL_E_KEY_MISMATCH,
				      "what the application signed");
	return err;
}

int seal_auth_send_verify(struct seal_conn *conn)
{
	const struct seal_span signature = signature_of(conn);
	struct seal_writer w;
	int err = conn->cred->sign ? check_signature(conn) : 0;

	if (err)
		return err;
	seal_hs_open(conn, &w, SEAL_MSG_CERTIFICATE_VERIFY);
	seal_writer_u16(&w, conn->scheme->id);
	seal_writer_open(&w, 2);
	seal_writer_bytes(&w, signature.data, signature.len);
	seal_writer_close(&w);
	seal_buf_free(&conn->signature);
	return seal_hs_close(conn, &w);
}

/* The application's, while it is asked */
int seal_conn_set_signature(struct seal_conn *conn, const void *signature, size_t len)
{
	if (!seal_answer_is_open(conn, SEAL_ASKS_SIGNATURE) || len > SEAL_SIGNATURE_MAX)
		return SEAL_E_INVALID;
	seal_buf_truncate(&conn->signature, 0);
	return seal_buf_append(&conn->signature, signature, len);
}

/* RFC 8446 4.4.2: a client without a suitable one says so, and signs nothing */
static int send_no_certificate(struct seal_conn *conn)
{
	struct seal_writer w;

	seal_hs_open(conn, &w, SEAL_MSG_CERTIFICATE);
	seal_writer_u8(&w, 0);
	seal_writer_open(&w, 3);
	seal_writer_close(&w);
	return seal_hs_close(conn, &w);
}

int seal_auth_send(struct seal_conn *conn)
{
	if (!conn->cred)
		return send_no_certificate(conn);
	return seal_hs_append(conn, seal_cred_message(conn, seal_session_now() / 1000));
}

/* ------------------------------------------------------ what the peer sends */

/* RFC 8446 4.4.2.4: a server has to have one, a client if we insist */
static int on_no_certificate(struct seal_conn *conn,
			     const struct seal_message *msg)
{
	int err;

	if (conn->cfg->side == SEAL_CLIENT)
		return seal_conn_fail(conn, SEAL_E_DECODE_ERROR,
				      "no certificate");
	if (conn->cfg->client_auth == SEAL_CLIENT_AUTH_REQUIRED)
		return SEAL_E_CERTIFICATE_REQUIRED;
	err = seal_proof_set(conn);
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	return err ? err : SEAL_HS_WAIT_CLIENT_FINISHED;
}

static int keep_staples(struct seal_conn *conn,
			const struct seal_certificate *chain)
{
	int err = 0;

	for (size_t i = 0; i < SEAL_STAPLES && !err; i++)
		if (chain->staples[i].len)
			err = seal_buf_append(&conn->peer_staples[i],
					      chain->staples[i].data,
					      chain->staples[i].len);
	return err;
}

/* For the application, which may ask when the message is long gone */
static int keep_chain(struct seal_conn *conn,
		      const struct seal_certificate *chain)
{
	struct seal_writer w;

	seal_writer_init(&w, &conn->peer_chain);
	for (size_t i = 0; i < chain->count; i++) {
		seal_writer_open(&w, 3);
		seal_writer_bytes(&w, chain->certs[i].data, chain->certs[i].len);
		seal_writer_close(&w);
	}
	return seal_writer_finish(&w);
}

int seal_auth_on_certificate(struct seal_conn *conn,
			     const struct seal_message *msg)
{
	const struct seal_cert_type *type = seal_cert_type_of_peer(conn);
	struct seal_certificate chain;
	int err;

	err = seal_certificate_parse(msg->body, conn->offered & type->exts, &chain);
	if (err)
		return err;
	/* RFC 8446 4.4.2: of a server always empty, of a client that of the request */
	if (chain.context.len)
		return SEAL_E_ILLEGAL_PARAMETER;
	if (!chain.count)
		return on_no_certificate(conn, msg);
	err = keep_chain(conn, &chain);
	if (!err)
		err = keep_staples(conn, &chain);
	if (!err)
		err = type->verify(conn, &chain);
	return err ? err : SEAL_HS_ASK_VERDICT;
}

/* In addition to what we verify: the application may know more */
int seal_auth_ask_verdict(struct seal_conn *conn, int *answer)
{
	const struct seal_config *cfg = conn->cfg;

	if (cfg->verify && conn->peer_chain.len)
		*answer = cfg->verify(conn, cfg->verify_arg);
	return 0;
}

/* Where nobody can wait for the answer */
bool seal_auth_has_approval(struct seal_conn *conn)
{
	int answer = 0;

	return !seal_auth_ask_verdict(conn, &answer) && !answer;
}

int seal_auth_on_verdict(struct seal_conn *conn, const struct seal_message *msg)
{
	int err = seal_transcript_add(&conn->transcript, msg->raw);

	if (!err)
		err = seal_proof_set(conn);
	if (err)
		return err;
	return conn->cfg->side == SEAL_CLIENT ?
	       SEAL_HS_WAIT_CERTIFICATE_VERIFY :
	       SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY;
}

/* RFC 8879 4: as if it had come uncompressed, but that it is hashed as it came */
int seal_auth_on_compressed(struct seal_conn *conn, const struct seal_message *msg)
{
	struct seal_message plain = { SEAL_MSG_CERTIFICATE, msg->raw, { 0 } };
	struct seal_buf body = { 0 };
	int err;

	if (!(conn->offered & SEAL_EXT_BIT(SEAL_EXT_COMPRESS_CERTIFICATE)))
		return seal_conn_fail(conn, SEAL_E_UNEXPECTED_MESSAGE,
				      "a certificate that is compressed unasked");
	err = seal_decompress(conn, msg->body, &body);
	plain.body = (struct seal_span){ body.data, body.len };
	if (!err)
		err = seal_auth_on_certificate(conn, &plain);
	seal_buf_free(&body);
	return err;
}

int seal_auth_on_verify(struct seal_conn *conn, const struct seal_message *msg)
{
	bool client = conn->cfg->side == SEAL_CLIENT;
	struct seal_certificate_verify verify;
	const struct seal_scheme *scheme;
	uint8_t text[SEAL_SIGNED_MAX];
	size_t len;
	int err;

	err = seal_certificate_verify_parse(msg->body, &verify);
	if (err)
		return err;
	/* RFC 8446 4.4.3: an offered one that fits the key; PKCS#1 never */
	scheme = seal_policy_scheme(conn->cfg, verify.scheme);
	if (!scheme || scheme->key != seal_key_kind(conn->peer_key))
		return seal_conn_fail(conn, SEAL_E_ILLEGAL_PARAMETER,
				      "signature scheme 0x%04x", verify.scheme);
	err = seal_auth_signed_text(conn, client ? SEAL_SERVER : SEAL_CLIENT,
				    text, &len);
	if (!err)
		err = seal_key_verify(conn->peer_key, scheme,
				      (struct seal_span){ text, len },
				      verify.signature);
	if (!err)
		err = seal_transcript_add(&conn->transcript, msg->raw);
	if (err)
		return err;
	conn->peer_scheme = scheme;
	return client ? SEAL_HS_WAIT_SERVER_FINISHED :
			SEAL_HS_WAIT_CLIENT_FINISHED;
}
