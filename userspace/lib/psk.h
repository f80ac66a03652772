/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The part of private.h about keys that both ends have already: PSKs, the tickets they
 * come from, the sessions that clients keep (RFC 8446 2.2, 4.2.11, 4.6.1).
 */
#ifndef SOCKSEAL_PRIVATE_PSK_H
#define SOCKSEAL_PRIVATE_PSK_H

/* ------------------------------------------------------------- bond.c */

/*
 * What a client's sessions of one connection share, and the connections that they are
 * offered on: a fatal alert on any of these ends them all.  It may be NULL where there
 * is nothing to share.
 */
struct seal_bond {
	atomic_uint	refs;
	atomic_bool	broken;
};

struct seal_bond *seal_bond_new(void);
struct seal_bond *seal_bond_ref(struct seal_bond *bond);
void seal_bond_unref(struct seal_bond *bond);
void seal_bond_break(struct seal_bond *bond);
bool seal_bond_is_broken(const struct seal_bond *bond);

/* ------------------------------------------------------------ proof.c */

/* How a peer has proved who it is; all zeros: it was not asked, or by a PSK */
struct seal_proof {
	bool		verified;
	uint8_t		type;			/* SEAL_CERT_TYPE_BIT(); 0: nothing */
	uint64_t	since;			/* ms since 1970: the full handshake */
	uint64_t	until;			/* ms since 1970: they expire */
	uint8_t		trust[SEAL_TRUST_SIZE];	/* what they were verified with */
};

/* The peer has sent its certificates, or none though it was asked */
int seal_proof_set(struct seal_conn *conn) SEAL_MUST_CHECK;
/* From a session, whose @chain is the connection's then */
void seal_proof_take(struct seal_conn *conn, const struct seal_proof *proof,
		     struct seal_buf *chain);
/* Neither that nor its certificates */
void seal_proof_forget(struct seal_conn *conn);
/* Is it worth at @now what a full handshake would be?  ms since 1970 */
bool seal_proof_holds(const struct seal_proof *proof, const struct seal_config *cfg,
		      uint64_t now);
/* With the certificates that belong to it */
void seal_proof_write(const struct seal_proof *proof, const struct seal_buf *chain,
		      struct seal_writer *w);
/* Into what is all zeros: 0, SEAL_E_INVALID if malformed, SEAL_E_NOMEM */
int seal_proof_read(struct seal_reader *r, struct seal_proof *proof,
		    struct seal_buf *chain) SEAL_MUST_CHECK;

/* -------------------------------------------------------------- psk.c */

/* A key and the hash that it goes with; no PSK at all if it has no bytes */
struct seal_psk {
	bool		external;	/* not of a ticket */
	enum seal_hash	hash;
	size_t		len;
	uint8_t		key[SEAL_PSK_MAX];
};

/* An external one that a configuration has */
struct seal_external {
	struct seal_external	*next;
	struct seal_psk		 psk;
	struct seal_buf		 name;		/* the identity on the wire */
};

/* One that a client offers */
struct seal_offer {
	struct seal_psk	psk;
	struct seal_buf	name;		/* the identity on the wire */
	uint64_t	received;	/* of a ticket: ms since 1970 */
	uint32_t	age_add;	/* of a ticket */
	const struct seal_suite	*suite;	/* of a ticket */
	uint32_t	max_early_data;	/* of a ticket, bytes */
	char		alpn[SEAL_NAME_MAX + 1];	/* of a ticket */
	struct seal_proof proof;	/* of who the server is */
	struct seal_buf	chain;		/* its certificates */
};

/* Bytes that may be an external PSK: of the application, in or out of a callback */
bool seal_psk_is_good(const struct seal_psk_key *key);
void seal_psk_set(struct seal_psk *psk, const struct seal_psk_key *key);
/* The binder of @psk over what came before and @part of a ClientHello */
int seal_psk_binder(const struct seal_conn *conn, const struct seal_psk *psk,
		    struct seal_span part, uint8_t out[SEAL_HASH_MAX])
	SEAL_MUST_CHECK;
/* Let the key schedule, of the same hash, begin with conn->psk, if there is one */
int seal_psk_use(struct seal_conn *conn) SEAL_MUST_CHECK;

/* ----------------------------------------------------- hs_client_psk.c */

/* Offer @session, if it is one that fits, and the PSKs of the configuration */
int seal_client_offer(struct seal_conn *conn,
		      const struct seal_session *session) SEAL_MUST_CHECK;
/* Last extension of the ClientHello, with binders that are yet to be filled in */
void seal_client_write_psks(struct seal_conn *conn, struct seal_writer *w);
/* Fill in the binders of the ClientHello in conn->flight */
int seal_client_bind(struct seal_conn *conn) SEAL_MUST_CHECK;
/* After a HelloRetryRequest: keep what fits its suite (RFC 8446 4.1.4) */
void seal_client_keep_psks(struct seal_conn *conn);
/* Which one has the server taken?  None: conn->psk stays empty */
int seal_client_read_psk(struct seal_conn *conn, const struct seal_exts *exts)
	SEAL_MUST_CHECK;
