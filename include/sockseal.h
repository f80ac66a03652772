/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * libsockseal: TLS 1.3 handshakes on libcrypto, and the handover of the finished
 * connection to the kernel.
 *
 * The short way, on a connected TCP socket:
 *
 *	struct seal_config *cfg = seal_config_new(SEAL_CLIENT);
 *
 *	seal_config_use_system_ca(cfg);
 *	err = seal_connect(fd, cfg, "www.example.org");
 *	if (!err)
 *		... read(fd), write(fd), sendfile(fd), poll(fd) ...
 *
 * The long way is an engine without I/O (seal_conn_feed(), seal_conn_drain()),
 * with a non-blocking driver over it (seal_conn_handshake()).
 *
 * Conventions.  Functions return 0 or a negative SEAL_E* unless said otherwise.
 * The first failure of a connection is sticky.  Nothing is printed, no signal is
 * raised, no process-wide state is changed.  A configuration may be used by many
 * threads once it is complete; a connection belongs to one thread at a time.
 *
 * What has to do with PSKs, tickets and sessions is in sockseal_psk.h, with early data in
 * sockseal_early.h, with policies, schemes and the size of records in
 * sockseal_negotiation.h, what an application decides while a handshake goes on in
 * sockseal_answer.h, what else than certificates a Certificate message can carry in
 * sockseal_cert.h, and records in user space are in sockseal_stream.h; this header
 * includes them all.
 */
#ifndef SOCKSEAL_H
#define SOCKSEAL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the non-blocking calls return when they cannot go on yet */
#define SEAL_WANT_READ	1	/* wait until the descriptor is readable */
#define SEAL_WANT_WRITE	2	/* wait until the descriptor is writable */
#define SEAL_WANT_ANSWER 3	/* wait until seal_conn_answer() was called */

/**
 * enum seal_error - what can go wrong
 *
 * Each error has one text (seal_strerror()) and, where the peer has to be told,
 * one alert (RFC 8446 6.2).
 */
enum seal_error {
	/* of the caller and the machine; no alert is sent */
	SEAL_E_NOMEM		= -1,	/* out of memory */
	SEAL_E_INVALID		= -2,	/* an argument or call out of order */
	SEAL_E_SYSTEM		= -3,	/* a system call failed, see errno */
	SEAL_E_FILE		= -4,	/* a file cannot be read or parsed */
	/* the key is not the certificate's; in a handshake internal_error */
	SEAL_E_KEY_MISMATCH	= -5,
	SEAL_E_NO_TRUST		= -6,	/* nothing to verify the peer with */
	SEAL_E_NO_MODULE	= -7,	/* kernel module sockseal not loaded */
	SEAL_E_NO_CIPHER	= -8,	/* the kernel lacks the suite's cipher */
	SEAL_E_EOF		= -9,	/* the peer closed before the end */
	SEAL_E_NOT_TLS		= -10,	/* the peer does not speak TLS */
	SEAL_E_CRYPTO		= -11,	/* libcrypto failed; internal_error */
	/* alert received from the peer, see seal_conn_alert() */
	SEAL_E_ALERT		= -12,
	SEAL_E_OLD_MODULE	= -13,	/* the module lacks what is needed */
	SEAL_E_NOT_ASCII	= -14,	/* a name that needs A-labels */
	SEAL_E_NO_ANSWER	= -15,	/* of the application; internal_error */
	SEAL_E_ABORTED		= -16,	/* seal_conn_abort(), with its alert */
	/* of the peer; the alert of the same name is sent */
	SEAL_E_UNEXPECTED_MESSAGE	= -20,
	SEAL_E_BAD_RECORD_MAC		= -21,
	SEAL_E_RECORD_OVERFLOW		= -22,
	SEAL_E_HANDSHAKE_FAILURE	= -23,
	SEAL_E_BAD_CERTIFICATE		= -24,
	SEAL_E_UNSUPPORTED_CERTIFICATE	= -25,
	SEAL_E_CERTIFICATE_EXPIRED	= -26,
	SEAL_E_UNKNOWN_CA		= -27,
	SEAL_E_HOSTNAME			= -28,	/* bad_certificate */
	SEAL_E_ILLEGAL_PARAMETER	= -29,
	SEAL_E_DECODE_ERROR		= -30,
	SEAL_E_DECRYPT_ERROR		= -31,
	SEAL_E_PROTOCOL_VERSION		= -32,
	SEAL_E_MISSING_EXTENSION	= -33,
	SEAL_E_UNSUPPORTED_EXTENSION	= -34,
	SEAL_E_NO_APPLICATION_PROTOCOL	= -35,
	SEAL_E_CERTIFICATE_REVOKED	= -36,
	SEAL_E_CERTIFICATE_UNKNOWN	= -37,
	SEAL_E_CERTIFICATE_REQUIRED	= -38,
	SEAL_E_ACCESS_DENIED		= -39,
	SEAL_E_UNKNOWN_PSK_IDENTITY	= -45,
	SEAL_E_UNRECOGNIZED_NAME	= -46,
	SEAL_E_BAD_STATUS_RESPONSE	= -47,
};

