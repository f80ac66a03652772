/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the files of the library share with each other and with the unit tests,
 * in handshake order.  Nothing here is exported from the shared object.
 */
#ifndef SOCKSEAL_PRIVATE_H
#define SOCKSEAL_PRIVATE_H

#include <stdarg.h>
#include <stdatomic.h>

#include <openssl/types.h>

#include "wire.h"

#define SEAL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

struct seal_conn;
struct seal_config;

/* ------------------------------------------------------------ suite.c */

#define SEAL_HASH_COUNT		2
enum seal_aead {
	SEAL_AES_128_GCM, SEAL_AES_256_GCM, SEAL_CHACHA20_POLY1305,
	SEAL_AEAD_COUNT
};

enum seal_key_kind {
	SEAL_KEY_UNKNOWN, SEAL_KEY_P256, SEAL_KEY_P384, SEAL_KEY_P521,
	SEAL_KEY_RSA, SEAL_KEY_RSA_PSS, SEAL_KEY_ED25519, SEAL_KEY_ED448,
	SEAL_KEY_KINDS
};

enum seal_kex_kind {
	SEAL_KEX_EC,		/* points, uncompressed (RFC 8446 4.2.8.2) */
	SEAL_KEX_X,		/* RFC 7748 */
	SEAL_KEX_FF,		/* RFC 7919 */
	SEAL_KEX_KEM,		/* hybrids with ML-KEM: the answer is a ciphertext */
};

struct seal_suite {
	uint16_t	id;
	const char	*name;
	enum seal_hash	hash;
	enum seal_aead	aead;
	size_t		key_len;
};

struct seal_group {
	uint16_t	id;
	const char	*name;
	enum seal_kex_kind kind;
	const char	*algorithm;	/* as libcrypto calls it */
	const char	*parameters;	/* likewise; NULL: the algorithm says it all */
	size_t		public_len;	/* of the client's share */
	size_t		answer_len;	/* of the server's */
	size_t		shared_len;
	bool		by_default;
};

/* A signature scheme of CertificateVerify (RFC 8446 4.2.3) */
struct seal_scheme {
	uint16_t		id;
	enum seal_key_kind	key;
	const char		*digest;	/* NULL: the algorithm has its own */
};

#define SEAL_SUITE_COUNT	3
#define SEAL_GROUP_COUNT	11
#define SEAL_SCHEME_COUNT	11

/* Most preferred first */
extern const struct seal_suite seal_suites[SEAL_SUITE_COUNT];
extern const struct seal_group seal_groups[SEAL_GROUP_COUNT];
extern const struct seal_scheme seal_schemes[SEAL_SCHEME_COUNT];

/* By wire number; NULL if not ours */
const struct seal_suite *seal_suite_find(uint16_t id);
const struct seal_group *seal_group_find(uint16_t id);
const struct seal_scheme *seal_scheme_find(uint16_t id);
size_t seal_hash_size(enum seal_hash hash);

/* ----------------------------------------------------------- crypto.c */

/* Algorithms fetched once per configuration; read-only afterwards */
struct seal_crypto {
	EVP_MD		*md[SEAL_HASH_COUNT];
	EVP_CIPHER	*aead[SEAL_AEAD_COUNT];
	bool		 groups[SEAL_GROUP_COUNT];	/* that libcrypto has */
};

int seal_crypto_init(struct seal_crypto *crypto) SEAL_MUST_CHECK;
void seal_crypto_free(struct seal_crypto *crypto);
int seal_crypto_random(void *out, size_t len) SEAL_MUST_CHECK;
void seal_crypto_wipe(void *data, size_t len);
/* Around what the application calls: leave its libcrypto error queue alone */
void seal_crypto_enter(void);
void seal_crypto_leave(void);
/* Constant time */
bool seal_crypto_equal(const void *a, const void *b, size_t len);

