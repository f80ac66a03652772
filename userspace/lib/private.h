/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the files of the library share with each other and with the unit tests,
 * in handshake order.  Nothing here is exported from the shared object.
 */
#ifndef SOCKSEAL_PRIVATE_H
#define SOCKSEAL_PRIVATE_H

#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/types.h>

/* The public functions are the only ones visible outside the shared object */
#pragma GCC visibility push(default)
#include <sockseal.h>
#pragma GCC visibility pop

#define SEAL_MUST_CHECK	__attribute__((warn_unused_result))
#define SEAL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#define SEAL_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

struct seal_conn;
struct seal_config;

/* ------------------------------------------------------------- sizes */

#define SEAL_HASH_MAX		48	/* SHA-384 */
#define SEAL_KEY_MAX		32	/* AES-256, ChaCha20 */
#define SEAL_IV_SIZE		12	/* RFC 8446 5.3 */
#define SEAL_TAG_SIZE		16	/* all three suites */
#define SEAL_PUBLIC_MAX		97	/* uncompressed point of P-384 */
#define SEAL_SHARED_MAX		48	/* x coordinate of P-384 */
#define SEAL_SIGNATURE_MAX	1024	/* RSA of 8192 bits */
#define SEAL_RANDOM_SIZE	32
#define SEAL_SESSION_ID_MAX	32
#define SEAL_NAME_MAX		255	/* DNS name, protocol name */
#define SEAL_CHAIN_MAX		16	/* certificates of one chain */
#define SEAL_REASON_MAX		512	/* text of a failure */

#define SEAL_RECORD_HEADER	5
#define SEAL_PLAINTEXT_MAX	16384			/* RFC 8446 5.1 */
#define SEAL_CIPHERTEXT_MAX	(SEAL_PLAINTEXT_MAX + 256) /* RFC 8446 5.2 */
#define SEAL_MESSAGE_HEADER	4
#define SEAL_MESSAGE_MAX	65536	/* one handshake message with header */

/* How much early data a server skips that never accepts any */
#define SEAL_EARLY_SKIP_MAX	65536

/* ------------------------------------------------------- wire numbers */

enum seal_content {		/* RFC 8446 5.1 */
	SEAL_CONTENT_NONE	= 0,	/* a record that was skipped */
	SEAL_CONTENT_CCS	= 20,
	SEAL_CONTENT_ALERT	= 21,
	SEAL_CONTENT_HANDSHAKE	= 22,
	SEAL_CONTENT_DATA	= 23,
};

enum seal_wire_version {	/* RFC 8446 4.2.1, D */
	SEAL_WIRE_SSL30	= 0x0300,
	SEAL_WIRE_TLS10	= 0x0301,
	SEAL_WIRE_TLS12	= 0x0303,	/* in every legacy_version */
	SEAL_WIRE_TLS13	= 0x0304,
};

enum seal_message_type {	/* RFC 8446 4 */
	SEAL_MSG_CLIENT_HELLO		= 1,
	SEAL_MSG_SERVER_HELLO		= 2,
	/* on the wire a ServerHello with a certain random (RFC 8446 4.1.3) */
	SEAL_MSG_HELLO_RETRY_REQUEST	= 6,
	SEAL_MSG_ENCRYPTED_EXTENSIONS	= 8,
	SEAL_MSG_CERTIFICATE		= 11,
	SEAL_MSG_CERTIFICATE_REQUEST	= 13,
	SEAL_MSG_CERTIFICATE_VERIFY	= 15,
	SEAL_MSG_FINISHED		= 20,
	SEAL_MSG_MESSAGE_HASH		= 254,
};

