/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * libsockseal: what an application decides while a handshake goes on: which
 * configuration answers a client, what it thinks of certificates; at once or later.
 *
 * A part of sockseal.h, whose conventions hold.
 */
#ifndef SOCKSEAL_ANSWER_H
#define SOCKSEAL_ANSWER_H

#include "sockseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* -------------------------------------------------------- server names */

/*
 * A server with several names has a configuration for each, or for some.  A connection
 * begins with one of them; the name in the ClientHello (RFC 6066 3) chooses another,
 * before anything of the first one is used.  From then on everything is that of the
 * other one: certificates, ALPN, suites, groups, CAs for clients, tickets and PSKs,
 * key log.  A ticket counts only for the name that it was given for.
 */

/**
 * seal_config_add_name() - another configuration for clients that ask for a name
 * @cfg:	configuration of a server, with which connections begin
 * @name:	DNS name, in either case, with or without a dot at its end.  "*.example"
 *		stands for every name with one label more, if there is no row for that
 *		name itself
 * @other:	configuration of a server, complete, without names of its own; @cfg becomes
 *		an owner of it, and setters on it fail from now on.  NULL: @cfg itself
 *
 * Clients that ask for no name, or for one that is not there, get @cfg; unless there is
 * seal_config_require_name().  There may be tens of thousands of names.
 *
 * A server that is to send cookies in HelloRetryRequests has seal_config_set_cookies()
 * on @cfg and on those for the names.
 *
 * Return: 0, SEAL_E_INVALID (no DNS name, there already, @other has names or is a
 * client's or not complete, a client's configuration, in use), SEAL_E_NO_TRUST (@other
 * asks for certificates and has no CAs), SEAL_E_NOMEM.
 */
int seal_config_add_name(struct seal_config *cfg, const char *name,
			 struct seal_config *other);

/**
 * seal_config_require_name() - refuse clients whose name was not added
 * @cfg:	configuration of a server, with which connections begin; it needs no
 *		certificate then
 *
 * A client that asks for another name is refused with SEAL_E_UNRECOGNIZED_NAME (RFC 6066
 * 3), one that asks for none with SEAL_E_MISSING_EXTENSION (RFC 8446 9.2).
 *
 * Return: 0, SEAL_E_INVALID (a client's configuration, in use).
 */
int seal_config_require_name(struct seal_config *cfg);

/* ------------------------------------------------------------- answers */

/*
 * A function of the application that is asked something in a handshake answers by what
 * it returns: 0, or a SEAL_E* that ends the handshake, with its alert.  What belongs to
 * an answer is set before, such as by seal_conn_use_config().
 *
 * Or it returns SEAL_WANT_ANSWER, and answers later.  The connection waits: seal_conn_feed()
 * and seal_conn_handshake() return SEAL_WANT_ANSWER.  When the answer is known, the thread
 * that has the connection sets what belongs to it, calls seal_conn_answer(), and goes on
 * with seal_conn_handshake(), or seal_conn_feed(), with bytes or without.  How long to wait
 * is the application's affair: it may give up by seal_conn_free() at any time, though not
 * from such a function.  What the peer sends meanwhile, alerts included, is looked at
 * afterwards.
 *
 * Documentation/handshake.rst has an event loop that does so.
 */

/** enum seal_question - what a connection waits for */
enum seal_question {
	SEAL_ASKS_NOTHING,
	SEAL_ASKS_CONFIG,		/* of seal_config_set_select() */
	SEAL_ASKS_VERDICT,		/* of seal_config_set_verify() */
	SEAL_ASKS_SIGNATURE,		/* of seal_config_add_certificate_signer() */
};

/** seal_conn_question() - what is to be answered by seal_conn_answer() */
enum seal_question seal_conn_question(const struct seal_conn *conn);

/**
 * seal_conn_answer() - answer a question, later
 * @answer:	what the function that was asked could have returned, but for
 *		SEAL_WANT_ANSWER
 *
 * Once for each question.  Nothing happens yet: the next call of seal_conn_handshake() or
 * seal_conn_feed() goes on.
 *
 * Return: 0, SEAL_E_INVALID (no question waits for an answer: it was answered, the
 * function is just being called, the handshake has failed; or @answer is
 * SEAL_WANT_ANSWER).
 */
int seal_conn_answer(struct seal_conn *conn, int answer);

/** seal_conn_set_data() - let a connection remember something of the application's */
void seal_conn_set_data(struct seal_conn *conn, void *data);
/** seal_conn_data() - what seal_conn_set_data() was called with last, or NULL */
void *seal_conn_data(const struct seal_conn *conn);