/* A running hash; peek reads it without ending it */
EVP_MD_CTX *seal_hash_new(const struct seal_crypto *crypto, enum seal_hash hash);
EVP_MD_CTX *seal_hash_copy(const EVP_MD_CTX *ctx);
int seal_hash_update(EVP_MD_CTX *ctx, const void *data, size_t len)
	SEAL_MUST_CHECK;
int seal_hash_peek(const EVP_MD_CTX *ctx, uint8_t out[SEAL_HASH_MAX])
	SEAL_MUST_CHECK;
void seal_hash_free(EVP_MD_CTX *ctx);

/* An HMAC that is keyed anew for each use; the key is no longer than a block */
EVP_MD_CTX *seal_hmac_new(const struct seal_crypto *crypto, enum seal_hash hash);
int seal_hmac(EVP_MD_CTX *ctx, struct seal_span key,
	      const struct seal_span *parts, size_t count, uint8_t *out)
	SEAL_MUST_CHECK;
void seal_hmac_free(EVP_MD_CTX *ctx);

/* One direction of an AEAD; open and seal work in place, tag after the text */
EVP_CIPHER_CTX *seal_aead_new(const struct seal_crypto *crypto,
			      enum seal_aead aead, const uint8_t *key,
			      bool encrypt);
int seal_aead_seal(EVP_CIPHER_CTX *ctx, const uint8_t nonce[SEAL_IV_SIZE],
		   struct seal_span aad, uint8_t *text, size_t len)
	SEAL_MUST_CHECK;
/* @len without the tag; SEAL_E_BAD_RECORD_MAC if it does not fit */
int seal_aead_open(EVP_CIPHER_CTX *ctx, const uint8_t nonce[SEAL_IV_SIZE],
		   struct seal_span aad, uint8_t *text, size_t len)
	SEAL_MUST_CHECK;
void seal_aead_free(EVP_CIPHER_CTX *ctx);

/* Does this libcrypto have the group? */
bool seal_kex_probe(const struct seal_group *group);
/* A client's key; its share is written as RFC 8446 4.2.8 has it */
int seal_kex_new(const struct seal_group *group, EVP_PKEY **key,
		 struct seal_buf *share) SEAL_MUST_CHECK;
/*
 * What the client's key and the server's share make; SEAL_E_ILLEGAL_PARAMETER when
 * that is not on the curve, weak, or of the wrong length
 */
int seal_kex_derive(EVP_PKEY *own, const struct seal_group *group,
		    struct seal_span peer, uint8_t shared[SEAL_SHARED_MAX])
	SEAL_MUST_CHECK;
/* Likewise on the server: the client's share enters, ours leaves too */
int seal_kex_answer(const struct seal_group *group, struct seal_span peer,
		    struct seal_buf *answer, uint8_t shared[SEAL_SHARED_MAX])
	SEAL_MUST_CHECK;

enum seal_key_kind seal_key_kind(const EVP_PKEY *key);
/* Size of the key in bits */
int seal_key_bits(const EVP_PKEY *key);
void seal_key_free(EVP_PKEY *key);
int seal_key_sign(EVP_PKEY *key, const struct seal_scheme *scheme,
		  struct seal_span text, uint8_t signature[SEAL_SIGNATURE_MAX],
		  size_t *len) SEAL_MUST_CHECK;
/* SEAL_E_DECRYPT_ERROR when the signature is not the key's */
int seal_key_verify(EVP_PKEY *key, const struct seal_scheme *scheme,
		    struct seal_span text, struct seal_span signature)
	SEAL_MUST_CHECK;

/* ------------------------------------------------------- transcript.c */

/* Hash of the handshake messages (RFC 8446 4.4.1) */
struct seal_transcript {
	EVP_MD_CTX	*ctx;		/* NULL until the suite is known */
	struct seal_buf	 pending;	/* messages until then */
	enum seal_hash	 hash;
};

int seal_transcript_add(struct seal_transcript *t, struct seal_span message)
	SEAL_MUST_CHECK;