enum seal_alert {		/* RFC 8446 6 */
	SEAL_ALERT_NO_ALERT			= -1,
	SEAL_ALERT_CLOSE_NOTIFY			= 0,
	SEAL_ALERT_UNEXPECTED_MESSAGE		= 10,
	SEAL_ALERT_BAD_RECORD_MAC		= 20,
	SEAL_ALERT_RECORD_OVERFLOW		= 22,
	SEAL_ALERT_HANDSHAKE_FAILURE		= 40,
	SEAL_ALERT_BAD_CERTIFICATE		= 42,
	SEAL_ALERT_UNSUPPORTED_CERTIFICATE	= 43,
	SEAL_ALERT_CERTIFICATE_REVOKED		= 44,
	SEAL_ALERT_CERTIFICATE_EXPIRED		= 45,
	SEAL_ALERT_CERTIFICATE_UNKNOWN		= 46,
	SEAL_ALERT_ILLEGAL_PARAMETER		= 47,
	SEAL_ALERT_UNKNOWN_CA			= 48,
	SEAL_ALERT_ACCESS_DENIED		= 49,
	SEAL_ALERT_DECODE_ERROR			= 50,
	SEAL_ALERT_DECRYPT_ERROR		= 51,
	SEAL_ALERT_PROTOCOL_VERSION		= 70,
	SEAL_ALERT_INSUFFICIENT_SECURITY	= 71,
	SEAL_ALERT_INTERNAL_ERROR		= 80,
	SEAL_ALERT_INAPPROPRIATE_FALLBACK	= 86,
	SEAL_ALERT_USER_CANCELED		= 90,
	SEAL_ALERT_MISSING_EXTENSION		= 109,
	SEAL_ALERT_UNSUPPORTED_EXTENSION	= 110,
	SEAL_ALERT_UNRECOGNIZED_NAME		= 112,
	SEAL_ALERT_BAD_STATUS_RESPONSE		= 113,
	SEAL_ALERT_UNKNOWN_PSK_IDENTITY		= 115,
	SEAL_ALERT_CERTIFICATE_REQUIRED		= 116,
	SEAL_ALERT_NO_APPLICATION_PROTOCOL	= 120,
};

/* ------------------------------------------------------------ error.c */

/* Alert that tells the peer of @error, or SEAL_ALERT_NO_ALERT */
int seal_error_alert(int error);
/* Name of an alert as the RFC spells it, "unknown alert" for others */
const char *seal_alert_name(int description);

/* -------------------------------------------------------------- buf.c */

/* Bytes that grow at the end and leave at the front; wiped when they go */
struct seal_buf {
	uint8_t	*data;		/* first byte that has not left */
	size_t	 len;		/* how many have not left */
	uint8_t	*base;		/* the allocation */
	size_t	 size;		/* its size */
};

/* Room for @len bytes at the end, not yet counted in buf->len; NULL: no memory */
uint8_t *seal_buf_reserve(struct seal_buf *buf, size_t len);
int seal_buf_append(struct seal_buf *buf, const void *data, size_t len)
	SEAL_MUST_CHECK;
/* Wipe and drop @len bytes from the front, or all after the first @len */
void seal_buf_consume(struct seal_buf *buf, size_t len);
void seal_buf_truncate(struct seal_buf *buf, size_t len);
/* Wipe and free; the buffer may be used again */
void seal_buf_free(struct seal_buf *buf);

/* ------------------------------------------------------------ codec.c */

/* Bytes that belong to somebody else */
struct seal_span {
	const uint8_t	*data;
	size_t		 len;
};

bool seal_span_equal(struct seal_span a, struct seal_span b);

/* Reads past the end yield zeros and set @failed, which stays */
struct seal_reader {
	const uint8_t	*pos;
	size_t		 left;
	bool		 failed;
};

void seal_reader_init(struct seal_reader *r, const void *data, size_t len);
uint8_t seal_reader_u8(struct seal_reader *r);
uint16_t seal_reader_u16(struct seal_reader *r);
uint32_t seal_reader_u24(struct seal_reader *r);
/* The next @len bytes; an empty span on failure */
struct seal_span seal_reader_bytes(struct seal_reader *r, size_t len);
/*
 * A vector with a length field of @width bytes (1 to 3) that holds @min bytes or
 * more; the second form reads on inside it and carries the failure along.
 */
