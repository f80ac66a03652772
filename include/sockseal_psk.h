/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * libsockseal: keys that both ends have already.  External PSKs, the tickets that a
 * server gives, and the sessions that a client makes of them (RFC 8446 2.2).
 *
 * A part of sockseal.h, whose conventions hold.
 */
#ifndef SOCKSEAL_PSK_H
#define SOCKSEAL_PSK_H

#include "sockseal.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ------------------------------------------------------- external PSKs */

/*
 * Keys that both ends have been given beforehand (RFC 8446 2.2): they take the place of
 * certificates.  A fresh key exchange is done in any case (psk_dhe_ke).
 */

/* Hashes that PSKs go with, and so cipher suites */
enum seal_hash {
	SEAL_SHA256,
	SEAL_SHA384,
};

#define SEAL_PSK_MAX	64

/**
 * struct seal_psk_key - an external PSK
 * @key:	random bytes, not a password (RFC 9257 4.2)
 * @len:	how many: 16 to SEAL_PSK_MAX
 * @hash:	what it goes with; SHA-256 if nobody has said (RFC 8446 4.2.11)
 */
struct seal_psk_key {
	uint8_t		key[SEAL_PSK_MAX];
	size_t		len;
	enum seal_hash	hash;
};

/**
 * seal_config_add_psk() - use an external PSK
 * @identity:	its name, which is readable on the wire
 * @len:	bytes of it, 1 to 1024
 * @key:	copied
 *
 * A client offers all it has, in order, 7 at most, behind the session that it resumes.
 * It needs neither CAs nor a server name then; without them, a server that takes none is
 * refused with SEAL_E_HANDSHAKE_FAILURE, otherwise its certificate is verified.
 *
 * A server, which may have 64, takes the first of the client's that it knows, and a
 * suite with its hash before others; one whose binder is wrong is refused with
 * SEAL_E_DECRYPT_ERROR.  It needs no certificate then; without one, a client whose PSKs
 * are all unknown is refused with SEAL_E_UNKNOWN_PSK_IDENTITY.  Connections with an
 * external PSK get no tickets: these do not say who the client is.
 *
 * Return: 0, SEAL_E_INVALID (a length or hash that is not allowed, an identity that is
 * there, too many, in use), SEAL_E_NOMEM.
 */
int seal_config_add_psk(struct seal_config *cfg, const void *identity,
			size_t len, const struct seal_psk_key *key);

/**
 * typedef seal_psk_fn - finds the PSK of a client
 * @identity:	what the client says; not verified yet, of any length
 * @key:	filled in when there is one; what is not as struct seal_psk_key says ends
 *		the handshake with SEAL_E_INVALID
 * @arg:	as given to seal_config_set_psk_callback()
 *
 * Return: 1 if there is one, 0 if not.
 */
typedef int (*seal_psk_fn)(const void *identity, size_t len,
			   struct seal_psk_key *key, void *arg);

/**
 * seal_config_set_psk_callback() - ask for PSKs that seal_config_add_psk() did not add
 * @cfg:	configuration of a server
 * @callback:	called by the thread of the handshake, for 8 identities of a ClientHello
 *		at most, twice if there is a HelloRetryRequest; NULL: nobody is asked
 *
 * Return: 0, SEAL_E_INVALID (a client's configuration, in use).
 */
int seal_config_set_psk_callback(struct seal_config *cfg, seal_psk_fn callback,
				 void *arg);

/**
 * seal_conn_psk_identity() - the external PSK that both ends have used
 * @len: set to the length of its identity
 *
 * Return: the identity, which is no string; NULL if it was another kind of handshake.
 */
const void *seal_conn_psk_identity(const struct seal_conn *conn, size_t *len);

/* ------------------------------------------------------------- tickets */

/*
 * A server gives its clients tickets, with which they resume (RFC 8446 2.2, 4.6.1).
 * They are stateless: all that the server has to know again is in them, encrypted under
 * a ticket key; a fleet of servers that share the keys can each take them.  What is
 * wrong with a ticket is never an error: the handshake is a full one.
 */

/**
 * seal_config_set_tickets() - how many tickets a client gets, and for how long
 * @cfg:	configuration of a server
 * @count:	after a full handshake, 2 by default; after a resumed one it is 1.
 *		0: none are sent, and none taken.  16 at most
 * @lifetime:	seconds, 604800 (seven days) at most; 0: 7200, which is the default
 *
 * They leave behind the client's Finished, under the keys of the application data, as
 * a part of the handshake: seal_conn_attach() tells the kernel how many records that
 * were.  Clients that do not offer psk_dhe_ke get none.
 *
 * Return: 0, SEAL_E_INVALID (too many, too long, a client's configuration, in use).
 */
