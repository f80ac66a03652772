/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The lower half of private.h, what deals with bytes alone: numbers and sizes of
 * the wire, buffers, reader and writer, extensions and messages.
 */
#ifndef SOCKSEAL_WIRE_H
#define SOCKSEAL_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The public functions are the only ones visible outside the shared object */
#pragma GCC visibility push(default)
#include <sockseal.h>
#pragma GCC visibility pop

#define SEAL_MUST_CHECK	__attribute__((warn_unused_result))
#define SEAL_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* ------------------------------------------------------------- sizes */

#define SEAL_HASH_MAX		48	/* SHA-384 */
#define SEAL_KEY_MAX		32	/* AES-256, ChaCha20 */
#define SEAL_IV_SIZE		12	/* RFC 8446 5.3 */
#define SEAL_TAG_SIZE		16	/* all suites */
#define SEAL_PUBLIC_MAX		1665	/* SecP384r1MLKEM1024, either way */
#define SEAL_SHARED_MAX		512	/* ffdhe4096 */
#define SEAL_SIGNATURE_MAX	4627	/* ML-DSA-87 (FIPS 204 4) */
#define SEAL_PSK_MIN		16	/* bytes of an external one */
#define SEAL_BINDER_MIN		32	/* RFC 8446 4.2.11 */
#define SEAL_RANDOM_SIZE	32
#define SEAL_SESSION_ID_MAX	32
#define SEAL_NAME_MAX		255	/* DNS name, protocol name */
#define SEAL_CHAIN_MAX		16	/* certificates of one chain */
#define SEAL_TRUST_SIZE		32	/* digest of what peers are verified with */
#define SEAL_REASON_MAX		512	/* text of a failure */

#define SEAL_RECORD_HEADER	5
#define SEAL_PLAINTEXT_MAX	16384			/* RFC 8446 5.1 */
#define SEAL_INNER_MAX		(SEAL_PLAINTEXT_MAX + 1)	/* RFC 8446 5.4 */
#define SEAL_CIPHERTEXT_MAX	(SEAL_PLAINTEXT_MAX + 256) /* RFC 8446 5.2 */
#define SEAL_MESSAGE_HEADER	4
#define SEAL_MESSAGE_MAX	65536	/* one handshake message with header */

/* What the drivers receive at once: more than any flight but one of long chains */
#define SEAL_READ_AHEAD		16384

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
	SEAL_MSG_NEW_SESSION_TICKET	= 4,
	SEAL_MSG_END_OF_EARLY_DATA	= 5,
	/* on the wire a ServerHello with a certain random (RFC 8446 4.1.3) */
	SEAL_MSG_HELLO_RETRY_REQUEST	= 6,
	SEAL_MSG_ENCRYPTED_EXTENSIONS	= 8,
	SEAL_MSG_CERTIFICATE		= 11,
	SEAL_MSG_CERTIFICATE_REQUEST	= 13,
	SEAL_MSG_CERTIFICATE_VERIFY	= 15,
	SEAL_MSG_FINISHED		= 20,
	SEAL_MSG_KEY_UPDATE		= 24,
	SEAL_MSG_COMPRESSED_CERTIFICATE	= 25,	/* RFC 8879 */
	SEAL_MSG_MESSAGE_HASH		= 254,
};