int seal_transcript_start(struct seal_transcript *t,
			  const struct seal_crypto *crypto, enum seal_hash hash)
	SEAL_MUST_CHECK;
/*
 * Replace what was hashed by message_hash, before a HelloRetryRequest; @first: the hash
 * of a first ClientHello that was not seen, NULL: it was
 */
int seal_transcript_retry(struct seal_transcript *t,
			  const struct seal_crypto *crypto,
			  const uint8_t *first) SEAL_MUST_CHECK;
int seal_transcript_hash(const struct seal_transcript *t,
			 uint8_t out[SEAL_HASH_MAX]) SEAL_MUST_CHECK;
/*
 * The same as if @part of a message had come too; @hash is of @t, unless no suite is
 * known yet.  For binders (RFC 8446 4.2.11.2).
 */
int seal_transcript_partial(const struct seal_transcript *t,
			    const struct seal_crypto *crypto, enum seal_hash hash,
			    struct seal_span part, uint8_t out[SEAL_HASH_MAX])
	SEAL_MUST_CHECK;
void seal_transcript_free(struct seal_transcript *t);

/* --------------------------------------------------------- keysched.c */

/* RFC 8446 7.1, from the early secret to the main secret */
struct seal_keysched {
	EVP_MD_CTX	*hmac;
	enum seal_hash	 hash;
	size_t		 size;			/* of the hash */
	uint8_t		 secret[SEAL_HASH_MAX];	/* early, handshake or main */
};

/* A label of HKDF-Expand-Label, without "tls13 ", and its context */
struct seal_label {
	const char		*label;
	struct seal_span	 context;
};

/* Traffic secrets of one epoch */
struct seal_secrets {
	uint8_t	client[SEAL_HASH_MAX];
	uint8_t	server[SEAL_HASH_MAX];
};

/* HKDF-Expand-Label; @len is at most 255 hashes */
int seal_hkdf_expand_label(const struct seal_keysched *ks,
			   const uint8_t *secret, struct seal_label label,
			   uint8_t *out, size_t len) SEAL_MUST_CHECK;

/* Begin with the early secret of a handshake without PSK */
int seal_keysched_init(struct seal_keysched *ks,
		       const struct seal_crypto *crypto, enum seal_hash hash)
	SEAL_MUST_CHECK;
/* Before that step: the early secret of a handshake with this PSK instead */
int seal_keysched_set_psk(struct seal_keysched *ks, struct seal_span psk)
	SEAL_MUST_CHECK;
/*
 * Binder of the PSK that was set (RFC 8446 4.2.11.2); @thash is that of all up to the
 * binders of this ClientHello.
 */
int seal_keysched_binder(const struct seal_keysched *ks, bool external,
			 const uint8_t *thash, uint8_t *out) SEAL_MUST_CHECK;
/* On to the handshake secret; @thash is that of ClientHello..ServerHello */
int seal_keysched_handshake(struct seal_keysched *ks, struct seal_span shared,
			    const uint8_t *thash, struct seal_secrets *out)
	SEAL_MUST_CHECK;
/* On to the main secret; @thash is that of ClientHello..server Finished */
int seal_keysched_application(struct seal_keysched *ks, const uint8_t *thash,
			      struct seal_secrets *out) SEAL_MUST_CHECK;
/* After seal_keysched_application(), same @thash */
int seal_keysched_exporter(const struct seal_keysched *ks,
			   const uint8_t *thash, uint8_t *out) SEAL_MUST_CHECK;
/* RFC 8446 7.5; @secret is that of exporters, the context of @label is hashed */
int seal_keysched_export(const struct seal_keysched *ks, const uint8_t *secret,
			 struct seal_label label, uint8_t *out, size_t len)
	SEAL_MUST_CHECK;
/* As for exporters, but @thash is that of ClientHello..client Finished */
int seal_keysched_resumption(const struct seal_keysched *ks,
			     const uint8_t *thash, uint8_t *out) SEAL_MUST_CHECK;
