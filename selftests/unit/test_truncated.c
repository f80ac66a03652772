// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Real messages of a handshake enter a connection, cut at every byte or with one
 * too many; decode_error and its alert leave, in each state.
 */
#include <string.h>

#include "unit.h"

/* A state, and where to find the message it waits for */
struct stage {
	enum seal_state	state;
	uint8_t		type;
	size_t		index;		/* in the flight of the scene */
	bool		hello;		/* has a block of extensions */
};

static const struct stage server_hello = {
	SEAL_HS_WAIT_SERVER_HELLO, SEAL_MSG_SERVER_HELLO, 0, true
};

static const struct stage server_hello_2 = {
	SEAL_HS_WAIT_SERVER_HELLO_2, SEAL_MSG_SERVER_HELLO, 0, true
};

static const struct stage extensions = {
	SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS, SEAL_MSG_ENCRYPTED_EXTENSIONS, 1, false
};

static const struct stage request = {
	SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST, SEAL_MSG_CERTIFICATE_REQUEST, 0, false
};

static const struct stage certificate = {
	SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST, SEAL_MSG_CERTIFICATE, 2, false
};

static const struct stage verify = {
	SEAL_HS_WAIT_CERTIFICATE_VERIFY, SEAL_MSG_CERTIFICATE_VERIFY, 3, false
};

static const struct stage server_finished = {
	SEAL_HS_WAIT_SERVER_FINISHED, SEAL_MSG_FINISHED, 4, false
};

static const struct stage client_hello = {
	SEAL_HS_WAIT_CLIENT_HELLO, SEAL_MSG_CLIENT_HELLO, 0, true
};

static const struct stage client_hello_2 = {
	SEAL_HS_WAIT_CLIENT_HELLO_2, SEAL_MSG_CLIENT_HELLO, 0, true
};

static const struct stage client_finished = {
	SEAL_HS_WAIT_CLIENT_FINISHED, SEAL_MSG_FINISHED, 0, false
};

static const struct stage client_certificate = {
	SEAL_HS_WAIT_CLIENT_CERTIFICATE, SEAL_MSG_CERTIFICATE, 0, false
};

static const struct stage client_verify = {
	SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY, SEAL_MSG_CERTIFICATE_VERIFY, 1,
	false
};

/* The flights that a scene does not have at that point */
static void complete_flight(struct scene *scene, const struct stage *stage)
{
	if (stage->state == SEAL_HS_WAIT_SERVER_HELLO_2) {
		flight_free(&scene->flight);
		pair_move(scene->pair.client, scene->pair.server);
		flight_take(&scene->flight, scene->pair.server);
	}
	if (stage->state == SEAL_HS_WAIT_CLIENT_HELLO_2)
		pair_move(scene->pair.server, scene->pair.client);
	if (stage->type == SEAL_MSG_CLIENT_HELLO)
		flight_take(&scene->flight, scene->pair.client);
}

static struct seal_span stage_open(struct scene *scene, const struct stage *stage)
{
	struct seal_span message;

	scene_open(scene, stage->state);
	if (stage->type == SEAL_MSG_CERTIFICATE_REQUEST)
		return certificate_request();
	complete_flight(scene, stage);
	message = scene->flight.messages[stage->index];
	assert_int_equal(message.data[0], stage->type);
	return message_body(message);
}

/* RFC 8446 4.2.1: a hello without extensions is one of an older version */
static bool ends_before_extensions(const struct stage *stage,
				   struct seal_span body, size_t len)
{
	size_t at = 2 + SEAL_RANDOM_SIZE;

	if (!stage->hello)
		return false;
	at += 1 + body.data[at];
	if (stage->type == SEAL_MSG_CLIENT_HELLO) {
		at += 2 + (body.data[at] << 8 | body.data[at + 1]);
		return len == at + 1 + body.data[at];
	}
	return len == at + 2 + 1;
}

static void send_cut(const struct stage *stage, size_t len)
{
	struct scene scene;
	struct seal_span body = stage_open(&scene, stage);
	int expected = ends_before_extensions(stage, body, len) ?
		       SEAL_E_PROTOCOL_VERSION : SEAL_E_DECODE_ERROR;
	int status;

	/* an ECDSA signature is a byte or two shorter now and then */
	if (len < body.len) {
		body.len = len;
		status = puppet_send_message(&scene.puppet, stage->type, body);
		expect_refusal(&scene.puppet, status, expected);
	}
	scene_close(&scene);
}

static size_t length_of(const struct stage *stage)
{
	struct scene scene;
	struct seal_span body = stage_open(&scene, stage);

	scene_close(&scene);
	return body.len;
}

static void cut_at_every_byte(void **state)
{
	const struct stage *stage = *state;
	size_t end = length_of(stage);

	for (size_t len = 0; len < end; len++)
		send_cut(stage, len);
}

static void one_byte_too_many(void **state)
{
	const struct stage *stage = *state;
	struct seal_buf longer = { 0 };
	struct scene scene;
	struct seal_span body = stage_open(&scene, stage);
	int status;

	assert_int_equal(seal_buf_append(&longer, body.data, body.len), 0);
	assert_int_equal(seal_buf_append(&longer, "", 1), 0);
	status = puppet_send_message(&scene.puppet, stage->type,
				     (struct seal_span){ longer.data, longer.len });
	expect_refusal(&scene.puppet, status, SEAL_E_DECODE_ERROR);
	seal_buf_free(&longer);
	scene_close(&scene);
}

/* The proof that it is the cut that is refused */
static void the_whole_is_taken(void **state)
{
	const struct stage *stage = *state;
	struct scene scene;
	struct seal_span body = stage_open(&scene, stage);

	assert_true(puppet_send_message(&scene.puppet, stage->type, body) >= 0);
	assert_int_not_equal(scene.victim->state, stage->state);
	scene_close(&scene);
}

static const struct variant variants[] = {
	{ "server_hello", &server_hello },
	{ "server_hello_2", &server_hello_2 },
	{ "encrypted_extensions", &extensions },
	{ "certificate_request", &request },
	{ "certificate", &certificate },
	{ "certificate_verify", &verify },
	{ "server_finished", &server_finished },
	{ "client_hello", &client_hello },
	{ "client_hello_2", &client_hello_2 },
	{ "client_certificate", &client_certificate },
	{ "client_certificate_verify", &client_verify },
	{ "client_finished", &client_finished },
};

static const struct walk walks[] = {
	{ "cut_at_every_byte", cut_at_every_byte, NULL },
	{ "one_byte_too_many", one_byte_too_many, NULL },
	{ "the_whole_is_taken", the_whole_is_taken, NULL },
};

int main(void)
{
	const struct cases cases = {
		walks, SEAL_ARRAY_SIZE(walks),
		variants, SEAL_ARRAY_SIZE(variants), NULL, 0
	};

	return run_cases(&cases, NULL, NULL);
}