/**
 * seal_strerror() - text of an error, one line without a final dot
 * @error: negative SEAL_E*
 *
 * Return: a static string that says the remedy where there is one.
 */
const char *seal_strerror(int error);

/* ------------------------------------------------------------- config */

struct seal_config;

enum seal_side {
	SEAL_CLIENT,
	SEAL_SERVER,
};

/**
 * seal_config_new() - a configuration with this year's defaults
 * @side: which end of the handshake it serves
 *
 * Defaults: policy "default-2026" (see seal_config_set_policy()), that is AES-128-GCM,
 * AES-256-GCM, ChaCha20-Poly1305; X25519MLKEM768 if libcrypto has it (3.5 and later),
 * X25519, P-256, P-384; TLS 1.3 alone; a client verifies the server.
 *
 * Return: a configuration to be released with seal_config_unref(), or NULL when
 * memory is short.
 */
struct seal_config *seal_config_new(enum seal_side side);

/**
 * seal_config_ref() - one more owner
 * Return: @cfg
 */
struct seal_config *seal_config_ref(struct seal_config *cfg);

/**
 * seal_config_unref() - one owner less; the last one frees and wipes it
 * @cfg: may be NULL
 */
void seal_config_unref(struct seal_config *cfg);

/**
 * seal_config_error() - why the last call that changed @cfg failed
 *
 * Return: one line that names the file and the reason, "" after a success.
 * Valid until the next call on @cfg.
 */
const char *seal_config_error(const struct seal_config *cfg);

/**
 * seal_config_set_certificate() - the certificate chain and key of this end
 * @chain:	path of a PEM file, leaf first, then intermediates in order
 * @key:	path of a PEM file with the unencrypted private key of the leaf:
 *		EC P-256, P-384, P-521, RSA of 2048 bits or more, also for PSS
 *		alone, Ed25519, Ed448, or ML-DSA
 *
 * It takes the place of all that were set or added before.  A server needs one; a
 * client sends its own to a server that asks for a certificate.  A chain that is out of
 * order, has something else in it, or has expired is refused; the key may be in its file
 * only if @key is the same path.
 *
 * Return: 0, SEAL_E_FILE, SEAL_E_KEY_MISMATCH, SEAL_E_NOMEM, SEAL_E_INVALID.
 */
int seal_config_set_certificate(struct seal_config *cfg, const char *chain,
				const char *key);

/**
 * seal_config_add_certificate() - one more, less preferred than those before
 *
 * Of up to 8, that one is sent whose key fits signature_algorithms of the peer; of
 * those, one issued by a CA of certificate_authorities, and signed with what the peer
 * can verify (RFC 8446 4.4.2.2, 4.4.2.3).  If the peer names CAs and none of them has
 * issued a certificate of any chain, a server sends the first chain all the same; a
 * client sends none, so intermediates have to be in the file.
 *
 * Return: as seal_config_set_certificate(); SEAL_E_INVALID also for a ninth.
 */
int seal_config_add_certificate(struct seal_config *cfg, const char *chain,
				const char *key);

/**
 * seal_config_set_ca_file() - verify the peer against the CAs of a PEM file
 *
 * There must be no private key in it.  A server that asks for a certificate names them
 * (RFC 8446 4.2.4), unless their names take more than 16384 bytes.
 *
 * Return: 0, SEAL_E_FILE, SEAL_E_NOMEM, SEAL_E_INVALID, SEAL_E_CRYPTO.
 */
int seal_config_set_ca_file(struct seal_config *cfg, const char *path);