/* PSK of a ticket (RFC 8446 4.6.1); @secret is the resumption secret */
int seal_keysched_psk(const struct seal_keysched *ks, const uint8_t *secret,
		      struct seal_span nonce, uint8_t *out) SEAL_MUST_CHECK;
/* Key and IV of a traffic secret (RFC 8446 7.3) */
int seal_keysched_key(const struct seal_keysched *ks, const uint8_t *secret,
		      uint8_t *key, size_t key_len, uint8_t iv[SEAL_IV_SIZE])
	SEAL_MUST_CHECK;
/* verify_data of the Finished of whoever sends under @secret (RFC 8446 4.4.4) */
int seal_keysched_finished(const struct seal_keysched *ks,
			   const uint8_t *secret, const uint8_t *thash,
			   uint8_t *out) SEAL_MUST_CHECK;
void seal_keysched_free(struct seal_keysched *ks);

/* keylog.c: one line in NSS format if the configuration has a sink */
void seal_keylog(const struct seal_conn *conn, const char *label,
		 const uint8_t *secret);

/* ----------------------------------------------------------- record.c */

/* One direction of the record layer; plaintext as long as @ctx is NULL */
struct seal_record {
	EVP_CIPHER_CTX	*ctx;
	uint8_t		 iv[SEAL_IV_SIZE];
	uint64_t	 seq;
};

struct seal_record_header {
	uint8_t		type;
	uint16_t	version;
	uint16_t	len;
};

/* One record as it lies in memory; opening it narrows it down to the content */
struct seal_fragment {
	uint8_t	type;
	uint8_t	*data;
	size_t	 len;
};

void seal_record_parse(const uint8_t raw[SEAL_RECORD_HEADER],
		       struct seal_record_header *header);
/* Set the key of a new epoch: the sequence number begins at 0 */
int seal_record_set_key(struct seal_record *record,
			const struct seal_crypto *crypto,
			const struct seal_suite *suite,
			const struct seal_keysched *ks,
			const uint8_t *secret, bool encrypt) SEAL_MUST_CHECK;
/*
 * Decrypt in place the @size bytes at @raw, header included, and find the inner
 * type (RFC 8446 5.2, 5.4).
 */
int seal_record_open(struct seal_record *record, uint8_t *raw, size_t size,
		     struct seal_fragment *content) SEAL_MUST_CHECK;
/* Append @content to @out as one record or more */
int seal_record_seal(struct seal_record *record, enum seal_content type,
		     struct seal_span content, struct seal_buf *out)
	SEAL_MUST_CHECK;
/* Append a plaintext record with a record version of one's choice */
int seal_record_plain(enum seal_content type, uint16_t version,
		      struct seal_span content, struct seal_buf *out)
	SEAL_MUST_CHECK;
void seal_record_free(struct seal_record *record);

/* ------------------------------------------------------------ demux.c */

/* Is a record with this header acceptable now? Asked before its body comes */
int seal_demux_header(struct seal_conn *conn,
		      const struct seal_record_header *header) SEAL_MUST_CHECK;
/* Act on the whole record in conn->input */
int seal_demux_record(struct seal_conn *conn) SEAL_MUST_CHECK;

/* The one change_cipher_spec there is (RFC 8446 D.4), and the size of an alert */
#define SEAL_CCS_VALUE	0x01
#define SEAL_ALERT_SIZE	2

/* --------------------------------------------------------------- hs.c */

