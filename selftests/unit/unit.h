/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * What the unit tests of the library share: peers made of memory, peers that
 * misbehave, certificates, and messages of every shape.
 */
#ifndef UNIT_H
#define UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "../../userspace/lib/private.h"

#define SERVER_NAME	"server.example"
#define PROTOCOL	"h2"

/* ------------------------------------------------------------- guard.c */

/*
 * A copy of @len bytes whose last byte is followed by memory that must not be
 * touched; valid until the next call.
 */
const uint8_t *guard_copy(const void *data, size_t len);

/* --------------------------------------------------------------- hex.c */

#define HEX_MAX		1024

struct hex {
	uint8_t	data[HEX_MAX];
	size_t	len;
};

/* Digits of either byte together, a space between bytes if one likes */
struct hex hex_decode(const char *text);
struct seal_span hex_span(const struct hex *hex);
/* The bytes at @data are those that @text spells */
void expect_hex(const uint8_t *data, const char *text);

/* ----------------------------------------------------------- vectors.c */

/* RFC 8448 3 */
struct trace_simple {
	const char *client_hello;
	const char *server_hello;
	const char *client_private;
	const char *server_flight;
	const char *client_finished;
	const char *client_data;
	const char *client_alert;
	const char *server_ticket;
	const char *server_data;
	const char *server_alert;
	const char *early;
	const char *handshake;
	const char *client_handshake;
	const char *server_handshake;
	const char *main;
	const char *client_application;
	const char *server_application;
	const char *exporter;
	const char *resumption;
	const char *psk;
	const char *client_handshake_key;
	const char *client_handshake_iv;
	const char *server_handshake_key;
	const char *server_handshake_iv;
	const char *client_application_key;
	const char *client_application_iv;
	const char *server_application_key;
	const char *server_application_iv;
	const char *client_finished_key;
	const char *server_finished_key;
	const char *through_server_hello;
	const char *through_server_finished;
};

/* RFC 8448 4, as far as it is about the PSK; it resumes what is in 3 */
struct trace_resumed {
	const char *client_hello;
	const char *early;
	const char *binder_hash;
	const char *binder;
	const char *client_early;
	const char *server_hello;
	const char *shared;
	const char *handshake;
	const char *client_handshake;
	const char *server_handshake;
};

/* RFC 8448 5 */
struct trace_retry {
	const char *client_hello_1;
	const char *retry_request;
	const char *client_hello_2;
	const char *server_hello;
	const char *client_private;
	const char *server_flight;
	const char *client_finished;
	const char *through_server_hello;
};

extern const struct trace_simple rfc8448_simple;
extern const struct trace_resumed rfc8448_resumed;
extern const struct trace_retry rfc8448_retry;

/* ------------------------------------------------------------- forge.c */

#define FORGE_MAX	(80 * 1024)
#define FORGE_FIELDS	64
#define FORGE_DEPTH	8

/* A message in the making that remembers where its length fields are */
struct forge {
	uint8_t	data[FORGE_MAX];
	size_t	len;
	struct forge_field {
		size_t		at;
		unsigned int	width;
	} fields[FORGE_FIELDS];
	size_t	fields_len;
	size_t	open[FORGE_DEPTH];	/* indices of fields */
	size_t	depth;
};

void forge_start(struct forge *f);
void forge_number(struct forge *f, uint32_t value, unsigned int width);
void forge_bytes(struct forge *f, const void *data, size_t len);
void forge_open(struct forge *f, unsigned int width);
void forge_close(struct forge *f);
void forge_vector(struct forge *f, unsigned int width, const void *data,
		  size_t len);
/* Add @delta to length field number @index */
void forge_adjust(struct forge *f, size_t index, int delta);
struct seal_span forge_span(const struct forge *f);

/* ------------------------------------------------------------- hello.c */

#define HELLO_EXTS	24

/* Wire types of extensions (RFC 8446 4.2) */
enum {
	TYPE_SERVER_NAME		= 0,
	TYPE_SUPPORTED_GROUPS		= 10,
	TYPE_SIGNATURE_ALGORITHMS	= 13,
	TYPE_ALPN			= 16,
	TYPE_PADDING			= 21,
	TYPE_PRE_SHARED_KEY		= 41,
	TYPE_EARLY_DATA			= 42,
	TYPE_SUPPORTED_VERSIONS		= 43,
	TYPE_COOKIE			= 44,
	TYPE_KEY_SHARE			= 51,
	TYPE_UNKNOWN			= 0x7a7a,	/* RFC 8701 */
};

