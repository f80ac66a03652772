/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The part of private.h about the state machine: states, messages, and who handles them.
 */
#ifndef SOCKSEAL_HS_H
#define SOCKSEAL_HS_H

#include "keys.h"

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
	SEAL_HS_WAIT_END_OF_EARLY_DATA,
	SEAL_HS_WAIT_CLIENT_CERTIFICATE,	/* after our CertificateRequest */
	SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY,
	SEAL_HS_WAIT_CLIENT_FINISHED,
	/* amid a message: the application has the word */
	SEAL_HS_ASK_CONFIG,		/* server, ClientHello */
	SEAL_HS_ASK_VERDICT,		/* Certificate */
	SEAL_HS_ASK_RESUMED,		/* client, EncryptedExtensions */
	SEAL_HS_ASK_SERVER_SIGNATURE,	/* ClientHello, for CertificateVerify */
	SEAL_HS_ASK_CLIENT_SIGNATURE,	/* Finished, likewise */
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

/* Go on with what has come, as far as messages and answers allow; SEAL_WANT_ANSWER */
int seal_hs_advance(struct seal_conn *conn) SEAL_MUST_CHECK;

/* ---------------------------------------------------------- answer.c */

/* How far a question to the application is */
enum seal_asked {
	SEAL_ASKED_NOT,
	SEAL_ASKED_NOW,			/* its function is being called */
	SEAL_ASKED_WAITING,		/* it answers later */
	SEAL_ASKED_ANSWERED,		/* it has; we have not gone on yet */
};

struct seal_asking {
	enum seal_asked		asked;
	enum seal_question	question;
	int			answer;
};

/* A state in which the application has the word, amid a message */
struct seal_question_row {
	enum seal_state		state;
	enum seal_question	question;
	int			refusal;	/* what an answer without alert means */
	/* *@answer is the application's, 0 if nobody has to be asked; or SEAL_E* of ours */
	int			(*ask)(struct seal_conn *conn, int *answer);
	seal_handler		go_on;		/* with the message, as a handler */
};

/* The row of a state; NULL: the peer has the word */
const struct seal_question_row *seal_answer_find(enum seal_state state);
/* Ask, unless that was done: 0, SEAL_WANT_ANSWER, or why it does not go on */
int seal_answer_get(struct seal_conn *conn, const struct seal_question_row *row)
	SEAL_MUST_CHECK;
/* Is this being asked, so that what belongs to the answer may be set? */
bool seal_answer_is_open(const struct seal_conn *conn, enum seal_question question);

/* hs_send.c: records that are no part of a flight */

/* Queue a fatal alert under the present key; SEAL_ALERT_NO_ALERT: nothing */
void seal_hs_send_alert(struct seal_conn *conn, int description);
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
/* From now on @record, of @conn, is protected under @secret, of @conn, too */
void seal_hs_set_epoch(struct seal_conn *conn, struct seal_record *record,
		       const uint8_t *secret);

/* hs_client.c */
int seal_client_start(struct seal_conn *conn) SEAL_MUST_CHECK;
/* Write the first ClientHello once more, of which nothing has left */
int seal_client_say_hello_anew(struct seal_conn *conn) SEAL_MUST_CHECK;
void seal_client_drop_shares(struct seal_conn *conn);
int seal_client_on_server_hello(struct seal_conn *conn,
				const struct seal_message *msg);
int seal_client_on_retry(struct seal_conn *conn, const struct seal_message *msg);
int seal_client_on_extensions(struct seal_conn *conn,
			      const struct seal_message *msg);
int seal_client_on_resumed(struct seal_conn *conn, const struct seal_message *msg);
int seal_client_on_finished(struct seal_conn *conn,
			    const struct seal_message *msg);
int seal_client_on_signature(struct seal_conn *conn,
			     const struct seal_message *msg);
/* hs_client_hello.c: write the ClientHello, first or second */
int seal_client_write_hello(struct seal_conn *conn) SEAL_MUST_CHECK;

/* hs_server.c */
int seal_server_on_hello(struct seal_conn *conn, const struct seal_message *msg);
int seal_server_on_config(struct seal_conn *conn, const struct seal_message *msg);
int seal_server_on_hello_2(struct seal_conn *conn,
			   const struct seal_message *msg);
int seal_server_on_signature(struct seal_conn *conn,
			     const struct seal_message *msg);
int seal_server_on_finished(struct seal_conn *conn,
			    const struct seal_message *msg);
/* hs_server_config.c: the name of a ClientHello, and the configuration for it */
int seal_server_read_name(struct seal_conn *conn, const struct seal_exts *exts)
	SEAL_MUST_CHECK;
int seal_server_ask_config(struct seal_conn *conn, int *answer);
/* Set conn->cfg to what the application chose, or else to what the name chooses */
int seal_server_choose(struct seal_conn *conn) SEAL_MUST_CHECK;
/* hs_server_select.c: what a ClientHello and our configuration agree on */
/* What a ticket says, and a client says of it, that has to do with early data */
struct seal_claim {
	const struct seal_suite	*suite;
	uint32_t		 max;		/* bytes; 0: none */
	uint64_t		 issued;	/* ms since 1970 */
	uint32_t		 age;		/* ms, as the client sees it */
	struct seal_span	 binder;
};

struct seal_selection {
	uint16_t		suite;
	struct seal_span	share;		/* empty: ask for one */
	uint16_t		identity;	/* of conn->psk, if there is one */
	struct seal_claim	claim;		/* if conn->psk is of a ticket */
};

int seal_server_select(struct seal_conn *conn,
		       const struct seal_client_hello *hello,
		       struct seal_span raw,	/* the whole message */
		       struct seal_selection *out) SEAL_MUST_CHECK;
/* Hash of what a second ClientHello has to repeat (RFC 8446 4.1.2) */
int seal_server_hello_digest(struct seal_conn *conn,
			     const struct seal_client_hello *hello,
			     uint8_t digest[SEAL_HASH_MAX]) SEAL_MUST_CHECK;

#endif /* SOCKSEAL_HS_H */
