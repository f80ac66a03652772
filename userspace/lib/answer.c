// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * States in which the application has the word enter; its answer leaves, at once or
 * later, and where the handshake goes on with it.
 */
#include "private.h"

static const struct seal_question_row questions[] = {
	{ SEAL_HS_ASK_CONFIG, SEAL_ASKS_CONFIG, SEAL_E_NO_ANSWER,
	  seal_server_ask_config, seal_server_on_config },
	{ SEAL_HS_ASK_VERDICT, SEAL_ASKS_VERDICT, SEAL_E_CERTIFICATE_UNKNOWN,
	  seal_auth_ask_verdict, seal_auth_on_verdict },
	{ SEAL_HS_ASK_RESUMED, SEAL_ASKS_VERDICT, SEAL_E_CERTIFICATE_UNKNOWN,
	  seal_auth_ask_verdict, seal_client_on_resumed },
	{ SEAL_HS_ASK_SERVER_SIGNATURE, SEAL_ASKS_SIGNATURE, SEAL_E_NO_ANSWER,
	  seal_auth_ask_signature, seal_server_on_signature },
	{ SEAL_HS_ASK_CLIENT_SIGNATURE, SEAL_ASKS_SIGNATURE, SEAL_E_NO_ANSWER,
	  seal_auth_ask_signature, seal_client_on_signature },
};

const struct seal_question_row *seal_answer_find(enum seal_state state)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(questions); i++)
		if (questions[i].state == state)
			return &questions[i];
	return NULL;
}

/* Nobody is let in by an answer that is none: a refusal has an alert in any case */
static int evaluate(struct seal_conn *conn, const struct seal_question_row *row,
		    int answer)
{
	if (!answer)
		return 0;
	if (seal_error_alert(answer) == SEAL_ALERT_NO_ALERT)
		answer = row->refusal;
	return seal_conn_fail(conn, answer, "refused by the application");
}

static int ask(struct seal_conn *conn, const struct seal_question_row *row)
{
	int answer = 0;
	int err;

	conn->asking.question = row->question;
	conn->asking.asked = SEAL_ASKED_NOW;
	err = row->ask(conn, &answer);
	/* it may have ended the handshake itself */
	if (err || conn->error)
		return err ? err : conn->error;
	conn->asking.answer = answer;
	conn->asking.asked = answer == SEAL_WANT_ANSWER ? SEAL_ASKED_WAITING :
							  SEAL_ASKED_ANSWERED;
	return 0;
}

int seal_answer_get(struct seal_conn *conn, const struct seal_question_row *row)
{
	int err = conn->asking.asked == SEAL_ASKED_NOT ? ask(conn, row) : 0;

	if (err)
		return err;
	if (conn->asking.asked == SEAL_ASKED_WAITING)
		return SEAL_WANT_ANSWER;
	conn->asking.asked = SEAL_ASKED_NOT;
	return evaluate(conn, row, conn->asking.answer);
}

bool seal_answer_is_open(const struct seal_conn *conn, enum seal_question question)
{
	return conn->asking.question == question &&
	       (conn->asking.asked == SEAL_ASKED_NOW ||
		conn->asking.asked == SEAL_ASKED_WAITING);
}

/* ------------------------------------------------------- of the application */

enum seal_question seal_conn_question(const struct seal_conn *conn)
{
	return conn->asking.asked == SEAL_ASKED_WAITING ? conn->asking.question :
							  SEAL_ASKS_NOTHING;
}

int seal_conn_answer(struct seal_conn *conn, int answer)
{
	if (conn->asking.asked != SEAL_ASKED_WAITING || answer == SEAL_WANT_ANSWER)
		return SEAL_E_INVALID;
	conn->asking.answer = answer;
	conn->asking.asked = SEAL_ASKED_ANSWERED;
	return 0;
}

void seal_conn_set_data(struct seal_conn *conn, void *data)
{
	conn->data = data;
}

void *seal_conn_data(const struct seal_conn *conn)
{
	return conn->data;
}