int seal_config_set_tickets(struct seal_config *cfg, unsigned int count,
			    uint32_t lifetime);

/**
 * struct seal_ticket_keys - the keys that tickets are encrypted with
 *
 * One object may serve many configurations, and may be called at any time by any
 * thread: this is how keys change while a configuration is in use.
 */
struct seal_ticket_keys;

#define SEAL_TICKET_NAME_SIZE	16
#define SEAL_TICKET_SECRET_SIZE	32

/**
 * struct seal_ticket_key - one of them
 * @name:	stands in each ticket, readable, and finds the key
 * @secret:	random bytes; who knows them can read the tickets
 */
struct seal_ticket_key {
	uint8_t	name[SEAL_TICKET_NAME_SIZE];
	uint8_t	secret[SEAL_TICKET_SECRET_SIZE];
};

/**
 * seal_ticket_keys_new() - keys that are made at random and change by themselves
 *
 * Each configuration of a server has its own of these, unless it is given others.  They
 * are lost with the process.
 *
 * Return: keys to be released with seal_ticket_keys_unref(), or NULL when memory is
 * short.
 */
struct seal_ticket_keys *seal_ticket_keys_new(void);

/** seal_ticket_keys_ref() - one more owner */
struct seal_ticket_keys *seal_ticket_keys_ref(struct seal_ticket_keys *keys);

/** seal_ticket_keys_unref() - one owner less; the last one frees and wipes them */
void seal_ticket_keys_unref(struct seal_ticket_keys *keys);

/**
 * seal_ticket_keys_set_lifetimes() - for how long a key is used
 * @encrypt:	seconds that new tickets are encrypted with it, 7200 by default
 * @decrypt:	seconds more that these tickets are taken, 7200 by default: not less
 *		than a ticket lives, or it is worth nothing at its end
 *
 * Return: 0, SEAL_E_INVALID (@encrypt is 0).
 */
int seal_ticket_keys_set_lifetimes(struct seal_ticket_keys *keys,
				   uint32_t encrypt, uint32_t decrypt);

/**
 * seal_ticket_keys_add() - add a key that others have, too
 * @key:	copied; its name is one that is not there yet
 * @from:	when its time begins, in seconds since 1970: of those whose time has
 *		begun the latest encrypts.  Its tickets are taken before, too: servers
 *		whose clocks differ may have begun with it
 *
 * From the first one on no keys are made at random.  When the time of all is over, no
 * tickets are sent.
 *
 * Return: 0, SEAL_E_INVALID (a name that is there, or more than 64 keys).
 */
int seal_ticket_keys_add(struct seal_ticket_keys *keys,
			 const struct seal_ticket_key *key, uint64_t from);

/**
 * seal_ticket_keys_load() - replace all keys by those of a file
 * @path:	a text file; each line is SECONDS NAME SECRET: when the time of the key
 *		begins, as for seal_ticket_keys_add(), and 32 and 64 hexadecimal digits.
 *		Empty lines, and those that begin with #, do not count
 *
 * Call it again when the file has changed; after a failure the old keys stay.
 *
 * Return: 0, SEAL_E_FILE, see seal_ticket_keys_error().
 */
int seal_ticket_keys_load(struct seal_ticket_keys *keys, const char *path);

/**
 * seal_ticket_keys_error() - why the last seal_ticket_keys_load() failed
 *
 * Return: one line that names the file and the reason, "" after a success.  Valid
 * until the next call of it, by any thread.
 */
const char *seal_ticket_keys_error(const struct seal_ticket_keys *keys);

/**
 * typedef seal_ticket_key_fn - finds keys that are kept elsewhere
 * @name:	SEAL_TICKET_NAME_SIZE bytes of a ticket: which key?  NULL: which key is
 *		to encrypt new tickets?
 * @key:	filled in when there is one
 * @arg:	as given to seal_ticket_keys_set_callback()
 *
 * Return: 1 if there is one, 0 if not.
 */
typedef int (*seal_ticket_key_fn)(const uint8_t *name,
				  struct seal_ticket_key *key, void *arg);

/**
 * seal_ticket_keys_set_callback() - ask the application for keys that are not there
 * @callback:	called by the threads that do handshakes, several at once; how long a
 *		key counts is its affair.  NULL: nobody is asked
 *
 * From then on no keys are made at random.
 */
void seal_ticket_keys_set_callback(struct seal_ticket_keys *keys,
				   seal_ticket_key_fn callback, void *arg);