struct seal_span seal_reader_vector(struct seal_reader *r, unsigned int width,
				    size_t min);
struct seal_reader seal_reader_enter(struct seal_reader *r, unsigned int width,
				     size_t min);
/* 0, or SEAL_E_DECODE_ERROR after a failure or with bytes left over */
int seal_reader_finish(const struct seal_reader *r) SEAL_MUST_CHECK;

#define SEAL_WRITER_DEPTH	8

/* Appends to a buffer; the first failure stays in @error */
struct seal_writer {
	struct seal_buf	*buf;
	int		 error;
	unsigned int	 depth;
	struct {
		size_t		at;
		unsigned int	width;
	} open[SEAL_WRITER_DEPTH];	/* length fields to be filled in */
};

void seal_writer_init(struct seal_writer *w, struct seal_buf *buf);
void seal_writer_u8(struct seal_writer *w, uint8_t value);
void seal_writer_u16(struct seal_writer *w, uint16_t value);
void seal_writer_bytes(struct seal_writer *w, const void *data, size_t len);
/* Begin a vector with a length field of @width bytes; end the innermost one */
void seal_writer_open(struct seal_writer *w, unsigned int width);
void seal_writer_close(struct seal_writer *w);
/* 0 when all went well and every vector is closed */
int seal_writer_finish(const struct seal_writer *w) SEAL_MUST_CHECK;

/* -------------------------------------------------------------- ext.c */

/* The extensions of RFC 8446 4.2 and those we know besides; index of the table */
enum seal_ext {
	SEAL_EXT_SERVER_NAME,
	SEAL_EXT_MAX_FRAGMENT_LENGTH,
	SEAL_EXT_STATUS_REQUEST,
	SEAL_EXT_SUPPORTED_GROUPS,
	SEAL_EXT_SIGNATURE_ALGORITHMS,
	SEAL_EXT_USE_SRTP,
	SEAL_EXT_HEARTBEAT,
	SEAL_EXT_ALPN,
	SEAL_EXT_SCT,
	SEAL_EXT_CLIENT_CERTIFICATE_TYPE,
	SEAL_EXT_SERVER_CERTIFICATE_TYPE,
	SEAL_EXT_PADDING,
	SEAL_EXT_PRE_SHARED_KEY,
	SEAL_EXT_EARLY_DATA,
	SEAL_EXT_SUPPORTED_VERSIONS,
	SEAL_EXT_COOKIE,
	SEAL_EXT_PSK_MODES,
	SEAL_EXT_CERTIFICATE_AUTHORITIES,
	SEAL_EXT_OID_FILTERS,
	SEAL_EXT_POST_HANDSHAKE_AUTH,
	SEAL_EXT_SIGNATURE_ALGORITHMS_CERT,
	SEAL_EXT_KEY_SHARE,
	SEAL_EXT_COUNT
};

#define SEAL_EXT_BIT(ext)	(1U << (ext))

/* Messages that carry extensions, as bits */
enum seal_ext_where {
	SEAL_IN_CLIENT_HELLO		= 1 << 0,
	SEAL_IN_SERVER_HELLO		= 1 << 1,
	SEAL_IN_HELLO_RETRY_REQUEST	= 1 << 2,
	SEAL_IN_ENCRYPTED_EXTENSIONS	= 1 << 3,
	SEAL_IN_CERTIFICATE		= 1 << 4,
	SEAL_IN_CERTIFICATE_REQUEST	= 1 << 5,
};

/* The known extensions of one block */
struct seal_exts {
	uint32_t		present;		/* SEAL_EXT_BIT()s */
	struct seal_span	body[SEAL_EXT_COUNT];	/* valid if present */
	uint16_t		last;			/* wire type of the last */
};

