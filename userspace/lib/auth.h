/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The part of private.h about who the two ends are: certificates that are sent,
 * certificates that are verified, and the messages that carry them.
 */
#ifndef SOCKSEAL_AUTH_H
#define SOCKSEAL_AUTH_H

#include <openssl/types.h>

#include "keys.h"
#include "wire.h"

struct seal_config;
struct seal_conn;
struct seal_message;
struct seal_scheme;
struct seal_crypto;

/* -------------------------------------------------------------- pem.c */

/* Where loading is, and what went wrong first */
struct seal_loader {
	const char	*path;
	int		 error;
	char		*why;		/* SEAL_REASON_MAX */
};

/* Note @error and a line that begins with the path, unless there is one */
void seal_loader_fail(struct seal_loader *l, int error, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What a file has, in its order */
struct seal_pem {
	STACK_OF(X509)		*certs;
	STACK_OF(X509_CRL)	*crls;
	unsigned int		 keys;		/* private ones */
};

/* Read all that is in the file; to be freed, whatever l->error says */
void seal_pem_read(struct seal_loader *l, const char *path, struct seal_pem *pem);
void seal_pem_free(struct seal_pem *pem);
/* The one private key of a file, read but once; NULL: l->error says why */
EVP_PKEY *seal_pem_key(struct seal_loader *l, const char *path);

/* -------------------------------------------------------- cred_chain.c */

/*
 * Refuse what is no chain with its leaf first, or has expired; @with_key: the key may be
 * in the file, too.
 */
void seal_cred_check_chain(struct seal_loader *l, const struct seal_pem *pem,
			   bool with_key);

/* ------------------------------------------------------------- cred.c */

#define SEAL_CREDS_MAX		8	/* credentials of one configuration */
#define SEAL_SIGNED_AS_MAX	2	/* schemes for one signature */

/* A certificate chain and its key */
struct seal_cred {
	struct seal_cred	*next;		/* less preferred */
	enum seal_certificate_type type;
	EVP_PKEY		*key;		/* public, if somebody else signs */
	seal_sign_fn		 sign;		/* of the application; NULL: we */
	void			*sign_arg;
	enum seal_key_kind	 kind;
	uint32_t		 schemes;	/* it can sign with: rows, as bits */
	EVP_MD_CTX		*signers[SEAL_SCHEME_COUNT];	/* if we sign */
	/* Certificate, with header: by what stands beside the leaf, a mask */
	struct seal_buf		 messages[1 << SEAL_STAPLES];
	/* CompressedCertificate likewise; empty where that would be no shorter */
	struct seal_buf		 compressed[1 << SEAL_STAPLES];
	struct seal_buf		 staples[SEAL_STAPLES];
	uint64_t		 staple_until;	/* OCSP: s since 1970 */
	struct seal_buf		 issuers;	/* Names, vectors of 16 bits */
	/* schemes of the signatures in the chain, either will do; 0: none */
	uint16_t		 signed_as[SEAL_CHAIN_MAX][SEAL_SIGNED_AS_MAX];
	size_t			 signed_len;
};

/*
 * Load from PEM files; without a file of the key, it is the public one of the leaf.  @why
 * gets a line that names the file and the reason
 */
struct seal_cred *seal_cred_load(const char *chain, const char *key, int *error,
				 char why[SEAL_REASON_MAX]);
/* Likewise a key alone, which is sent as raw public key */
struct seal_cred *seal_cred_load_raw(const char *key, int *error,
				     char why[SEAL_REASON_MAX]);
/* Free it and those that follow */
void seal_cred_free(struct seal_cred *cred);

/* ----------------------------------------------------- cred_message.c */

/* The message without staples, of a chain as it is on the wire, leaf first */
int seal_cred_write(struct seal_cred *cred, const struct seal_span *chain,
		    size_t count) SEAL_MUST_CHECK;
/* The leaf of what was written; the credential's memory */
struct seal_span seal_cred_leaf(const struct seal_cred *cred);
/* Let @value, which is copied, stand beside the leaf from now on */
int seal_cred_set_staple(struct seal_cred *cred, enum seal_staple staple,
			 struct seal_span value) SEAL_MUST_CHECK;
/* The message that suits conn's peer, at @now */
struct seal_span seal_cred_message(const struct seal_conn *conn, uint64_t now);

/* --------------------------------------------------------- compress.c */

/* compress_certificate, in a ClientHello or CertificateRequest (RFC 8879 3) */
void seal_compress_write_request(struct seal_writer *w);
int seal_compress_read_request(const struct seal_exts *exts, bool *taken)
	SEAL_MUST_CHECK;
/* From Certificate to CompressedCertificate; empty where that is no shorter */
int seal_compress(struct seal_span message, struct seal_buf *out) SEAL_MUST_CHECK;
/* From the body of the latter to that of the former */
int seal_decompress(struct seal_conn *conn, struct seal_span body,
		    struct seal_buf *out) SEAL_MUST_CHECK;

/* ------------------------------------------------------ cred_select.c */

/*
 * Set conn->cred and conn->scheme to what suits a ClientHello or CertificateRequest
 * with @exts best; NULL where nothing does (RFC 8446 4.4.2.2, 4.4.2.3).
 */
int seal_cred_select(struct seal_conn *conn, const struct seal_exts *exts)
	SEAL_MUST_CHECK;
/* Describe the signatures and issuers of a chain, leaf first, to @cred */
int seal_cred_describe(struct seal_cred *cred, const STACK_OF(X509) *chain)
	SEAL_MUST_CHECK;
/* Append the name as a vector of 16 bits */
int seal_cred_write_name(struct seal_buf *out, const X509_NAME *name)
	SEAL_MUST_CHECK;

/* What of signature_algorithms_cert its signature is, either will do; zeros: none */
void seal_cred_signed_as(X509 *cert, uint16_t schemes[SEAL_SIGNED_AS_MAX]);

/* ----------------------------------------------------- verify_store.c */

X509_STORE *seal_verify_load_file(const char *path, int *error,
				  char why[SEAL_REASON_MAX]);
X509_STORE *seal_verify_load_system(int *error, char why[SEAL_REASON_MAX]);
/* The file and the folder of the system's CAs */
const char *seal_verify_system_file(void);
const char *seal_verify_system_dir(void);
void seal_verify_store_free(X509_STORE *store);
/*
 * The subjects of a store for certificate_authorities (RFC 8446 4.2.4), vectors of
 * 16 bits; nothing if they take more than SEAL_AUTHORITIES_MAX bytes.
 */
#define SEAL_AUTHORITIES_MAX	16384
int seal_verify_authorities(X509_STORE *store, struct seal_buf *out)
	SEAL_MUST_CHECK;

/* ------------------------------------------------------- verify_crl.c */

STACK_OF(X509_CRL) *seal_verify_load_crls(const char *path, int *error,
					  char why[SEAL_REASON_MAX]);
void seal_verify_free_crls(STACK_OF(X509_CRL) *crls);
/* Hold the chain, or its leaf, against the CRLs of the configuration, if it has any */
void seal_verify_use_crls(X509_STORE_CTX *ctx, const struct seal_config *cfg);

/* ----------------------------------------------------- verify_trust.c */

/* A digest of the CAs of a store, in the order of the store */
int seal_verify_file_trust(const struct seal_crypto *crypto, X509_STORE *store,
			   uint8_t cas[SEAL_TRUST_SIZE]) SEAL_MUST_CHECK;
/* Of CAs that are read when they are needed: where, and when that was changed */
int seal_verify_place_trust(const struct seal_crypto *crypto, const char *file,
			    const char *dir, uint8_t cas[SEAL_TRUST_SIZE])
	SEAL_MUST_CHECK;
int seal_verify_crl_trust(const struct seal_crypto *crypto,
			  const STACK_OF(X509_CRL) *crls,
			  uint8_t digest[SEAL_TRUST_SIZE]) SEAL_MUST_CHECK;
/* A digest of all that peers are held against: CAs, CRLs, raw public keys and rules */
int seal_verify_trust(const struct seal_config *cfg, uint8_t trust[SEAL_TRUST_SIZE])
	SEAL_MUST_CHECK;
/*
 * Until when that which has verified a chain would do so again, in ms since 1970: the
 * first certificate expires, or the first CRL that we have
 */
uint64_t seal_verify_until(const struct seal_config *cfg, const STACK_OF(X509) *chain);
/* Or earlier, because of a time in something else */
uint64_t seal_verify_first(uint64_t until, const ASN1_TIME *time);

/* ------------------------------------------------------ verify_name.c */

enum seal_name_kind { SEAL_NAME_INVALID, SEAL_NAME_DNS, SEAL_NAME_IP };
enum seal_name_kind seal_verify_name_kind(const char *name);
/* Length of a DNS name without the dot that may end it (RFC 6066 3) */
size_t seal_verify_name_len(const char *name);
bool seal_verify_name_is_ascii(const char *name);
/* Is @leaf for conn->servername? SEAL_E_HOSTNAME, and @why */
int seal_verify_name(const struct seal_conn *conn, X509 *leaf, char *why, size_t size)
	SEAL_MUST_CHECK;
/* Do the name constraints of @ca exclude conn->servername? */
bool seal_verify_name_is_excluded(const struct seal_conn *conn, X509 *ca);

/* ---------------------------------------------------- verify_policy.c */

/* Judge a chain that is verified; of the first fault, *why and which certificate, *at */
int seal_verify_policy(const struct seal_conn *conn, const STACK_OF(X509) *chain,
		       const char **why, int *at) SEAL_MUST_CHECK;
/* Why a certificate is malformed (SEAL_E_BAD_CERTIFICATE); NULL: it is not */
const char *seal_verify_is_malformed(const struct seal_conn *conn, X509 *cert);

/* ----------------------------------------------------------- verify.c */

#define SEAL_CHAIN_DEPTH	5	/* CAs between leaf and anchor, by default */
#define SEAL_SUBJECT_MAX	128

/* The subject of a certificate, for a text; what does not fit is left out */
void seal_verify_subject(X509 *cert, char out[SEAL_SUBJECT_MAX]);
/*
 * Verify the chain of conn's peer up to conn's configuration's store and, if it is a
 * server, the name conn->servername; set conn->peer_key.
 */
int seal_verify_peer(struct seal_conn *conn,
		     const struct seal_certificate *chain) SEAL_MUST_CHECK;

/* Can these bytes be decoded as a certificate? */
bool seal_verify_is_certificate(struct seal_span der);

/* ---------------------------------------------------------- raw_key.c */

struct seal_raw_key;

/* Add to @keys those in a file, PEM or DER; @why gets a line */
int seal_raw_keys_load(struct seal_raw_key **keys, const char *path,
		       char why[SEAL_REASON_MAX]) SEAL_MUST_CHECK;
void seal_raw_keys_free(struct seal_raw_key *keys);
/* Those that are trusted, in their order */
int seal_raw_keys_hash(const struct seal_config *cfg, EVP_MD_CTX *ctx) SEAL_MUST_CHECK;
/* Does it have the form of a SubjectPublicKeyInfo?  A certificate has another */
bool seal_raw_key_has_form(struct seal_span der);
/* Is it a key that conn's configuration trusts?  Set conn->peer_key */
int seal_raw_key_verify(struct seal_conn *conn,
			const struct seal_certificate *msg) SEAL_MUST_CHECK;

/* --------------------------------------------------------- cert_type.c */

#define SEAL_CERT_TYPE_BIT(type)	(1U << (type))

/* What a Certificate message has, by its type (RFC 7250, RFC 8446 4.4.2) */
struct seal_cert_type {
	enum seal_certificate_type type;
	uint32_t	exts;		/* of an entry, as SEAL_EXT_BIT()s */
	int		(*verify)(struct seal_conn *conn,
				  const struct seal_certificate *msg);
};

/* The types that this end can verify, as a mask */
unsigned int seal_cert_types_taken(const struct seal_conn *conn);
/* The type that the peer has to send; NULL: none was negotiated */
const struct seal_cert_type *seal_cert_type_of_peer(const struct seal_conn *conn);
/* Extensions of a ClientHello; they set conn->cert_types and conn->peer_types */
void seal_cert_type_write_lists(struct seal_conn *conn, struct seal_writer *w);
int seal_cert_type_read_lists(struct seal_conn *conn,
			      const struct seal_exts *exts) SEAL_MUST_CHECK;
/* Likewise of EncryptedExtensions */
void seal_cert_type_write_answers(const struct seal_conn *conn,
				  struct seal_writer *w);
int seal_cert_type_read_answers(struct seal_conn *conn,
				const struct seal_exts *exts) SEAL_MUST_CHECK;

/* ------------------------------------------------------ verify_ocsp.c */

/*
 * What the OCSP response of conn's peer says of the first certificate of @chain, which
 * was verified and goes up to a CA of the store (RFC 6960, RFC 7633).
 */
int seal_verify_ocsp(struct seal_conn *conn, STACK_OF(X509) *chain)
	SEAL_MUST_CHECK;
/*
 * Is it a response about the certificate @leaf, both as DER?  When it ends goes to
 * @until, in s since 1970; NULL, or why it is no good.
 */
const char *seal_ocsp_describe(struct seal_span response, struct seal_span leaf,
			       uint64_t *until);

/* ---------------------------------------------------------- hs_auth.c */

/* The extensions of both ClientHello and CertificateRequest (RFC 8446 4.2.3) */
void seal_auth_write_schemes(const struct seal_config *cfg, struct seal_writer *w);
/* certificate_authorities, unless there are no names (RFC 8446 4.2.4) */
void seal_auth_write_authorities(struct seal_writer *w,
				 const struct seal_buf *names);
/* How certificates may come, and with what beside them, in either of these messages */
void seal_auth_write_wishes(struct seal_conn *conn, struct seal_writer *w);
/* CertificateRequest, if the configuration wants a certificate */
int seal_auth_send_request(struct seal_conn *conn) SEAL_MUST_CHECK;
/* Certificate, an empty one without conn->cred; that one is not signed for */
int seal_auth_send(struct seal_conn *conn) SEAL_MUST_CHECK;
/* Set conn->signature, or let the application do so */
int seal_auth_ask_signature(struct seal_conn *conn, int *answer);
/* CertificateVerify with conn->signature; a bad one is SEAL_E_KEY_MISMATCH */
int seal_auth_send_verify(struct seal_conn *conn) SEAL_MUST_CHECK;
/* The text that @signer signs in CertificateVerify (RFC 8446 4.4.3) */
#define SEAL_SIGNED_MAX		(64 + 33 + 1 + SEAL_HASH_MAX)
int seal_auth_signed_text(struct seal_conn *conn, enum seal_side signer,
			  uint8_t text[SEAL_SIGNED_MAX], size_t *len)
	SEAL_MUST_CHECK;
/* Does the application say at once that conn->peer_chain will do? */
bool seal_auth_has_approval(struct seal_conn *conn);
/* Handlers: the first of clients alone */
int seal_auth_on_request(struct seal_conn *conn, const struct seal_message *msg);
int seal_auth_on_certificate(struct seal_conn *conn,
			     const struct seal_message *msg);
int seal_auth_on_compressed(struct seal_conn *conn,
			    const struct seal_message *msg);
int seal_auth_on_verify(struct seal_conn *conn, const struct seal_message *msg);
/* Amid a Certificate: the application's view of it */
int seal_auth_ask_verdict(struct seal_conn *conn, int *answer);
int seal_auth_on_verdict(struct seal_conn *conn, const struct seal_message *msg);

#endif /* SOCKSEAL_AUTH_H */