/**
 * seal_config_set_cookies() - remember nothing after a HelloRetryRequest
 * @cfg:	configuration of a server
 * @on:		0, which is the default, or not
 *
 * With it a HelloRetryRequest has a cookie (RFC 8446 4.2.2) that says all a server has to
 * know of the first ClientHello, and proves itself by the ticket keys.  A connection may
 * be freed once its HelloRetryRequest is sent: the second ClientHello is answered by any
 * new one whose configuration has the same keys, suites and groups.  A ClientHello with a
 * cookie that is forged, or older than a minute, is refused with
 * SEAL_E_ILLEGAL_PARAMETER.
 *
 * Return: 0, SEAL_E_INVALID (a client's configuration, in use).
 */
int seal_config_set_cookies(struct seal_config *cfg, int on);

/**
 * seal_config_set_ticket_keys() - encrypt tickets with these
 * @cfg:	configuration of a server
 * @keys:	the configuration becomes an owner, too
 *
 * Servers for other names or purposes may share keys: a ticket counts only for the
 * server name and protocol that it was given for.
 *
 * Return: 0, SEAL_E_INVALID (a client's configuration, in use).
 */
int seal_config_set_ticket_keys(struct seal_config *cfg,
				struct seal_ticket_keys *keys);

/* ----------------------------------------------------------- sessions */

/*
 * A server sends tickets when it likes, after the handshake.  The kernel keeps them
 * while the application reads; here they become sessions, to be stored until the next
 * connection to the same server: seal_conn_resume() takes them.
 */

/**
 * struct seal_resumption - what is needed to understand the tickets of a connection
 *
 * Holds the resumption secret (RFC 8446 7.1) and lives on when the connection was
 * handed over and freed.  Belongs to one thread at a time.
 */
struct seal_resumption;

/**
 * struct seal_session - one ticket, with what belongs to it
 *
 * Holds a secret as long as it lives: the PSK (RFC 8446 4.6.1).
 */
struct seal_session;

/**
 * seal_conn_resumption() - keep what tickets of this connection need
 * @conn:	completed connection of a client, handed over or not
 * @res:	where it is stored, to be freed with seal_resumption_free()
 *
 * Return: 0, SEAL_E_INVALID (of a server, not complete, failed), SEAL_E_NOMEM.
 */
int seal_conn_resumption(const struct seal_conn *conn,
			 struct seal_resumption **res);

/** seal_resumption_free() - free and wipe; @res may be NULL */
void seal_resumption_free(struct seal_resumption *res);

/**
 * seal_resumption_end() - a fatal alert has ended the connection
 *
 * To be called when the socket that was handed over fails with ECONNRESET, EBADMSG or
 * EMSGSIZE, and SEAL_INFO tells of an alert: nothing is resumed of what such a connection
 * has agreed on (RFC 8446 6).  All sessions of its tickets, in whichever store, count as
 * expired from then on.  Sessions in files are the application's to remove.
 */
void seal_resumption_end(const struct seal_resumption *res);

/**
 * seal_resumption_receive() - take the next ticket that the kernel has
 * @fd:		the socket that was handed over
 * @session:	where the session is stored, to be freed with seal_session_free();
 *		NULL if no message waits
 *
 * Never blocks.  A message that is no ticket, or a malformed one, is gone after the
 * call that tells of it; the next one can be asked for.
 *
 * Return: 0, SEAL_E_UNEXPECTED_MESSAGE (another message), SEAL_E_DECODE_ERROR,
 * SEAL_E_ILLEGAL_PARAMETER (RFC 8446 4.2), SEAL_E_NOMEM, SEAL_E_CRYPTO,
 * SEAL_E_SYSTEM.
 */
int seal_resumption_receive(const struct seal_resumption *res, int fd,
			    struct seal_session **session);

/**
 * seal_resumption_ticket() - the same for a message that the caller has fetched
 * @message:	a handshake message, header included
 * @len:	its length in bytes
 *
 * Unknown extensions are ignored, as RFC 8446 4.6.1 demands.
 *
 * Return: as seal_resumption_receive().
 */
int seal_resumption_ticket(const struct seal_resumption *res,
			   const void *message, size_t len,
			   struct seal_session **session);

/** seal_session_free() - free and wipe; @session may be NULL */
void seal_session_free(struct seal_session *session);

/**
 * seal_session_lifetime() - for how many seconds more it may be used
 *
 * As the server said when it sent the ticket, but seven days at most (RFC 8446
 * 4.6.1); and no longer than until the first fatal alert, sent or received, of a
 * handshake that offered this session or another one of the same connection (RFC 8446
 * 6), or seal_resumption_end().
 *
 * Return: seconds, by the clock of the machine; 0 when it is to be thrown away.
 */