uint16_t seal_ext_type(enum seal_ext ext);
bool seal_ext_has(const struct seal_exts *exts, enum seal_ext ext);
/* A reader over the body; a failed one if the extension is absent */
struct seal_reader seal_ext_reader(const struct seal_exts *exts,
				   enum seal_ext ext);
/*
 * Parse the extension block at @r, length field included.  Refused are
 * duplicates, known extensions that do not belong into @where
 * (illegal_parameter), and in a message that answers, extensions that are not in
 * @offered, a mask of SEAL_EXT_BIT()s (unsupported_extension).
 */
int seal_ext_parse(struct seal_reader *r, enum seal_ext_where where,
		   uint32_t offered, struct seal_exts *exts) SEAL_MUST_CHECK;
/* Write the type and open the body, to be closed with seal_writer_close() */
void seal_ext_open(struct seal_writer *w, enum seal_ext ext);

/* -------------------------------------------------------------- msg.c */

/* Bodies of messages (RFC 8446 4) without the four bytes of header */

#define SEAL_SHARES_MAX		16	/* key shares of one ClientHello we look at */

struct seal_client_hello {
	uint16_t		version;	/* legacy_version */
	struct seal_span	random;
	struct seal_span	session_id;
	struct seal_span	suites;		/* list of 16-bit numbers */
	struct seal_span	compression;
	struct seal_exts	exts;
	struct seal_span	frozen;		/* up to the extensions' length */
	struct seal_span	extensions;	/* the block without its length */
};

struct seal_server_hello {
	uint16_t		version;	/* legacy_version */
	struct seal_span	random;
	struct seal_span	session_id;
	uint16_t		suite;
	uint8_t			compression;
	struct seal_exts	exts;
};

struct seal_certificate {
	struct seal_span	context;
	struct seal_span	certs[SEAL_CHAIN_MAX];	/* DER, leaf first */
	size_t			count;
};

struct seal_certificate_request {
	struct seal_span	context;
	struct seal_exts	exts;
};

struct seal_certificate_verify {
	uint16_t		scheme;
	struct seal_span	signature;
};

struct seal_key_share {
	uint16_t		group;
	struct seal_span	key;
};

extern const uint8_t seal_hello_retry_random[SEAL_RANDOM_SIZE];

int seal_client_hello_parse(struct seal_span body,
			    struct seal_client_hello *msg) SEAL_MUST_CHECK;
/* Is a ServerHello in truth a HelloRetryRequest? */
bool seal_server_hello_is_retry(struct seal_span body);
int seal_server_hello_parse(struct seal_span body, uint32_t offered,
			    struct seal_server_hello *msg) SEAL_MUST_CHECK;
int seal_encrypted_extensions_parse(struct seal_span body, uint32_t offered,
				    struct seal_exts *exts) SEAL_MUST_CHECK;
int seal_certificate_parse(struct seal_span body, uint32_t offered,
			   struct seal_certificate *msg) SEAL_MUST_CHECK;
int seal_certificate_request_parse(struct seal_span body,
				   struct seal_certificate_request *msg)
	SEAL_MUST_CHECK;
int seal_certificate_verify_parse(struct seal_span body,
				  struct seal_certificate_verify *msg)
	SEAL_MUST_CHECK;

/* -------------------------------------------------------- extension bodies */

/* ext_body.c; the list is a vector of 16-bit numbers with a 16-bit length */
int seal_ext_list16(const struct seal_exts *exts, enum seal_ext ext,
		    struct seal_span *list) SEAL_MUST_CHECK;
bool seal_list16_has(struct seal_span list, uint16_t value);
/* Does the ClientHello offer 0x0304?  0, SEAL_E_PROTOCOL_VERSION or decode */
int seal_ext_offers_tls13(const struct seal_exts *exts) SEAL_MUST_CHECK;
/* key_share of a ClientHello: every share, duplicates refused */
int seal_ext_client_shares(const struct seal_exts *exts,
			   struct seal_key_share shares[SEAL_SHARES_MAX],
			   size_t *count) SEAL_MUST_CHECK;
