/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the files of the library share with each other and with the unit tests,
 * in handshake order.  Nothing here is exported from the shared object.
 */
#ifndef SOCKSEAL_PRIVATE_H
#define SOCKSEAL_PRIVATE_H

#include <stdarg.h>
#include <stdatomic.h>

#include "keys.h"

#define SEAL_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

struct seal_conn;
struct seal_config;

/* ----------------------------------------------------------- record.c */

/* What the key of an epoch is made of; all of it belongs to somebody else */
struct seal_epoch {
	const struct seal_crypto	*crypto;
	const struct seal_suite		*suite;
	const struct seal_keysched	*ks;
	const uint8_t			*secret;	/* NULL: plaintext */
};

/* One direction of the record layer */
struct seal_record {
	struct seal_epoch epoch;
	EVP_CIPHER_CTX	*ctx;		/* NULL until a record needs it */
	uint8_t		 iv[SEAL_IV_SIZE];
	uint64_t	 seq;
	/* content, type and padding: most there may be, 0: SEAL_INNER_MAX */
	size_t		 limit;
	size_t		 longest;	/* opened under this key */
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
/*
 * Begin a new epoch: the sequence number is 0.  The key is made with the first record, for
 * a connection that waits has none to seal or open, and some epochs never have one.
 */
void seal_record_set_epoch(struct seal_record *record, struct seal_epoch epoch);
/* Is there a key, or what it takes to make it? */
bool seal_record_is_protected(const struct seal_record *record);
/* Make the key now; seal_record_open() and seal_record_seal() do */
int seal_record_make_key(struct seal_record *record, bool encrypt) SEAL_MUST_CHECK;
/*
 * Decrypt in place the @size bytes at @raw, header included, and find the inner
 * type (RFC 8446 5.2, 5.4).
 */
int seal_record_open(struct seal_record *record, uint8_t *raw, size_t size,
		     struct seal_fragment *content) SEAL_MUST_CHECK;
/* Most content of one record */
size_t seal_record_room(const struct seal_record *record);
/*
 * No record may be longer from now on, whatever the key; SEAL_E_RECORD_OVERFLOW if one
 * was under this key
 */
int seal_record_set_limit(struct seal_record *record, size_t limit)
	SEAL_MUST_CHECK;
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
#include "hs.h"
#include "auth.h"
#include "psk.h"
#include "limit.h"
#include "stream.h"
#include "early.h"

/* ---------------------------------------------------------- offload.c */

struct seal_offload {
	uint16_t	suite;
	size_t		len;		/* of the secrets */
	const uint8_t	*tx;
	const uint8_t	*rx;
	uint64_t	sent;		/* records under @tx; none came under @rx */
	uint16_t	record_size;	/* of seal_policy; 0: as TLS has it */
	struct seal_span prefill;	/* received behind the handshake */
};

/* TCP_ULP, SEAL_PREFILL and SEAL_POLICY if need be, SEAL_KEYS; errno is left for SEAL_E_SYSTEM */
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

	struct seal_asking		 asking;	/* of the application */
	struct seal_config		*choice;	/* its answer: what it chose */
	struct seal_buf			 signature;	/* its answer, or our own */
	void				*data;		/* its own */