/**
 * seal_config_set_chain_depth() - how many CAs there may be below the trusted one
 * @depth: intermediate CAs between the peer's certificate and ours, 0 to 15; 5 by
 *	   default
 *
 * A longer chain is SEAL_E_UNKNOWN_CA.  The other rules for certificates are in
 * Documentation/certificates.rst, and there is no setting for them.
 *
 * Return: 0, SEAL_E_INVALID.
 */
int seal_config_set_chain_depth(struct seal_config *cfg, unsigned int depth);

/**
 * seal_config_set_crl_file() - hold the peer's certificate against revocation lists
 * @path: PEM file with one CRL or more (RFC 5280 5), of each CA that may have issued it
 *
 * The peer is refused with SEAL_E_CERTIFICATE_REVOKED if its certificate is in the list
 * of its issuer, and with SEAL_E_CERTIFICATE_UNKNOWN if there is no list of that CA, or
 * none that is valid now.  For newer lists, make a new configuration.
 *
 * Return: 0, SEAL_E_FILE (cannot be read or parsed, no CRL, a certificate or private key
 * in it, signed with a weak algorithm), SEAL_E_NOMEM, SEAL_E_INVALID.
 */
int seal_config_set_crl_file(struct seal_config *cfg, const char *path);

enum seal_crl_check {
	SEAL_CRL_LEAF,		/* the peer's certificate alone */
	SEAL_CRL_CHAIN,		/* each one of the chain: there has to be a list for it */
};

/**
 * seal_config_set_crl_check() - which certificates are held against the CRLs
 * Return: 0, SEAL_E_INVALID.
 */
int seal_config_set_crl_check(struct seal_config *cfg, enum seal_crl_check check);

/**
 * seal_config_send_authorities() - tell servers which CAs this client trusts
 *
 * Those of seal_config_set_ca_file(), by name, as long as they take 16384 bytes at most
 * (RFC 8446 4.2.4): a server that has chains of several CAs can choose.  They are sent
 * in plaintext.
 *
 * Return: 0, SEAL_E_INVALID.
 */
int seal_config_send_authorities(struct seal_config *cfg);

/**
 * seal_config_use_system_ca() - verify the peer against the system's CA store
 * Return: 0, SEAL_E_FILE when the system has none, SEAL_E_NOMEM, SEAL_E_INVALID.
 */
int seal_config_use_system_ca(struct seal_config *cfg);

/**
 * seal_config_set_insecure() - do not verify the peer at all
 *
 * Without this, a client with neither CA file nor system store is refused with
 * SEAL_E_NO_TRUST by seal_conn_new() and seal_connect(); so is a server that asks
 * for a certificate.
 */
void seal_config_set_insecure(struct seal_config *cfg);

enum seal_client_auth {
	SEAL_CLIENT_AUTH_NONE,		/* do not ask */
	SEAL_CLIENT_AUTH_OPTIONAL,	/* ask; without one, go on */
	SEAL_CLIENT_AUTH_REQUIRED,	/* without one, certificate_required */
};

/**
 * seal_config_set_client_auth() - ask clients for a certificate (RFC 8446 4.3.2)
 * @cfg:	configuration of a server
 *
 * It is verified like that of a server: CAs, time, purpose (clientAuth, if it has
 * an extended key usage), and that the client has the key; but for no name.  Who it
 * is says seal_conn_peer_certificate().  What is bad is refused, optional or not.
 *
 * Tickets of such a server have the certificates in them, unless these take more than
 * 4096 bytes: then there are none.  They are taken where clients are asked with the same
 * CAs, CRLs, raw public keys and rules, until the first certificate, CRL or OCSP response
 * expires, and for seven days after the client has signed last (RFC 8446 4.6.1); otherwise
 * the client has to prove again who it is.
 *
 * Return: 0, SEAL_E_INVALID.
 */
int seal_config_set_client_auth(struct seal_config *cfg,
				enum seal_client_auth mode);

struct seal_conn;

/**
 * typedef seal_verify_fn - what the application thinks of the peer's certificates
 * @conn: connection in its handshake; getters may be called on it, such as
 *	  seal_conn_peer_certificate() and seal_conn_servername()
 * @arg:  as given to seal_config_set_verify()
 *
 * Return: 0 to go on, or the SEAL_E* whose alert the peer gets, such as
 * SEAL_E_BAD_CERTIFICATE, SEAL_E_CERTIFICATE_REVOKED or SEAL_E_ACCESS_DENIED; what has
 * no alert counts as SEAL_E_CERTIFICATE_UNKNOWN (RFC 8446 6.2).  SEAL_WANT_ANSWER: that
 * comes later, by seal_conn_answer() (sockseal_answer.h).
 */