/**
 * typedef seal_select_fn - chooses the configuration for a client
 * @conn: connection that has a ClientHello; seal_conn_servername() says the name in it,
 *	  seal_conn_offered_alpn() the protocols, seal_conn_client_hello() has the rest.
 *	  Nothing of that is more than a claim
 * @arg:  as given to seal_config_set_select()
 *
 * Return: 0: that of seal_conn_use_config(), or, if it was not called, that of the name as
 * without this function; the SEAL_E* whose alert the client gets, such as
 * SEAL_E_UNRECOGNIZED_NAME or SEAL_E_ACCESS_DENIED, what has no alert counts as
 * SEAL_E_NO_ANSWER; SEAL_WANT_ANSWER.
 */
typedef int (*seal_select_fn)(struct seal_conn *conn, void *arg);

/**
 * seal_config_set_select() - let the application choose another configuration
 * @cfg:	configuration of a server, with which connections begin; it needs no
 *		certificate then, but whoever chooses none is refused with
 *		SEAL_E_UNRECOGNIZED_NAME
 * @fn:		called once per connection, from the thread that runs the handshake, for
 *		the first ClientHello; NULL: do not ask
 *
 * Return: 0, SEAL_E_INVALID (a client's configuration, in use).
 */
int seal_config_set_select(struct seal_config *cfg, seal_select_fn fn, void *arg);

/**
 * seal_conn_use_config() - the configuration that answers this client
 * @conn:	connection that asks for it
 * @cfg:	as @other of seal_config_add_name(); names and seal_select_fn of its own
 *		do not count.  The connection becomes an owner
 *
 * Called again, it takes the place of what was chosen before.
 *
 * Return: 0, SEAL_E_INVALID (no such question is open, a client's configuration, one
 * without certificate or PSK), SEAL_E_NO_TRUST.
 */
int seal_conn_use_config(struct seal_conn *conn, struct seal_config *cfg);

/**
 * seal_conn_offered_alpn() - a protocol that the client offers (RFC 7301)
 * @index:	0: the one that it likes best
 * @name:	set to where it is, no string; the connection's memory, until it goes on
 * @len:	set to its length, 1 to 255
 *
 * Return: 0, SEAL_E_INVALID (none at this index, or none that can be decoded; or no
 * configuration is being asked for).
 */
int seal_conn_offered_alpn(const struct seal_conn *conn, size_t index,
			   const void **name, size_t *len);

/**
 * seal_conn_client_hello() - the whole ClientHello (RFC 8446 4.1.2)
 * @message:	set to where it is, with its header of four bytes; the connection's memory,
 *		until it goes on
 * @len:	set to its length
 *
 * Return: 0, SEAL_E_INVALID (no configuration is being asked for).
 */
int seal_conn_client_hello(const struct seal_conn *conn, const void **message,
			   size_t *len);

/* ---------------------------------------------- private keys elsewhere */

/**
 * typedef seal_sign_fn - signs with a private key that the library does not have
 * @conn:   connection in its handshake
 * @scheme: SignatureScheme (RFC 8446 4.2.3), one that fits the key: 0x0403 ECDSA with P-256
 *	    and SHA-256, 0x0804 RSASSA-PSS with SHA-256 for a key of RSA, and so on
 * @text:   what is to be signed (RFC 8446 4.4.3), not hashed yet; valid during the call, to
 *	    be copied if the signature is made later
 * @len:    in bytes, 146 at most
 * @arg:    as given to seal_config_add_certificate_signer()
 *
 * The signature is passed on by seal_conn_set_signature(), before this returns or before
 * seal_conn_answer().  ECDSA: Ecdsa-Sig-Value in DER; RSASSA-PSS: the salt is as long as
 * the hash.
 *
 * Return: 0, the SEAL_E* whose alert the peer gets, what has no alert counts as
 * SEAL_E_NO_ANSWER, or SEAL_WANT_ANSWER.
 */
typedef int (*seal_sign_fn)(struct seal_conn *conn, uint16_t scheme,
			    const void *text, size_t len, void *arg);

/**
 * seal_config_add_certificate_signer() - a certificate whose private key is elsewhere
 * @chain:	as for seal_config_add_certificate(): it is one more, less preferred than
 *		those before
 * @fn:		called when the certificate is sent, once per connection, from the thread
 *		that runs the handshake; several threads may do so at once
 *
 * The key of the leaf says which schemes there are.
 *
 * Return: as seal_config_add_certificate(), but for SEAL_E_KEY_MISMATCH.
 */
int seal_config_add_certificate_signer(struct seal_config *cfg, const char *chain,
				       seal_sign_fn fn, void *arg);

/**
 * seal_conn_set_signature() - the signature that seal_sign_fn was asked for
 * @signature:	copied
 * @len:	in bytes, 4627 at most
 *
 * It is verified with the key of the certificate before it leaves: if it is wrong, the
 * handshake fails with SEAL_E_KEY_MISMATCH, and the peer hears of internal_error.
 *
 * Return: 0, SEAL_E_INVALID (no signature is being asked for, too long), SEAL_E_NOMEM.
 */
int seal_conn_set_signature(struct seal_conn *conn, const void *signature,
			    size_t len);

#ifdef __cplusplus
}
#endif

#endif /* SOCKSEAL_ANSWER_H */