	struct seal_buf			 ahead;		/* received too early */
	struct seal_buf			 input;		/* record coming in */
	struct seal_buf			 messages;	/* handshake bytes in */
	struct seal_buf			 flight;	/* handshake bytes out */
	struct seal_buf			 output;	/* records for the peer */
	struct seal_record		 in;
	struct seal_record		 out;
	struct seal_stream		*stream;	/* records behind the handshake */

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
	struct seal_bond		*bond;		/* of a session offered */
	struct seal_early		*early;		/* NULL: no early data */
	struct seal_psk			 psk;		/* that both ends use */
	struct seal_buf			 psk_name;	/* of an external one */
	EVP_PKEY			*peer_key;	/* of its certificate */
	struct seal_buf			 peer_chain;	/* vectors of 24 bits */
	struct seal_buf			 peer_staples[SEAL_STAPLES];
	unsigned int			 staples;	/* that the peer wants */
	bool				 compress;	/* it takes CompressedCertificate */
	unsigned int			 cert_types;	/* of ours, that it takes */
	unsigned int			 peer_types;	/* of the peer's: one */
	uint32_t			 type_lists;	/* that a client has sent */
	struct seal_proof		 proof;		/* that it is the peer's */
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
	bool				 name_used;	/* to choose a configuration */
	bool				 ccs_sent;
	bool				 cert_requested;
	uint16_t			 max_fragment;	/* negotiated; 0: not */
	uint16_t			 size_limit;	/* of our records; 0: none */
	bool				 unread;	/* nobody reads early data */
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

/* Act on the answer if there is one, and on conn->ahead; a failure stays in @conn */
void seal_conn_go_on(struct seal_conn *conn);
/* As seal_conn_feed() returns it */
int seal_conn_status(const struct seal_conn *conn);

/* conn_fd.c has the drivers over a descriptor, export.c the exporter: public functions */

/* ----------------------------------------------------------- config.c */

/* policy.c: the one that a new configuration has */
#define SEAL_POLICY_DEFAULT	"default-2026"
/* Is the key long enough, whoever it belongs to? */
bool seal_policy_allows(const struct seal_config *cfg, const EVP_PKEY *key);
/* The signature scheme of this number if we have offered it, or NULL */
const struct seal_scheme *seal_policy_scheme(const struct seal_config *cfg, uint16_t id);

/* What each setter begins with; @side: whose setting it is, if not of both */
int seal_config_begin(struct seal_config *cfg) SEAL_MUST_CHECK;
int seal_config_begin_side(struct seal_config *cfg, enum seal_side side)
	SEAL_MUST_CHECK;
/* Note why a setter failed, and return @error; config_auth.c, config_psk.c have more */
int seal_config_fail(struct seal_config *cfg, int error, const char *fmt, ...)
	SEAL_PRINTF(3, 4);

/*
 * Can it serve connections?  0, or what seal_conn_new() says if not; of a client
 * without regard to its server's name.
 */
int seal_config_check(const struct seal_config *cfg) SEAL_MUST_CHECK;
/* Has it anything to prove with who this end is? */
bool seal_config_has_keys(const struct seal_config *cfg);
/* May it take the place of a server's configuration?  As seal_config_check() */
int seal_config_check_other(const struct seal_config *cfg) SEAL_MUST_CHECK;
/* One more owner who relies on it as it is */
struct seal_config *seal_config_freeze(struct seal_config *cfg);

/* ------------------------------------------------------ config_names.c */

struct seal_named;

/* Which configuration answers for which server name, sorted by name */
struct seal_names {
	struct seal_named	*rows;
	size_t			 len;
	size_t			 room;		/* rows allocated */
	bool			 required;	/* others are refused */
};

/* Is @name there?  *@cfg answers for it; NULL: the one that has the table */
bool seal_names_find(const struct seal_names *names, const char *name,
		     struct seal_config **cfg);
void seal_names_free(struct seal_names *names);

struct seal_config {
	atomic_uint			 refs;
	atomic_bool			 frozen;	/* a connection refers to it */
	enum seal_side			 side;
	struct seal_crypto		 crypto;
	uint16_t			 suites[SEAL_SUITE_COUNT];
	size_t				 suites_len;
	uint16_t			 groups[SEAL_GROUP_COUNT];
	size_t				 groups_len;
	uint16_t			 schemes[SEAL_SCHEME_COUNT];
	size_t				 schemes_len;
	int				 rsa_bits;	/* least, of either end */
	struct seal_buf			 alpn;		/* ProtocolNameList */
	struct seal_cred		*creds;		/* most preferred first */
	X509_STORE			*store;
	struct seal_raw_key		*raw_keys;	/* that are trusted */
	uint8_t				 cas[SEAL_TRUST_SIZE];	/* digest of these */
	uint8_t				 crl_digest[SEAL_TRUST_SIZE];
	struct seal_buf			 authorities;	/* names of the CA file */
	bool				 send_authorities;	/* client */
	unsigned int			 chain_depth;	/* CAs below the anchor */
	STACK_OF(X509_CRL)		*crls;		/* NULL: nobody asks */
	enum seal_crl_check		 crl_check;
	enum seal_client_auth		 client_auth;
	enum seal_ocsp			 ocsp;
	bool				 scts;		/* ask for them */
	unsigned int			 compression;	/* SEAL_COMPRESS_* */
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
	struct seal_names		 names;		/* of a server */
	seal_select_fn			 select;
	void				*select_arg;
	uint16_t			 max_fragment;	/* a client asks for */
	uint16_t			 size_limit;	/* record_size_limit of ours */
	struct seal_early_policy	 early;		/* of a server */
	bool				 insecure;
	seal_keylog_fn			 keylog;
	void				*keylog_arg;
	char				 error[SEAL_REASON_MAX];
};

#endif /* SOCKSEAL_PRIVATE_H */