/* What is in a ClientHello or ServerHello; bodies are the caller's memory */
struct hello {
	uint16_t		version;
	uint8_t			random[SEAL_RANDOM_SIZE];
	struct seal_span	session_id;
	struct seal_span	suites;		/* ServerHello: two bytes */
	struct seal_span	compression;	/* ServerHello: one byte */
	struct {
		uint16_t		type;
		struct seal_span	body;
	} exts[HELLO_EXTS];
	size_t			exts_len;
	bool			bare;		/* without extension block */
};

#define SPAN(bytes) ((struct seal_span){ (bytes), sizeof(bytes) })

/* A ClientHello that a server with default configuration answers */
void hello_of_client(struct hello *hello);
/* A ServerHello, or a HelloRetryRequest for P-256, that @client likes */
void hello_of_server(struct hello *hello, const struct seal_conn *client);
void hello_of_retry(struct hello *hello, const struct seal_conn *client);
/* Put an extension in the place of the one of its type, or at the end */
void hello_put(struct hello *hello, uint16_t type, struct seal_span body);
void hello_add(struct hello *hello, uint16_t type, struct seal_span body);
void hello_drop(struct hello *hello, uint16_t type);
/* Bodies of messages, without header */
void forge_client_hello(struct forge *f, const struct hello *hello);
void forge_server_hello(struct forge *f, const struct hello *hello);

/* --------------------------------------------------------------- pki.c */

#define PKI_PATH_MAX	256

struct identity {
	char	chain[PKI_PATH_MAX];		/* paths */
	char	key[PKI_PATH_MAX];
};

enum pki_issuer {
	ISSUER_ROOT, ISSUER_OTHER_ROOT, ISSUER_INTERMEDIATE, ISSUER_SELF
};

#define PKI_DAY		86400L

/* A certificate to be issued; zero means what a good one has */
struct cert_spec {
	enum seal_key_kind	kind;		/* default: P-256 */
	unsigned int		rsa_bits;
	const char		*digest;	/* of an RSA-PSS key; NULL: any */
	enum pki_issuer		issuer;
	const char		*subject;	/* default: SERVER_NAME */
	const char		*san;		/* "": none */
	const char		*usage;		/* extended; "": none */
	const char		*key_usage;	/* default: none */
	const char		*feature;	/* of TLS (RFC 7633); default: none */
	long			from;		/* seconds from now */
	long			until;
};

void pki_issue(const struct cert_spec *spec, struct identity *out);
/* The good one of a kind, issued once */
const struct identity *pki_identity(enum seal_key_kind kind);
/* Likewise for a client */
const struct identity *pki_client(enum seal_key_kind kind);
const char *pki_ca(void);
const char *pki_other_ca(void);
/* A file with the contents of both files */
void pki_join(const char *out, const char *first, const char *second);
/* Path in a folder that is removed at exit */
void pki_path(char out[PKI_PATH_MAX], const char *name);
/* The first certificate of a file as it is on the wire; its length */
size_t pki_der(const char *chain, uint8_t *out, size_t size);
/* Of a private key: its public key as PEM file, and as SubjectPublicKeyInfo */
void pki_public(const char *path, char out[PKI_PATH_MAX]);
size_t pki_spki(const char *path, uint8_t *out, size_t size);
/* The certificate of the intermediate CA */
void pki_write_intermediate(const char *path);
/* An authority, whoever it is: not ISSUER_SELF */
void pki_authority(enum pki_issuer issuer, X509 **cert, EVP_PKEY **key);

/* ---------------------------------------------------------- pki_ocsp.c */

#define OCSP_MAX	8192

enum ocsp_signer {
	SIGNER_ISSUER,
	SIGNER_DELEGATE,	/* authorized by the issuer */
	SIGNER_SIBLING,		/* has a certificate of the issuer, no more */
	SIGNER_STRANGER,	/* another CA */
};

/* An OCSP response to be made; zero means what a good one has */
struct ocsp_spec {
	const struct identity	*about;		/* default: P-256 */
	enum pki_issuer		 issuer;	/* of that */
	enum pki_issuer		 claimed;	/* as the response has it */
	int			 status;	/* V_OCSP_CERTSTATUS_* */
	int			 response;	/* OCSP_RESPONSE_STATUS_* */
	long			 from;		/* seconds from now */
	long			 until;		/* -1: none */
	enum ocsp_signer	 signer;
	const char		*digest;	/* of the signature */
	bool			 pss;		/* with RSA, by SIGNER_DELEGATE */
	const char		*id_digest;	/* of names and keys */
	bool			 critical;	/* an extension that nobody knows */
	bool			 twice;		/* good first, then @status */
};