/* The DNS name of server_name, empty if there is none (RFC 6066 3) */
int seal_ext_server_name(const struct seal_exts *exts,
			 struct seal_span *name) SEAL_MUST_CHECK;
/* The ProtocolNameList of RFC 7301, checked: vectors with an 8-bit length */
int seal_ext_alpn(const struct seal_exts *exts,
		  struct seal_span *list) SEAL_MUST_CHECK;
/* Is @name in a ProtocolNameList that was checked? */
bool seal_alpn_has(struct seal_span list, struct seal_span name);
void seal_ext_write_list16(struct seal_writer *w, enum seal_ext ext,
			   const uint16_t *values, size_t count);

/* ------------------------------------------------------------ suite.c */

enum seal_hash { SEAL_SHA256, SEAL_SHA384, SEAL_HASH_COUNT };
enum seal_aead {
	SEAL_AES_128_GCM, SEAL_AES_256_GCM, SEAL_CHACHA20_POLY1305,
	SEAL_AEAD_COUNT
};

enum seal_key_kind {
	SEAL_KEY_UNKNOWN, SEAL_KEY_P256, SEAL_KEY_P384, SEAL_KEY_RSA,
	SEAL_KEY_ED25519
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
	const char	*algorithm;	/* as libcrypto calls it */
	const char	*curve;		/* NULL: the algorithm says it all */
	size_t		public_len;
	size_t		shared_len;
};

/* A signature scheme of CertificateVerify (RFC 8446 4.2.3) */
struct seal_scheme {
	uint16_t		id;
	enum seal_key_kind	key;
	const char		*digest;	/* NULL: the algorithm has its own */
};

#define SEAL_SUITE_COUNT	3
#define SEAL_GROUP_COUNT	3
#define SEAL_SCHEME_COUNT	6

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
	EVP_MAC_CTX	*hmac[SEAL_HASH_COUNT];	/* templates to be copied */
	EVP_CIPHER	*aead[SEAL_AEAD_COUNT];
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
int seal_hash_update(EVP_MD_CTX *ctx, const void *data, size_t len)
	SEAL_MUST_CHECK;
int seal_hash_peek(const EVP_MD_CTX *ctx, uint8_t out[SEAL_HASH_MAX])
	SEAL_MUST_CHECK;
void seal_hash_free(EVP_MD_CTX *ctx);

/* An HMAC that is keyed anew for each use */
EVP_MAC_CTX *seal_hmac_new(const struct seal_crypto *crypto, enum seal_hash hash);
int seal_hmac(EVP_MAC_CTX *ctx, struct seal_span key,
	      const struct seal_span *parts, size_t count, uint8_t *out)
	SEAL_MUST_CHECK;
void seal_hmac_free(EVP_MAC_CTX *ctx);

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

/* Key exchange; the public key is written as RFC 8446 4.2.8 has it */
EVP_PKEY *seal_kex_new(const struct seal_group *group,
		       uint8_t public[SEAL_PUBLIC_MAX]);
/* SEAL_E_ILLEGAL_PARAMETER when the peer's key is not on the curve or weak */
int seal_kex_derive(EVP_PKEY *own, const struct seal_group *group,
		    struct seal_span peer, uint8_t shared[SEAL_SHARED_MAX])
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
/* Replace what was hashed by message_hash, before a HelloRetryRequest */
int seal_transcript_retry(struct seal_transcript *t,
			  const struct seal_crypto *crypto) SEAL_MUST_CHECK;
int seal_transcript_hash(const struct seal_transcript *t,
			 uint8_t out[SEAL_HASH_MAX]) SEAL_MUST_CHECK;
