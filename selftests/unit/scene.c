// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A state enters; a connection that is in it leaves, with a puppet for a peer.
 */
#include "unit.h"

/* Messages of the server that take a client there; one is a request of ours */
static size_t messages_before(enum seal_state state)
{
	switch (state) {
	case SEAL_HS_WAIT_ENCRYPTED_EXTENSIONS:
		return 1;
	case SEAL_HS_WAIT_CERTIFICATE_OR_REQUEST:
	case SEAL_HS_WAIT_CERTIFICATE:
		return 2;
	case SEAL_HS_WAIT_CERTIFICATE_VERIFY:
		return 3;
	case SEAL_HS_WAIT_SERVER_FINISHED:
		return 4;
	case SEAL_HS_DONE:
		return 5;
	default:
		return 0;
	}
}

struct seal_span certificate_request(void)
{
	static const uint8_t body[] = {
		0, 0, 8, 0, TYPE_SIGNATURE_ALGORITHMS, 0, 4, 0, 2, 4, 3
	};

	return SPAN(body);
}

static void walk_client(struct scene *scene, enum seal_state state)
{
	struct flight *flight = &scene->flight;

	pair_move(scene->pair.client, scene->pair.server);
	flight_take(flight, scene->pair.server);
	for (size_t i = 0; i < messages_before(state); i++)
		puppet_send(&scene->puppet, SEAL_CONTENT_HANDSHAKE,
			    flight->messages[i].data, flight->messages[i].len);
	if (state == SEAL_HS_WAIT_CERTIFICATE)
		puppet_send_message(&scene->puppet, SEAL_MSG_CERTIFICATE_REQUEST,
				    certificate_request());
	if (state == SEAL_HS_WAIT_SERVER_HELLO_2)
		puppet_send(&scene->puppet, SEAL_CONTENT_HANDSHAKE,
			    flight->messages[0].data, flight->messages[0].len);
}

static bool is_of_client_auth(enum seal_state state)
{
	return state == SEAL_HS_WAIT_CLIENT_CERTIFICATE ||
	       state == SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY;
}

static void walk_server(struct scene *scene, enum seal_state state)
{
	if (state != SEAL_HS_WAIT_CLIENT_HELLO)
		pair_move(scene->pair.client, scene->pair.server);
	if (state != SEAL_HS_WAIT_CLIENT_FINISHED && !is_of_client_auth(state))
		return;
	pair_move(scene->pair.server, scene->pair.client);
	flight_take(&scene->flight, scene->pair.client);
	if (state == SEAL_HS_WAIT_CLIENT_CERTIFICATE_VERIFY)
		puppet_send(&scene->puppet, SEAL_CONTENT_HANDSHAKE,
			    scene->flight.messages[0].data,
			    scene->flight.messages[0].len);
}

static bool is_of_server(enum seal_state state)
{
	return state == SEAL_HS_WAIT_CLIENT_HELLO ||
	       state == SEAL_HS_WAIT_CLIENT_HELLO_2 ||
	       state == SEAL_HS_WAIT_CLIENT_FINISHED || is_of_client_auth(state);
}

static bool is_after_retry(enum seal_state state)
{
	return state == SEAL_HS_WAIT_SERVER_HELLO_2 ||
	       state == SEAL_HS_WAIT_CLIENT_HELLO_2;
}

static struct seal_config *server_for(enum seal_state state)
{
	if (is_of_client_auth(state))
		return common_asking_server();
	return is_after_retry(state) ? common_retry_server() : common_server();
}

void scene_open(struct scene *scene, enum seal_state state)
{
	*scene = (struct scene){ 0 };
	pair_open(&scene->pair, is_of_client_auth(state) ?
		  common_known_client() : common_client(), server_for(state));
	scene->victim = is_of_server(state) ? scene->pair.server :
					      scene->pair.client;
	puppet_start(&scene->puppet, scene->victim);
	if (is_of_server(state))
		walk_server(scene, state);
	else
		walk_client(scene, state);
	assert_int_equal(scene->victim->error, 0);
	assert_int_equal(scene->victim->state, state);
}

void scene_close(struct scene *scene)
{
	flight_free(&scene->flight);
	puppet_stop(&scene->puppet);
	pair_close(&scene->pair);
}

int scene_send_hello(struct scene *scene, void (*change)(struct hello *hello))
{
	static struct forge forge;
	struct hello hello;

	scene_open(scene, SEAL_HS_WAIT_CLIENT_HELLO);
	hello_of_client(&hello);
	change(&hello);
	forge_client_hello(&forge, &hello);
	return puppet_send_message(&scene->puppet, SEAL_MSG_CLIENT_HELLO,
				   forge_span(&forge));
}