enum seal_state {
	SEAL_HS_START,			/* nothing said yet */
	/* client */
	SEAL_HS_WAIT_SERVER_HELLO,	/* or HelloRetryRequest */
	SEAL_HS_WAIT_SERVER_HELLO_2,	/* after a HelloRetryRequest */
	SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS,
	SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST,
	SEAL_HS_WAIT_CERTIFICATE,
	SEAL_HS_WAIT_CERTIFICATE_VERIFY,
	SEAL_HS_WAIT_SERVER_FINISHED,
	/* server */
	SEAL_HS_WAIT_CLIENT_HELLO,
	SEAL_HS_WAIT_CLIENT_HELLO_2,	/* after our HelloRetryRequest */
	SEAL_HS_WAIT_CLIENT_CERTIFICATE,	/* after our CertificateRequest */
	SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY,
	SEAL_HS_WAIT_CLIENT_FINISHED,
	/* both */
	SEAL_HS_DONE,
	SEAL_HS_STATES
};

/* A whole handshake message; raw has its header, body has not */
struct seal_message {
	uint8_t			type;
	struct seal_span	raw;
	struct seal_span	body;
};

/* Returns the next state, or a negative SEAL_E* */
typedef int (*seal_handler)(struct seal_conn *conn,
			    const struct seal_message *msg);

/* A key change may follow: the message has to end its record (RFC 8446 5.1) */
#define SEAL_HS_ENDS_RECORD	(1U << 0)

struct seal_transition {
	enum seal_state	state;
	uint8_t		message;	/* enum seal_message_type */
	uint8_t		flags;
	seal_handler	handler;
};

/* The row for @message in @state; NULL: unexpected_message */
const struct seal_transition *seal_hs_find(enum seal_state state,
					   uint8_t message);
/* Begin: a client queues its ClientHello, a server waits for one */
int seal_hs_start(struct seal_conn *conn) SEAL_MUST_CHECK;
/* Take the handshake bytes of one record */
int seal_hs_receive(struct seal_conn *conn, struct seal_span fragment)
	SEAL_MUST_CHECK;

/* hs_send.c: records that are no part of a flight */

/* Queue the alert of @error under the present key, if it has one */
void seal_hs_send_alert(struct seal_conn *conn, int error);
/* Queue a dummy change_cipher_spec (RFC 8446 D.4) */
int seal_hs_send_ccs(struct seal_conn *conn) SEAL_MUST_CHECK;

/* hs_send.c: messages collect in conn->flight and leave as few records */
void seal_hs_open(struct seal_conn *conn, struct seal_writer *w,
		  enum seal_message_type type);
/* Close the message and hash it */
int seal_hs_close(struct seal_conn *conn, struct seal_writer *w)
	SEAL_MUST_CHECK;
/* A message that is there in whole already, header included */
int seal_hs_append(struct seal_conn *conn, struct seal_span message)
	SEAL_MUST_CHECK;
/* Protect the flight with the present key and queue it */
int seal_hs_flush(struct seal_conn *conn) SEAL_MUST_CHECK;
int seal_hs_send_finished(struct seal_conn *conn, const uint8_t *secret)
	SEAL_MUST_CHECK;
int seal_hs_check_finished(struct seal_conn *conn, const uint8_t *secret,
			   const struct seal_message *msg) SEAL_MUST_CHECK;
/* The suite is known: begin hashing and the key schedule */
int seal_hs_set_suite(struct seal_conn *conn, const struct seal_suite *suite)
	SEAL_MUST_CHECK;
/* Derive secrets from the shared secret, log them, set the handshake keys */
int seal_hs_handshake_keys(struct seal_conn *conn, struct seal_span shared)
	SEAL_MUST_CHECK;
/* Derive and log the application secrets */
int seal_hs_application_secrets(struct seal_conn *conn) SEAL_MUST_CHECK;
/* Derive the secret of tickets, once the client's Finished is in the transcript */
int seal_hs_resumption_secret(struct seal_conn *conn) SEAL_MUST_CHECK;
int seal_hs_set_write_key(struct seal_conn *conn, const uint8_t *secret)
	SEAL_MUST_CHECK;

/* hs_client.c */
int seal_client_start(struct seal_conn *conn) SEAL_MUST_CHECK;
void seal_client_drop_shares(struct seal_conn *conn);
int seal_client_on_server_hello(struct seal_conn *conn,
				const struct seal_message *msg);