enum seal_psk_mode {		/* RFC 8446 4.2.9 */
	SEAL_PSK_DHE_KE	= 1,
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

enum seal_compression {		/* RFC 8879 3 */
	SEAL_COMPRESSION_ZLIB	= 1,
};

enum seal_status_type {		/* RFC 6066 8 */
	SEAL_STATUS_OCSP	= 1,
};

/* ------------------------------------------------------------ error.c */

/* All there is to say of an enum seal_error, and of 0 */
struct seal_error_row {
	int		 error;
	int		 alert;		/* SEAL_ALERT_NO_ALERT: none is sent */
	const char	*text;
};

extern const struct seal_error_row seal_errors[];
extern const size_t seal_errors_len;

/* Alert that tells the peer of @error, or SEAL_ALERT_NO_ALERT */
int seal_error_alert(int error);
/* Is it one of those that end a connection with an error (RFC 8446 6.2)? */
bool seal_alert_is_fatal(int description);
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
/* Likewise, if nothing is in it */
void seal_buf_release(struct seal_buf *buf);

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
uint32_t seal_reader_u32(struct seal_reader *r);
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
void seal_writer_u24(struct seal_writer *w, uint32_t value);
void seal_writer_u32(struct seal_writer *w, uint32_t value);
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
	SEAL_EXT_COMPRESS_CERTIFICATE,
	SEAL_EXT_RECORD_SIZE_LIMIT,
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
	SEAL_IN_NEW_SESSION_TICKET	= 1 << 6,
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

/* What can stand beside a certificate in its CertificateEntry (RFC 8446 4.4.2) */
enum seal_staple {
	SEAL_STAPLE_OCSP,	/* an OCSPResponse as DER (RFC 8446 4.4.2.1) */
	SEAL_STAPLE_SCT,	/* a SignedCertificateTimestampList (RFC 6962 3.3) */
	SEAL_STAPLES
};

#define SEAL_STAPLE_BIT(staple)	(1U << (staple))

struct seal_certificate {
	struct seal_span	context;
	struct seal_span	certs[SEAL_CHAIN_MAX];	/* DER, leaf first */
	size_t			count;
	struct seal_span	staples[SEAL_STAPLES];	/* of the leaf */
};

struct seal_compressed_certificate {
	uint16_t		algorithm;
	size_t			len;		/* uncompressed, as it says */
	struct seal_span	packed;
};

struct seal_certificate_request {
	struct seal_span	context;
	struct seal_exts	exts;
};

struct seal_certificate_verify {
	uint16_t		scheme;
	struct seal_span	signature;
};

struct seal_new_session_ticket {
	uint32_t		lifetime;	/* seconds */
	uint32_t		age_add;
	struct seal_span	nonce;
	struct seal_span	ticket;
	uint32_t		max_early_data;	/* bytes, 0: none */
};

#define SEAL_IDENTITIES_MAX	8	/* PSKs of one ClientHello we look at */

/* A PSK that a client offers, and the proof that it has it (RFC 8446 4.2.11) */
struct seal_identity {
	struct seal_span	name;
	uint32_t		age;		/* obfuscated, of a ticket */
	struct seal_span	binder;
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
int seal_compressed_certificate_parse(struct seal_span body,
				      struct seal_compressed_certificate *msg)
	SEAL_MUST_CHECK;
int seal_certificate_request_parse(struct seal_span body,
				   struct seal_certificate_request *msg)
	SEAL_MUST_CHECK;
int seal_certificate_verify_parse(struct seal_span body,
				  struct seal_certificate_verify *msg)
	SEAL_MUST_CHECK;
int seal_new_session_ticket_parse(struct seal_span body,
				  struct seal_new_session_ticket *msg)
	SEAL_MUST_CHECK;

/* ----------------------------------------------------------- staple.c */

/* Masks are of SEAL_STAPLE_BIT()s; @where is a ClientHello or CertificateRequest */

/* Ask for what is in @mask; what that offers, as SEAL_EXT_BIT()s */
uint32_t seal_staple_write_requests(struct seal_writer *w, enum seal_ext_where where,
				    unsigned int mask);
/* What does the peer ask for? */
int seal_staple_read_requests(const struct seal_exts *exts,
			      enum seal_ext_where where, unsigned int *mask)
	SEAL_MUST_CHECK;
/* An extension of a CertificateEntry, and all of them */
void seal_staple_write(struct seal_writer *w, enum seal_staple staple,
		       struct seal_span value);
int seal_staple_read(const struct seal_exts *exts,
		     struct seal_span values[SEAL_STAPLES]) SEAL_MUST_CHECK;
/* Is it a list as it is sent: one SerializedSCT or more? */
bool seal_staple_is_sct_list(struct seal_span value);

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
/*
 * pre_shared_key of a ClientHello, the first SEAL_IDENTITIES_MAX; @binders is what the
 * list of binders takes at the end, length field included.
 */
int seal_ext_client_psks(const struct seal_exts *exts,
			 struct seal_identity psks[SEAL_IDENTITIES_MAX],
			 size_t *count, size_t *binders) SEAL_MUST_CHECK;
/* psk_key_exchange_modes (RFC 8446 4.2.9): is psk_dhe_ke among them? */
int seal_ext_psk_dhe(const struct seal_exts *exts, bool *dhe) SEAL_MUST_CHECK;
/* The DNS name of server_name, empty if there is none (RFC 6066 3) */
int seal_ext_server_name(const struct seal_exts *exts,
			 struct seal_span *name) SEAL_MUST_CHECK;
/* The ProtocolNameList of RFC 7301, checked: vectors with an 8-bit length */
int seal_ext_alpn(const struct seal_exts *exts,
		  struct seal_span *list) SEAL_MUST_CHECK;
/* The names of certificate_authorities, checked: vectors with a 16-bit length */
int seal_ext_authorities(const struct seal_exts *exts,
			 struct seal_span *list) SEAL_MUST_CHECK;
/* Is @name in a ProtocolNameList that was checked? */
bool seal_alpn_has(struct seal_span list, struct seal_span name);
void seal_ext_write_list16(struct seal_writer *w, enum seal_ext ext,
			   const uint16_t *values, size_t count);

#endif /* SOCKSEAL_WIRE_H */