/* Make one; its length */
size_t pki_ocsp(const struct ocsp_spec *spec, uint8_t out[OCSP_MAX]);
/* Write bytes to a file of that name; its path */
void pki_write(const char *name, const void *data, size_t len,
	       char path[PKI_PATH_MAX]);

/* -------------------------------------------------------------- pair.c */

struct pair {
	struct seal_conn	*client;
	struct seal_conn	*server;
};

/* A client that trusts pki_ca(), a server with the good certificate of @kind */
struct seal_config *new_client_config(void);
struct seal_config *new_server_config(enum seal_key_kind kind);
/* The same with ALPN for PROTOCOL, made once and not to be released */
struct seal_config *common_client(void);
struct seal_config *common_server(void);
/* A server that takes P-256 alone and so asks a client to try again */
struct seal_config *common_retry_server(void);
/* A client with a certificate, and a server that insists on one */
struct seal_config *common_known_client(void);
struct seal_config *common_asking_server(void);

void pair_open(struct pair *pair, struct seal_config *client,
	       struct seal_config *server);
void pair_close(struct pair *pair);

#define WIRE_MAX	(160 * 1024)

/* Bytes on their way; data is allocated */
struct wire {
	uint8_t	*data;
	size_t	len;
};

void wire_take(struct wire *wire, struct seal_conn *from);
void wire_free(struct wire *wire);
/* Feed it all, whatever is consumed; the status of the connection */
int feed(struct seal_conn *conn, const void *data, size_t len);
/* Move everything that waits; what the receiver says of it */
int pair_move(struct seal_conn *from, struct seal_conn *to);
/* To the end: 0, or the first error of either */
int pair_shake(struct pair *pair);
/* Both are done and agree */
void expect_agreement(const struct pair *pair);

/* ------------------------------------------------------ pair_tickets.c */

/* Keys that the servers of a group of tests share, and the fixtures that make them */
extern struct seal_ticket_keys *ticket_keys;
int open_ticket_keys(void **state);
int close_ticket_keys(void **state);
/* Begin with a session, which may be NULL */
void pair_resume(struct pair *pair, struct seal_config *client,
		 struct seal_config *server, const struct seal_session *session);
/* To the server's end: what it has queued then is tickets; 0, or the first error */
int pair_serve(struct pair *pair);
/* The sessions of these tickets, which are so many */
void pair_tickets(struct pair *pair, struct seal_session **sessions, size_t count);
/* Those of a full handshake */
void pair_sessions(struct seal_config *client, struct seal_config *server,
		   struct seal_session **sessions, size_t count);
/* Is it resumed?  The handshake is complete in any case */
int pair_resumes(struct seal_config *client, struct seal_config *server,
		 const struct seal_session *session);

/* ------------------------------------------------------------ puppet.c */

/* A peer that says what the test wants, under the keys that fit */
struct puppet {
	struct seal_conn	*victim;
	struct seal_record	 out;		/* towards the victim */
	struct seal_record	 in;		/* from the victim */
};

void puppet_start(struct puppet *puppet, struct seal_conn *victim);
void puppet_stop(struct puppet *puppet);
/* One record, protected if the victim expects that; its status */
int puppet_send(struct puppet *puppet, uint8_t type, const void *data,
		size_t len);
int puppet_send_plain(struct puppet *puppet, uint8_t type, const void *data,
		      size_t len);
/* The bytes as they are */
int puppet_send_raw(struct puppet *puppet, const void *data, size_t len);
/* One record with one handshake message */
int puppet_send_message(struct puppet *puppet, uint8_t type,
			struct seal_span body);
/* The victim failed with @error, told the peer so, and remains failed */
void expect_refusal(struct puppet *puppet, int status, int error);

/* ------------------------------------------------------------ flight.c */

#define FLIGHT_MESSAGES	8

/* The plaintext messages of a flight, each with header */
struct flight {
	struct seal_buf		bytes;
	struct seal_span	messages[FLIGHT_MESSAGES];
	size_t			count;
};

/* Take what @from wants to send, opened with its handshake key */
/* What signs for @conn under @scheme, with its first credential */
EVP_MD_CTX *signer_with(const struct seal_conn *conn, uint16_t scheme);
/* An epoch of @conn, and a record layer of the test's in it, with its key at once */
struct seal_epoch epoch_of(const struct seal_conn *conn, const uint8_t *secret);
void record_key(struct seal_record *record, struct seal_epoch epoch, bool encrypt);
void flight_take(struct flight *flight, struct seal_conn *from);
void flight_free(struct flight *flight);
/* A message without its header */
struct seal_span message_body(struct seal_span message);

/* ------------------------------------------------------------- scene.c */