int seal_client_on_retry(struct seal_conn *conn, const struct seal_message *msg);
int seal_client_on_extensions(struct seal_conn *conn,
			      const struct seal_message *msg);
int seal_client_on_finished(struct seal_conn *conn,
			    const struct seal_message *msg);
/* hs_client_hello.c: write the ClientHello, first or second */
int seal_client_write_hello(struct seal_conn *conn) SEAL_MUST_CHECK;

/* hs_server.c */
int seal_server_on_hello(struct seal_conn *conn, const struct seal_message *msg);
int seal_server_on_hello_2(struct seal_conn *conn,
			   const struct seal_message *msg);
int seal_server_on_finished(struct seal_conn *conn,
			    const struct seal_message *msg);
/* hs_server_select.c: what a ClientHello and our configuration agree on */
struct seal_selection {
	uint16_t		suite;
	struct seal_span	share;		/* empty: ask for one */
	uint16_t		identity;	/* of conn->psk, if there is one */
};

int seal_server_select(struct seal_conn *conn,
		       const struct seal_client_hello *hello,
		       struct seal_span raw,	/* the whole message */
		       struct seal_selection *out) SEAL_MUST_CHECK;
/* Hash of what a second ClientHello has to repeat (RFC 8446 4.1.2) */
int seal_server_hello_digest(struct seal_conn *conn,
			     const struct seal_client_hello *hello,
			     uint8_t digest[SEAL_HASH_MAX]) SEAL_MUST_CHECK;

#include "auth.h"
#include "psk.h"

/* ---------------------------------------------------------- offload.c */

struct seal_offload {
	uint16_t	suite;
	size_t		len;		/* of the secrets */
	const uint8_t	*tx;
	const uint8_t	*rx;
	uint64_t	sent;		/* records under @tx; none came under @rx */
	struct seal_span prefill;	/* received behind the handshake */
};

/* TCP_ULP, SEAL_PREFILL if need be, SEAL_KEYS; errno is left for SEAL_E_SYSTEM */
int seal_offload_attach(int fd, const struct seal_offload *keys)
	SEAL_MUST_CHECK;

/* ------------------------------------------------------------- conn.c */

/* A key share that a client has sent; unused without key */
struct seal_share {
	const struct seal_group	*group;
	EVP_PKEY		*key;
	struct seal_buf		 public;
};

#define SEAL_SHARES_OWN	2	/* a hybrid one, and one that everybody knows */

struct seal_conn {
	struct seal_config		*cfg;
	enum seal_state			 state;
	int				 error;		/* sticky */
	int				 alert;		/* received, or -1 */
	char				 reason[SEAL_REASON_MAX];

	struct seal_buf			 ahead;		/* received too early */
	struct seal_buf			 input;		/* record coming in */
	struct seal_buf			 messages;	/* handshake bytes in */
	struct seal_buf			 flight;	/* handshake bytes out */
	struct seal_buf			 output;	/* records for the peer */
	struct seal_record		 in;
	struct seal_record		 out;

	const struct seal_suite		*suite;
	const struct seal_group		*group;
	struct seal_transcript		 transcript;
	struct seal_keysched		 keysched;
	struct seal_secrets		 handshake;	/* traffic secrets */
	struct seal_secrets		 application;
	uint8_t				 resumption[SEAL_HASH_MAX];
	uint8_t				 exporter[SEAL_HASH_MAX];
	struct seal_share		 shares[SEAL_SHARES_OWN]; /* client's */
	struct seal_offer		*offers;	/* PSKs of a client */
	size_t				 offers_len;
	struct seal_psk			 psk;		/* that both ends use */
	struct seal_buf			 psk_name;	/* of an external one */
	EVP_PKEY			*peer_key;	/* of its certificate */
	struct seal_buf			 peer_chain;	/* vectors of 24 bits */
	const struct seal_cred		*cred;		/* to be sent; NULL: none */
	const struct seal_scheme	*scheme;	/* to sign with */
	const struct seal_scheme	*peer_scheme;	/* that it signed with */