uint32_t seal_session_lifetime(const struct seal_session *session);

/** seal_session_suite() - cipher suite of the connection, wire number */
uint16_t seal_session_suite(const struct seal_session *session);
/** seal_session_servername() - who was verified then, or NULL if nobody was named */
const char *seal_session_servername(const struct seal_session *session);
/** seal_session_alpn() - protocol of the connection, or NULL */
const char *seal_session_alpn(const struct seal_session *session);
/** seal_session_max_early_data() - bytes of 0-RTT data the server takes; 0: none */
uint32_t seal_session_max_early_data(const struct seal_session *session);

/**
 * seal_session_export() - a session as bytes, for a store
 * @out:	where they go; NULL: only ask how many there are
 * @room:	room in @out
 * @len:	set to their number
 *
 * They hold the PSK: who can read them can resume the session.  Machines of any byte
 * order can read them, and this version of the library and later ones.
 *
 * Return: 0, SEAL_E_INVALID (not enough room), SEAL_E_NOMEM.
 */
int seal_session_export(const struct seal_session *session, void *out,
			size_t room, size_t *len);

/**
 * seal_session_import() - a session from the bytes of seal_session_export()
 * @session:	where it is stored, to be freed with seal_session_free()
 *
 * Its age goes on from when its ticket was received.
 *
 * Return: 0, SEAL_E_INVALID (not what seal_session_export() made), SEAL_E_NOMEM.
 */
int seal_session_import(const void *data, size_t len,
			struct seal_session **session);

/**
 * struct seal_store - sessions in memory, for a program that makes many connections
 *
 * May be used by many threads.
 */
struct seal_store;

/**
 * seal_store_new() - an empty store
 * @max:	sessions that it keeps, 1 or more; the oldest make room for new ones
 *
 * Return: a store to be freed with seal_store_free(), or NULL: memory is short, or @max 0.
 */
struct seal_store *seal_store_new(size_t max);

/** seal_store_free() - free it with all its sessions, and wipe them; may be NULL */
void seal_store_free(struct seal_store *store);

/** seal_store_put() - keep a session, which is the store's from now on; may be NULL */
void seal_store_put(struct seal_store *store, struct seal_session *session);

/**
 * seal_store_take() - the newest session with a server, for one connection
 * @servername:	as for seal_conn_resume()
 *
 * Stores are for one configuration each, or for several that trust the same CAs and show
 * servers the same certificate.
 *
 * Return: a session that is not in the store any more, to be freed with
 * seal_session_free(); NULL if there is none whose time is not over.
 */
struct seal_session *seal_store_take(struct seal_store *store,
				     const char *servername);

/**
 * seal_conn_resume() - begin a handshake, and offer to resume a session (RFC 8446 2.2)
 * @session:	of a connection to the same server; copied.  NULL: as seal_conn_new()
 *
 * If the server takes it, no certificate is sent: who the server is was verified when
 * the session began.  A fresh key exchange is done in any case (psk_dhe_ke).  If the
 * server declines, the handshake is a full one.
 *
 * The session is offered only where it may be: its life time is not over, the server
 * name is the same, its protocol is among those of the configuration, as is a suite
 * with its hash.  Unless the configuration is insecure, the server was verified then, with
 * the CAs, CRLs, raw public keys and rules that the configuration has; none of them, nor a
 * certificate of the server or its OCSP response, has expired since; and the full handshake
 * was seven days ago at most (RFC 8446 4.6.1).  Of the system's CAs it counts where they
 * are and when that was changed.  An application that is asked about
 * certificates is asked again, see seal_config_set_verify(), and about sessions without
 * them a full handshake has to tell.  Where a session may not be offered the handshake is
 * a full one, and that is no error.  A session
 * offered twice lets observers link the connections (RFC 8446 C.4): use each once.
 *
 * When the handshake fails with a fatal alert, of either end, the session has ended, as
 * have all others of the same connection: seal_session_lifetime() is 0 from then on, and
 * stores throw them away (RFC 8446 6).  A server keeps nothing of the tickets it has
 * sent: it gives them only when a handshake is complete, and cannot take them back.
 *
 * Return: as seal_conn_new(); SEAL_E_INVALID also for a session of a server's
 * configuration.
 */
int seal_conn_resume(struct seal_config *cfg, const char *servername,
		     const struct seal_session *session,
		     struct seal_conn **conn);

/** seal_conn_resumed() - 1 if a session was resumed, by a ticket; 0 if not */
int seal_conn_resumed(const struct seal_conn *conn);

#ifdef __cplusplus
}
#endif

#endif /* SOCKSEAL_PSK_H */