void seal_transcript_free(struct seal_transcript *t);

/* --------------------------------------------------------- keysched.c */

/* RFC 8446 7.1, from the early secret to the main secret */
struct seal_keysched {
	EVP_MAC_CTX	*hmac;
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

int seal_hkdf_extract(EVP_MAC_CTX *hmac, struct seal_span salt,
		      struct seal_span ikm, uint8_t *out) SEAL_MUST_CHECK;
/* HKDF-Expand-Label; @len is at most 255 hashes */
int seal_hkdf_expand_label(const struct seal_keysched *ks,
			   const uint8_t *secret, struct seal_label label,
			   uint8_t *out, size_t len) SEAL_MUST_CHECK;

/* Begin with the early secret of a handshake without PSK */
int seal_keysched_init(struct seal_keysched *ks,
		       const struct seal_crypto *crypto, enum seal_hash hash)
	SEAL_MUST_CHECK;
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
/* Queue the alert of @error under the present key, if it has one */
void seal_demux_send_alert(struct seal_conn *conn, int error);
/* Queue a dummy change_cipher_spec (RFC 8446 D.4) */
int seal_demux_send_ccs(struct seal_conn *conn) SEAL_MUST_CHECK;

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
/* The text a server signs in CertificateVerify (RFC 8446 4.4.3) */
#define SEAL_SIGNED_MAX		(64 + 33 + 1 + SEAL_HASH_MAX)
int seal_hs_signed_text(struct seal_conn *conn, uint8_t text[SEAL_SIGNED_MAX],
			size_t *len) SEAL_MUST_CHECK;
/* The suite is known: begin hashing and the key schedule */
int seal_hs_set_suite(struct seal_conn *conn, const struct seal_suite *suite)
	SEAL_MUST_CHECK;
/* Derive secrets from the shared secret, log them, set the handshake keys */
int seal_hs_handshake_keys(struct seal_conn *conn, struct seal_span shared)
	SEAL_MUST_CHECK;
/* Derive and log the application secrets */
int seal_hs_application_secrets(struct seal_conn *conn) SEAL_MUST_CHECK;
int seal_hs_set_write_key(struct seal_conn *conn, const uint8_t *secret)
	SEAL_MUST_CHECK;

/* hs_client.c */
int seal_client_start(struct seal_conn *conn) SEAL_MUST_CHECK;
int seal_client_on_server_hello(struct seal_conn *conn,
				const struct seal_message *msg);
int seal_client_on_retry(struct seal_conn *conn, const struct seal_message *msg);
int seal_client_on_extensions(struct seal_conn *conn,
			      const struct seal_message *msg);
int seal_client_on_request(struct seal_conn *conn,
			   const struct seal_message *msg);
int seal_client_on_certificate(struct seal_conn *conn,
			       const struct seal_message *msg);
int seal_client_on_verify(struct seal_conn *conn,
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
	uint16_t			suite;
	struct seal_span		share;	/* empty: ask for one */
	const struct seal_scheme	*scheme;
};

int seal_server_select(struct seal_conn *conn,
		       const struct seal_client_hello *hello,
		       struct seal_selection *out) SEAL_MUST_CHECK;
/* Hash of what a second ClientHello has to repeat (RFC 8446 4.1.2) */
int seal_server_hello_digest(struct seal_conn *conn,
			     const struct seal_client_hello *hello,
			     uint8_t digest[SEAL_HASH_MAX]) SEAL_MUST_CHECK;

/* ------------------------------------------------------------- cred.c */

/* Certificate chain and key of a server */
struct seal_cred {
	EVP_PKEY		*key;
	enum seal_key_kind	 kind;
	struct seal_buf		 message;	/* Certificate, with header */
};

/* Load from PEM files; @why gets a line that names the file and the reason */
struct seal_cred *seal_cred_load(const char *chain, const char *key, int *error,
				 char why[SEAL_REASON_MAX]);
void seal_cred_free(struct seal_cred *cred);

/* ----------------------------------------------------------- verify.c */

X509_STORE *seal_verify_load_file(const char *path, int *error,
				  char why[SEAL_REASON_MAX]);
X509_STORE *seal_verify_load_system(int *error, char why[SEAL_REASON_MAX]);
void seal_verify_store_free(X509_STORE *store);

enum seal_name_kind { SEAL_NAME_INVALID, SEAL_NAME_DNS, SEAL_NAME_IP };
enum seal_name_kind seal_verify_name_kind(const char *name);
/* Length of a DNS name without the dot that may end it (RFC 6066 3) */
size_t seal_verify_name_len(const char *name);
/*
 * Verify the chain of conn's peer up to conn's configuration's store and the
 * name conn->servername, and set conn->peer_key.
 */
int seal_verify_peer(struct seal_conn *conn,
		     const struct seal_certificate *chain) SEAL_MUST_CHECK;

/* ---------------------------------------------------------- offload.c */

struct seal_offload {
	uint16_t	suite;
	size_t		len;		/* of the secrets */
	const uint8_t	*tx;
	const uint8_t	*rx;
};

/* One TCP_ULP and one SEAL_KEYS; errno is left for SEAL_E_SYSTEM */
int seal_offload_attach(int fd, const struct seal_offload *keys)
	SEAL_MUST_CHECK;

/* ------------------------------------------------------------- conn.c */

struct seal_conn {
	struct seal_config		*cfg;
	enum seal_state			 state;
	int				 error;		/* sticky */
	int				 alert;		/* received, or -1 */
	char				 reason[SEAL_REASON_MAX];

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
	EVP_PKEY			*kex;		/* our key share */
	EVP_PKEY			*peer_key;	/* of its certificate */