	uint8_t				 random[SEAL_RANDOM_SIZE]; /* client's */
	uint8_t				 session_id[SEAL_SESSION_ID_MAX];
	size_t				 session_id_len;
	struct seal_buf			 cookie;	/* to be echoed */
	uint32_t			 offered;	/* SEAL_EXT_BIT()s */
	uint8_t				 hello_digest[SEAL_HASH_MAX];
	size_t				 early_skip;	/* bytes we may skip */
	bool				 heard;		/* a record came in */
	bool				 retried;	/* HelloRetryRequest */
	bool				 psk_dhe;	/* the client takes psk_dhe_ke */
	bool				 ccs_sent;
	bool				 cert_requested;
	bool				 verified;	/* the server, by its chain */
	bool				 attached;	/* secrets are gone */

	char				 servername[SEAL_NAME_MAX + 1];
	enum seal_name_kind		 servername_kind;
	char				 alpn[SEAL_NAME_MAX + 1];
};

/* error.c: note the reason of a failure, if it is the first, and return @error */
int seal_conn_fail(struct seal_conn *conn, int error, const char *fmt, ...)
	SEAL_PRINTF(3, 4);
/* End the handshake with @error: the alert is queued, the text composed */
int seal_conn_set_error(struct seal_conn *conn, int error);
/*
 * Application traffic secrets of a completed connection that has not been
 * attached, for tests; SEAL_E_INVALID otherwise.
 */
int seal_conn_secrets(const struct seal_conn *conn, struct seal_span *client,
		      struct seal_span *server);

/* How many records have left under the secret of the application data */
uint64_t seal_conn_sent(const struct seal_conn *conn);

/* conn_fd.c has the drivers over a descriptor, export.c the exporter: public functions */

/* ----------------------------------------------------------- config.c */

/* What each setter begins with; @side: whose setting it is, if not of both */
int seal_config_begin(struct seal_config *cfg) SEAL_MUST_CHECK;
int seal_config_begin_side(struct seal_config *cfg, enum seal_side side)
	SEAL_MUST_CHECK;
/* Note why a setter failed, and return @error; config_auth.c, config_psk.c have more */
int seal_config_fail(struct seal_config *cfg, int error, const char *fmt, ...)
	SEAL_PRINTF(3, 4);

struct seal_config {
	atomic_uint			 refs;
	atomic_bool			 frozen;	/* a connection refers to it */
	enum seal_side			 side;
	struct seal_crypto		 crypto;
	uint16_t			 suites[SEAL_SUITE_COUNT];
	size_t				 suites_len;
	uint16_t			 groups[SEAL_GROUP_COUNT];
	size_t				 groups_len;
	struct seal_buf			 alpn;		/* ProtocolNameList */
	struct seal_cred		*creds;		/* most preferred first */
	X509_STORE			*store;
	struct seal_buf			 authorities;	/* names of the CA file */
	bool				 send_authorities;	/* client */
	enum seal_client_auth		 client_auth;
	seal_verify_fn			 verify;
	void				*verify_arg;
	struct seal_ticket_keys		*ticket_keys;	/* of a server */
	struct seal_external		*psks;		/* most preferred first */
	size_t				 psks_len;
	seal_psk_fn			 psk_callback;
	void				*psk_arg;
	unsigned int			 tickets;	/* per handshake; 0: none */
	uint32_t			 ticket_lifetime;	/* s */
	bool				 cookies;	/* in HelloRetryRequests */
	bool				 insecure;
	seal_keylog_fn			 keylog;
	void				*keylog_arg;
	char				 error[SEAL_REASON_MAX];
};

#endif /* SOCKSEAL_PRIVATE_H */