typedef int (*seal_verify_fn)(struct seal_conn *conn, void *arg);

/**
 * seal_config_set_verify() - ask the application about the peer's certificates too
 * @fn: called once per Certificate message that has certificates, and once when a session
 *	of a peer that had sent some is resumed, from the thread that runs the handshake;
 *	NULL: do not ask
 *
 * It is asked after everything else was verified, or, if the configuration is insecure,
 * instead of that.  That the peer has the key is proved only by what follows: until the
 * handshake is complete, nothing that @fn saw is more than a claim.
 *
 * If a server's @fn refuses a client that would resume, or wants to answer later, the
 * handshake is a full one, and it is asked again.  A client has no such choice: it waits
 * for the answer, and if that is no, its handshake fails, and the session has ended.
 */
void seal_config_set_verify(struct seal_config *cfg, seal_verify_fn fn, void *arg);

/**
 * seal_config_set_alpn() - application protocols, most preferred first
 * @protocols:	names of 1 to 255 bytes, copied
 * @count:	how many; 0 turns ALPN (RFC 7301) off, which is the default
 *
 * A server that has protocols refuses a client that offers only others.
 *
 * Return: 0, SEAL_E_INVALID, SEAL_E_NOMEM.
 */
int seal_config_set_alpn(struct seal_config *cfg, const char *const *protocols,
			 size_t count);

/**
 * seal_config_set_suites() - cipher suites, most preferred first
 * @suites:	wire numbers, copied: 0x1301 AES-128-GCM, 0x1302 AES-256-GCM, 0x1303
 *		ChaCha20-Poly1305, 0x1304 AES-128-CCM
 * @count:	1 or more
 *
 * The server's order decides.
 *
 * Return: 0, SEAL_E_INVALID (unknown, twice, or none).
 */
int seal_config_set_suites(struct seal_config *cfg, const uint16_t *suites,
			   size_t count);

/**
 * seal_config_set_groups() - key exchange groups, most preferred first
 * @groups:	wire numbers, copied: 0x001d X25519, 0x0017 P-256, 0x0018 P-384,
 *		0x0019 P-521, 0x001e X448; 0x11ec X25519MLKEM768, 0x11eb
 *		SecP256r1MLKEM768, 0x11ed SecP384r1MLKEM1024; 0x0100 ffdhe2048,
 *		0x0101 ffdhe3072, 0x0102 ffdhe4096
 * @count:	1 or more
 *
 * A client sends a key share for the first one, and if that is one with ML-KEM, for
 * the first one without as well.
 *
 * Return: 0, SEAL_E_INVALID (unknown, not in this libcrypto, twice, or none).
 */
int seal_config_set_groups(struct seal_config *cfg, const uint16_t *groups,
			   size_t count);

/**
 * typedef seal_keylog_fn - receives lines in NSS key log format
 * @line: one line without newline; holds secrets
 * @arg:  as given to seal_config_set_keylog()
 */
typedef void (*seal_keylog_fn)(const char *line, void *arg);

/**
 * seal_config_set_keylog() - log the secrets of each connection, for debugging
 * @fn: called once per secret, from the thread that runs the handshake; NULL: off
 */
void seal_config_set_keylog(struct seal_config *cfg, seal_keylog_fn fn, void *arg);

/* --------------------------------------------------------- connection */

/**
 * seal_conn_new() - begin a handshake
 * @cfg:	complete configuration; the connection keeps a reference, and
 *		setters on it fail from now on
 * @servername:	client: DNS name or IP address of the server, verified against
 *		its certificate and, if a name, sent as SNI; may be NULL only when
 *		the configuration is insecure.  Server: NULL.
 * @conn:	where the connection is stored, to be freed with seal_conn_free()
 *
 * Return: 0, SEAL_E_NO_TRUST (nothing to verify the peer with, see
 * seal_config_set_insecure()), SEAL_E_INVALID (a server without certificate, unless
 * something else can take its place; a server name that is none), SEAL_E_NOT_ASCII (a
 * name of U-labels, RFC 5890: give its A-labels), SEAL_E_NOMEM, SEAL_E_CRYPTO.
 */
int seal_conn_new(struct seal_config *cfg, const char *servername,
		  struct seal_conn **conn);