	uint8_t				 random[SEAL_RANDOM_SIZE]; /* client's */
	uint8_t				 session_id[SEAL_SESSION_ID_MAX];
	size_t				 session_id_len;
	uint8_t				 public[SEAL_PUBLIC_MAX]; /* our share */
	struct seal_buf			 cookie;	/* to be echoed */
	uint32_t			 offered;	/* SEAL_EXT_BIT()s */
	uint8_t				 hello_digest[SEAL_HASH_MAX];
	size_t				 early_skip;	/* bytes we may skip */
	bool				 heard;		/* a record came in */
	bool				 retried;	/* HelloRetryRequest */
	bool				 ccs_sent;
	bool				 cert_requested;
	bool				 attached;	/* secrets are gone */

	char				 servername[SEAL_NAME_MAX + 1];
	enum seal_name_kind		 servername_kind;
	char				 alpn[SEAL_NAME_MAX + 1];
};

/* Note the reason of a failure, if it is the first, and return @error */
int seal_conn_fail(struct seal_conn *conn, int error, const char *fmt, ...)
	SEAL_PRINTF(3, 4);
/* End the handshake with @error: the alert is queued, the text composed */
int seal_conn_set_error(struct seal_conn *conn, int error);
/* Act on the bytes that were appended to conn->input, at most as many as needed */
int seal_conn_advance(struct seal_conn *conn) SEAL_MUST_CHECK;
/*
 * Application traffic secrets of a completed connection that has not been
 * attached, for tests; SEAL_E_INVALID otherwise.
 */
int seal_conn_secrets(const struct seal_conn *conn, struct seal_span *client,
		      struct seal_span *server);

/* conn_fd.c has the drivers over a descriptor, public functions only */

/* ----------------------------------------------------------- config.c */

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
	struct seal_cred		*cred;
	X509_STORE			*store;
	bool				 insecure;
	seal_keylog_fn			 keylog;
	void				*keylog_arg;
	char				 error[SEAL_REASON_MAX];
};

#endif /* SOCKSEAL_PRIVATE_H */