void seal_client_free_offers(struct seal_conn *conn);

/* ------------------------------------------------------ resumption.c */

/* What outlives a client's connection, to understand tickets that come later */
struct seal_resumption {
	struct seal_config		*cfg;
	struct seal_bond		*bond;		/* of its sessions */
	const struct seal_suite		*suite;
	uint8_t				 secret[SEAL_HASH_MAX];
	struct seal_proof		 proof;
	struct seal_buf			 chain;
	char				 servername[SEAL_NAME_MAX + 1];
	char				 alpn[SEAL_NAME_MAX + 1];
};

/* --------------------------------------------------------- session.c */

/* One ticket and what it stands for (RFC 8446 4.6.1) */
struct seal_session {
	struct seal_session		*next;		/* in a store */
	struct seal_bond		*bond;		/* with others */
	const struct seal_suite		*suite;
	uint64_t			 received;	/* ms since 1970 */
	uint32_t			 lifetime;	/* s, as the server said */
	uint32_t			 age_add;
	uint32_t			 max_early_data;
	struct seal_proof		 proof;		/* of who the peer is */
	struct seal_buf			 chain;		/* vectors of 24 bits */
	uint8_t				 psk[SEAL_HASH_MAX];
	char				 servername[SEAL_NAME_MAX + 1];
	char				 alpn[SEAL_NAME_MAX + 1];
	struct seal_buf			 ticket;
};

/* As seal_session_lifetime(), at another time: ms since 1970 */
uint32_t seal_session_lifetime_at(const struct seal_session *session,
				  uint64_t now);
uint64_t seal_session_now(void);
/* All but the ticket, as it is exported and as it stands in tickets of ours */
void seal_session_write(const struct seal_session *session,
			struct seal_writer *w);
/* Into one that is all zeros: 0, SEAL_E_INVALID if it is malformed, SEAL_E_NOMEM */
int seal_session_read(struct seal_reader *r, struct seal_session *session)
	SEAL_MUST_CHECK;

/* ----------------------------------------------------- ticket_keys.c */

/* The key for new tickets at @now, in s since 1970: is there one? */
bool seal_ticket_keys_current(struct seal_ticket_keys *keys, uint64_t now,
			      struct seal_ticket_key *key);
/* The key of that name, if tickets under it still count */
bool seal_ticket_keys_find(struct seal_ticket_keys *keys,
			   const uint8_t name[SEAL_TICKET_NAME_SIZE],
			   uint64_t now, struct seal_ticket_key *key);

/* ---------------------------------------------------------- ticket.c */

#define SEAL_TICKET_CHAIN_MAX	4096	/* bytes of certificates in a ticket */

/* What a ticket says, encrypted under a key of the configuration; @session has none */
int seal_ticket_seal(const struct seal_config *cfg,
		     const struct seal_ticket_key *key,
		     const struct seal_session *session,
		     struct seal_buf *ticket) SEAL_MUST_CHECK;
/* 1: @session, all zeros before, has what it says, and a chain to be freed in any
 * case; 0: it is none of ours
 */
int seal_ticket_open(const struct seal_config *cfg, struct seal_span ticket,
		     struct seal_session *session) SEAL_MUST_CHECK;

/* ----------------------------------------------------- hs_server_psk.c */

struct seal_selection;

/*
 * Set conn->psk to the first PSK of the ClientHello @raw that may be used, once its
 * binder is verified; none is no error.
 */
int seal_server_select_psk(struct seal_conn *conn,
			   const struct seal_client_hello *hello,
			   struct seal_span raw, struct seal_selection *sel)
	SEAL_MUST_CHECK;
/* pre_shared_key of the ServerHello, if there is a PSK */
void seal_server_write_psk(const struct seal_conn *conn, struct seal_writer *w,
			   const struct seal_selection *sel);
/* Queue NewSessionTickets behind the handshake (RFC 8446 4.6.1) */
int seal_server_send_tickets(struct seal_conn *conn) SEAL_MUST_CHECK;

/* ---------------------------------------------------------- cookie.c */

/* Set conn->cookie for a HelloRetryRequest, if the configuration wants one */
int seal_cookie_make(struct seal_conn *conn) SEAL_MUST_CHECK;
/* Recall suite, group and digest, and the hash of the ClientHello before */
int seal_cookie_open(struct seal_conn *conn,
		     const struct seal_client_hello *hello,
		     uint8_t first[SEAL_HASH_MAX]) SEAL_MUST_CHECK;
/* Has the client sent conn->cookie back? */
int seal_cookie_check(struct seal_conn *conn,
		      const struct seal_client_hello *hello) SEAL_MUST_CHECK;

/* ------------------------------------------------------ config_psk.c */

/* A server's defaults about tickets */
int seal_config_init_tickets(struct seal_config *cfg) SEAL_MUST_CHECK;
void seal_config_free_psks(struct seal_config *cfg);
/* The external PSK of that identity, or NULL */
const struct seal_external *seal_config_find_psk(const struct seal_config *cfg,
						 struct seal_span name);

#endif /* SOCKSEAL_PRIVATE_PSK_H */