/* A connection in a certain state, and a puppet as its peer */
struct scene {
	struct pair	pair;
	struct puppet	puppet;
	struct flight	flight;		/* of the peer, as far as it got */
	struct seal_conn *victim;
};

void scene_open(struct scene *scene, enum seal_state state);
void scene_close(struct scene *scene);
/* Open it before a ClientHello, and send a good one as it was changed */
int scene_send_hello(struct scene *scene, void (*change)(struct hello *hello));

/* An empty CertificateRequest but for signature_algorithms */
struct seal_span certificate_request(void);

/* -------------------------------------------------------------- chain.c */

#define CHAIN_LINKS	9
#define LINK_MORE	3

/* A certificate of a chain; zero means what a good one has, "" none of it */
struct link_spec {
	bool		there;		/* the first that is not ends the chain */
	const char	*key;		/* "P-256", "RSA 2048", ... */
	const char	*digest;	/* of its signature */
	const char	*subject;	/* CN */
	const char	*serial;	/* hexadecimal digits */
	bool		version_1;	/* without extensions, then */
	bool		forged;		/* not signed by its issuer */
	long		from, until;	/* seconds from now */
	const char	*constraints;	/* basic ones */
	const char	*key_usage;
	const char	*usage;		/* extended */
	const char	*san;
	struct {
		const char	*name;
		const char	*value;
	} more[LINK_MORE];
};

/* Leaf first, each issued by the next; the last one is in the file @anchor */
struct chain {
	struct x509_st	*certs[CHAIN_LINKS];	/* X509 */
	EVP_PKEY	*keys[CHAIN_LINKS];	/* not to be freed */
	size_t		 count;
	char		 anchor[PKI_PATH_MAX];
};

void chain_make(struct chain *chain, const struct link_spec *specs);
void chain_free(struct chain *chain);
/*
 * A file with what each letter says: '0' the leaf, '1' its issuer, and so on; 'k' the
 * leaf's key, 'K' the same, encrypted
 */
void chain_write(const struct chain *chain, char path[PKI_PATH_MAX], const char *what);
/*
 * Show the chain, but for its anchor, to a connection of @cfg: it takes it, or refuses
 * it with @error, the alert of that, and a text with @why.  @name: of a client.
 */
void chain_judge(const struct chain *chain, struct seal_config *cfg, const char *name,
		 int error, const char *why);

/* ------------------------------------------------------------ openssl.c */

/*
 * OpenSSL's libssl as the other end, over memory; for the tests that are linked with
 * it.  Its types are those of <openssl/ssl.h>.
 */

#define OPENSSL_ROOM	65536
/* What it has by default, and CCM */
#define OPENSSL_SUITES	"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:" \
			"TLS_AES_128_GCM_SHA256:TLS_AES_128_CCM_SHA256"

/* A server with the good certificate of P-256; a client that trusts pki_ca() */
SSL_CTX *openssl_server(void);
SSL_CTX *openssl_client(void);
/* One end, a server if @ctx is a server's */
SSL *openssl_new(SSL_CTX *ctx);

/* A connection of ours with one of OpenSSL's */
struct meeting {
	struct seal_conn	*conn;
	SSL			*ssl;
	struct seal_record	 in;		/* what the kernel would have */
	struct seal_record	 out;
	struct seal_buf		 rest;		/* came behind the handshake */
};

/* To the end of the handshake: 0, or our error */
int meeting_shake(struct meeting *m, struct seal_conn *conn, SSL *ssl);
/* Frees @conn and @ssl, too */
void meeting_end(struct meeting *m);
/* Application data goes both ways, under the sequence numbers of the handover */
void meeting_talk(struct meeting *m);
/* As the kernel does it: open the next record behind the handshake */
struct seal_fragment meeting_next(struct meeting *m);

/* --------------------------------------------------------------- cases.c */

/* Something to prove, of each variant or of some; NULL: of all */
struct walk {
	const char		*name;
	CMUnitTestFunction	function;
	bool			(*fits)(const void *variant);
};

struct variant {
	const char	*name;
	const void	*state;		/* what the function finds in *state */
};

struct cases {
	const struct walk	*walks;
	size_t			walks_len;
	const struct variant	*variants;
	size_t			variants_len;
	const struct CMUnitTest	*others;
	size_t			others_len;
};

/* Run each walk of each variant, and then the others */
int run_cases(const struct cases *cases, CMFixtureFunction setup,
	      CMFixtureFunction teardown);

/* --------------------------------------------------------- test_memory.c */

/* What the linker puts in the place of malloc() and its kin, and what was there */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *p, size_t size);
void __real_free(void *p);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *p, size_t size);
void __wrap_free(void *p);

#endif /* UNIT_H */