/**
 * seal_conn_free() - free and wipe; @conn may be NULL
 *
 * The descriptor is untouched: a connection handed over lives on.
 */
void seal_conn_free(struct seal_conn *conn);

/**
 * seal_conn_feed() - give bytes from the peer to the engine
 * @data:	bytes as received
 * @len:	how many
 * @used:	how many were consumed; the rest stays the caller's.  After the
 *		handshake nothing is consumed: what came behind it is for
 *		seal_conn_prefill(), or to be fed again after seal_conn_stream().
 *
 * While the application has a question to answer (sockseal_answer.h), what comes is kept
 * in @conn, but no more than 65536 bytes: then nothing is consumed until the answer is
 * there, and a call of this, with bytes or without, goes on.
 *
 * Return: 0 when the handshake is complete (once the drained bytes are sent),
 * SEAL_WANT_READ, SEAL_WANT_ANSWER, or the sticky error; after an error too there may be
 * an alert to drain.
 */
int seal_conn_feed(struct seal_conn *conn, const void *data, size_t len,
		   size_t *used);

/**
 * seal_conn_need() - how many bytes the engine wants next, exactly
 *
 * A caller that never receives more than this never holds a byte past the last
 * handshake record.  It needs two calls of recv() for each record.
 *
 * Return: 1 or more during the handshake; 0 after it, after an error, and from a
 * question to the application until seal_conn_feed() has gone on with the answer.
 */
size_t seal_conn_need(const struct seal_conn *conn);

/**
 * seal_conn_drain() - take bytes for the peer out of the engine
 * @buf:	where to copy them; NULL: only ask how many there are
 * @len:	room in @buf
 *
 * Return: number of bytes copied, or waiting if @buf is NULL.
 */
size_t seal_conn_drain(struct seal_conn *conn, void *buf, size_t len);

/**
 * seal_conn_handshake() - go on with the handshake on a socket
 * @fd:	connected TCP socket, blocking or not
 *
 * Receives up to 16384 bytes at once, so a flight takes one recv().  What comes
 * behind the handshake is kept in @conn until seal_conn_attach() hands it over: a
 * caller that reads @fd itself in between does not find it there.  On an error the
 * alert has been sent, as far as the socket took it.
 *
 * Nothing is received while the application has a question to answer.
 *
 * Return: 0 when complete, SEAL_WANT_READ, SEAL_WANT_WRITE, SEAL_WANT_ANSWER (call it
 * again after seal_conn_answer()), or the sticky error.
 */
int seal_conn_handshake(struct seal_conn *conn, int fd);

/**
 * seal_conn_prefill() - keep bytes that were received behind the handshake
 * @data:	what seal_conn_feed() did not consume, as it came; copied
 * @len:	how many; all together at most 65536
 *
 * For callers that receive themselves.  seal_conn_attach() hands the bytes over, to
 * be read before those that are still in the socket.
 *
 * Return: 0, SEAL_E_INVALID (before the handshake is complete, after the handover,
 * too many), SEAL_E_NOMEM.
 */
int seal_conn_prefill(struct seal_conn *conn, const void *data, size_t len);

/**
 * seal_conn_attach() - hand the completed connection over to the kernel
 * @fd:	the socket of the handshake
 *
 * On success read(), write(), sendfile(), poll() on @fd carry plaintext; the
 * connection has forgotten its secrets and may be freed.
 *
 * Return: 0, SEAL_E_NO_MODULE, SEAL_E_OLD_MODULE (there are bytes behind the
 * handshake, and the module has no SEAL_PREFILL), SEAL_E_NO_CIPHER, SEAL_E_INVALID
 * (handshake not complete, bytes not drained, early data not read), SEAL_E_SYSTEM.
 */
int seal_conn_attach(struct seal_conn *conn, int fd);

/**
 * seal_conn_abort() - end a handshake with an alert of one's choice
 * @alert:	AlertDescription of an error (RFC 8446 6.2), such as 49 access_denied; it is
 *		sent at level fatal, under the key that the peer expects
 *
 * At any time from seal_conn_new() to seal_conn_attach() or seal_conn_stream(), also
 * while the application is asked something; in the function that is asked, what that
 * returns does not count any more.  The connection has failed with SEAL_E_ABORTED then,
 * and the alert is to be drained, or sent by seal_conn_handshake().  On a socket that was
 * handed over there is SEAL_ALERT.
 *
 * Return: 0, SEAL_E_INVALID (@alert is none that RFC 8446 has for errors, as close_notify
 * and user_canceled are not; the connection has failed, was handed over or is a stream).
 */
int seal_conn_abort(struct seal_conn *conn, int alert);

/**
 * seal_conn_error() - the failure of this connection in one line
 *
 * Return: text with what is known beyond seal_strerror(): the alert, the reason
 * of the verification, the errno; "" when nothing failed.  Valid until the
 * connection is freed.
 */
const char *seal_conn_error(const struct seal_conn *conn);

/* Getters, valid once the handshake is complete, until the connection is freed */

/** seal_conn_suite() - negotiated cipher suite, wire number; 0 before */
uint16_t seal_conn_suite(const struct seal_conn *conn);
/** seal_conn_group() - negotiated group, wire number; 0 before */
uint16_t seal_conn_group(const struct seal_conn *conn);
/** seal_conn_scheme() - signature scheme of our CertificateVerify; 0: none was sent */
uint16_t seal_conn_scheme(const struct seal_conn *conn);
/** seal_conn_peer_scheme() - likewise of the peer's */
uint16_t seal_conn_peer_scheme(const struct seal_conn *conn);
/** seal_conn_alpn() - negotiated protocol, or NULL */
const char *seal_conn_alpn(const struct seal_conn *conn);
/** seal_conn_servername() - client: as given; server: the name of SNI, or NULL */
const char *seal_conn_servername(const struct seal_conn *conn);
/**
 * seal_conn_peer_certificate() - a certificate that the peer has sent, resumed or not
 * @index:	0: the leaf, then its issuers in the peer's order
 * @der:	set to where it is, as DER; the connection's memory
 * @len:	set to its length
 *
 * Return: 0, SEAL_E_INVALID when there is none at this index, or a raw public key.
 */
int seal_conn_peer_certificate(const struct seal_conn *conn, size_t index,
			       const void **der, size_t *len);
/**
 * struct seal_export_context - what exported bytes are bound to besides the label
 * @data: may be NULL if @len is 0
 * @len:  in bytes; none at all and none of length 0 are the same (RFC 8446 7.5)
 */
struct seal_export_context {
	const void	*data;
	size_t		 len;
};

/**
 * seal_conn_export() - bytes that nobody but the two ends can know (RFC 8446 7.5)
 * @label:	what they are for, 1 to 249 bytes; registered with IANA, or beginning
 *		with "EXPERIMENTAL" (RFC 5705 4)
 * @out:	where they go
 * @len:	how many, 1 to 255 times the size of the suite's hash
 *
 * After the handover too, until the connection is freed.  The peer gets the same for
 * the same arguments, in another program by SSL_export_keying_material() or the like.
 *
 * Return: 0, SEAL_E_INVALID (not complete, failed, a length out of range),
 * SEAL_E_CRYPTO.
 */
int seal_conn_export(const struct seal_conn *conn, const char *label,
		     struct seal_export_context context, void *out, size_t len);
/** seal_conn_alert() - description of the alert received, or -1 */
int seal_conn_alert(const struct seal_conn *conn);
/** seal_suite_name() - name as the RFC spells it, or NULL */
const char *seal_suite_name(uint16_t suite);
/** seal_group_name() - name as IANA spells it, or NULL */
const char *seal_group_name(uint16_t group);

/* ----------------------------------------------------------- blocking */

/**
 * seal_connect() - client handshake and handover in one call
 * @fd:		connected TCP socket; a non-blocking one is waited for by poll()
 * @servername:	as for seal_conn_new()
 *
 * Functions of the application that are asked have to answer at once: here nobody could
 * call seal_conn_answer().
 *
 * Return: 0 or a negative SEAL_E*, SEAL_E_NO_ANSWER when the application wanted to answer
 * later; after a failure close @fd.
 */
int seal_connect(int fd, struct seal_config *cfg, const char *servername);

/**
 * seal_accept() - server handshake and handover in one call
 *
 * Return: as seal_connect().
 */
int seal_accept(int fd, struct seal_config *cfg);

#ifdef __cplusplus
}
#endif

#include "sockseal_negotiation.h"
#include "sockseal_cert.h"
#include "sockseal_psk.h"
#include "sockseal_stream.h"
#include "sockseal_answer.h"
#include "sockseal_early.h"

#endif /* SOCKSEAL_H */
