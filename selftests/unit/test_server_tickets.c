// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A server's tickets enter with clients of ours that bring them back whole, forged, late
 * or elsewhere; resumed handshakes, full ones, and refusals leave.
 *
 * The kernel of these tests is __wrap_setsockopt().
 */
#include <stdlib.h>
#include <string.h>

#include <linux/sockseal.h>

#include "unit.h"
#include "wrap.h"

#define NOT_A_SOCKET	99

/* ------------------------------------------------------------- the kernel */

static struct seal_keys handed_over;

int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len)
{
	assert_int_equal(fd, NOT_A_SOCKET);
	if (level == SOL_SOCKSEAL && name == SEAL_KEYS) {
		assert_int_equal(len, sizeof(handed_over));
		memcpy(&handed_over, value, len);
	}
	return 0;
}

/* -------------------------------------------------------------- handshakes */

static struct seal_config *server_with(unsigned int tickets, const char *protocol)
{
	struct seal_config *cfg = new_server_config(SEAL_KEY_P256);

	assert_int_equal(seal_config_set_ticket_keys(cfg, ticket_keys), 0);
	assert_int_equal(seal_config_set_tickets(cfg, tickets, 0), 0);
	assert_int_equal(seal_config_set_alpn(cfg, &protocol, protocol ? 1 : 0), 0);
	return cfg;
}

static void open_pair(struct pair *pair, struct seal_config *server,
		      const struct seal_session *session)
{
	pair_resume(pair, common_client(), server, session);
}

/* A ticket of a server with common_client()'s protocol */
static struct seal_session *get_session(void)
{
	struct seal_config *cfg = server_with(1, PROTOCOL);
	struct seal_session *session;

	pair_sessions(common_client(), cfg, &session, 1);
	seal_config_unref(cfg);
	return session;
}

static int visit(struct seal_config *cfg, const struct seal_session *session)
{
	return pair_resumes(common_client(), cfg, session);
}

static int visit_common(const struct seal_session *session)
{
	struct seal_config *cfg = server_with(2, PROTOCOL);
	int resumed = visit(cfg, session);

	seal_config_unref(cfg);
	return resumed;
}

/* ------------------------------------------------------------ what is sent */

static void so_many_tickets_as_set(void **state)
{
	struct seal_session *sessions[16];
	struct seal_config *cfg;
	struct pair pair;

	(void)state;
	for (unsigned int count = 0; count <= 16; count++) {
		cfg = server_with(count, PROTOCOL);
		open_pair(&pair, cfg, NULL);
		assert_int_equal(pair_serve(&pair), 0);
		assert_int_equal(seal_conn_drain(pair.server, NULL, 0) > 0, count > 0);
		assert_int_equal(seal_conn_sent(pair.server), count > 0);
		if (count)
			pair_tickets(&pair, sessions, count);
		for (unsigned int i = 0; i < count; i++) {
			/* RFC 8446 4.6.1: a PSK of its own for each */
			for (unsigned int j = 0; j < i; j++)
				assert_memory_not_equal(sessions[i]->psk,
							sessions[j]->psk, 32);
			assert_int_equal(visit_common(sessions[i]), 1);
		}
		for (unsigned int i = 0; i < count; i++)
			seal_session_free(sessions[i]);
		pair_close(&pair);
		seal_config_unref(cfg);
	}
}

static void two_are_the_default(void **state)
{
	struct seal_session *sessions[2];
	struct pair pair;

	(void)state;
	pair_open(&pair, common_client(), common_server());
	assert_int_equal(pair_serve(&pair), 0);
	pair_tickets(&pair, sessions, 2);
	assert_int_equal(sessions[0]->lifetime, 7200);
	seal_session_free(sessions[0]);
	seal_session_free(sessions[1]);
	pair_close(&pair);
}

static void one_takes_the_place_of_one(void **state)
{
	struct seal_config *cfg = server_with(5, PROTOCOL);
	struct seal_session *session = get_session(), *next;
	struct pair pair;

	(void)state;
	open_pair(&pair, cfg, session);
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_resumed(pair.server), 1);
	pair_tickets(&pair, &next, 1);
	assert_true(next->proof.verified);
	assert_int_equal(visit(cfg, next), 1);
	seal_session_free(next);
	seal_session_free(session);
	pair_close(&pair);
	seal_config_unref(cfg);
}

/* RFC 8446 4.2.9: not of a mode that the client has not offered */
static void replace_mode(struct seal_conn *client, uint8_t mode)
{
	static const uint8_t modes[] = { 0, 45, 0, 2, 1, 1 };
	uint8_t *at;

	at = memmem(client->output.data, client->output.len, modes, sizeof(modes));
	assert_non_null(at);
	at[5] = mode;
	at = memmem(client->transcript.pending.data, client->transcript.pending.len,
		    modes, sizeof(modes));
	assert_non_null(at);
	at[5] = mode;
}

static void none_without_a_key_exchange(void **state)
{
	struct seal_config *cfg = server_with(2, PROTOCOL);
	struct seal_session *session = get_session();
	struct pair pair;

	(void)state;
	open_pair(&pair, cfg, session);
	replace_mode(pair.client, 0);
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_resumed(pair.server), 0);
	assert_int_equal(seal_conn_drain(pair.server, NULL, 0), 0);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(cfg);
}

/* The kernel goes on where the tickets ended */
static void handover_counts_the_tickets(void **state)
{
	struct seal_config *cfg = server_with(3, PROTOCOL);
	struct pair pair;

	(void)state;
	open_pair(&pair, cfg, NULL);
	assert_int_equal(pair_serve(&pair), 0);
	/* not before they are sent */
	assert_int_equal(seal_conn_attach(pair.server, NOT_A_SOCKET), SEAL_E_INVALID);
	assert_int_equal(pair_move(pair.server, pair.client), 0);
	assert_int_equal(seal_conn_attach(pair.server, NOT_A_SOCKET), 0);
	assert_int_equal(handed_over.tx.seq, 1);
	assert_int_equal(handed_over.rx.seq, 0);
	assert_int_equal(seal_conn_attach(pair.client, NOT_A_SOCKET), 0);
	assert_int_equal(handed_over.tx.seq, 0);
	assert_int_equal(handed_over.rx.seq, 0);
	pair_close(&pair);
	seal_config_unref(cfg);
}

static void tickets_are_set_within_bounds(void **state)
{
	struct seal_config *client = seal_config_new(SEAL_CLIENT);
	struct seal_config *cfg = server_with(1, NULL);

	(void)state;
	assert_int_equal(seal_config_set_tickets(cfg, 17, 0), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_tickets(cfg, 1, 604801), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_tickets(cfg, 16, 604800), 0);
	assert_int_equal(seal_config_set_tickets(client, 1, 0), SEAL_E_INVALID);
	assert_int_equal(seal_config_set_ticket_keys(client, ticket_keys), SEAL_E_INVALID);
	seal_config_unref(client);
	seal_config_unref(cfg);
}

/* --------------------------------------------------------- full handshakes */

static void every_forged_byte_of_a_ticket(void **state)
{
	struct seal_session *session = get_session();
	uint8_t *ticket = session->ticket.data;

	(void)state;
	for (size_t i = 0; i < session->ticket.len; i++) {
		ticket[i] ^= 1 << i % 8;
		assert_int_equal(visit_common(session), 0);
		ticket[i] ^= 1 << i % 8;
	}
	assert_int_equal(visit_common(session), 1);
	seal_session_free(session);
}

static void every_truncation_of_a_ticket(void **state)
{
	struct seal_session *session = get_session();
	size_t len = session->ticket.len;

	(void)state;
	while (--len) {
		session->ticket.len = len;
		assert_int_equal(visit_common(session), 0);
	}
	seal_session_free(session);
}

static void a_ticket_that_is_too_long(void **state)
{
	static const uint8_t more[16384];
	struct seal_session *session = get_session();

	(void)state;
	assert_int_equal(seal_buf_append(&session->ticket, more, 1), 0);
	assert_int_equal(visit_common(session), 0);
	assert_int_equal(seal_buf_append(&session->ticket, more, sizeof(more) / 2), 0);
	assert_int_equal(visit_common(session), 0);
	seal_session_free(session);
}

/* ALPN is chosen anew, and has to be the same (RFC 8446 4.2.10 wants it for 0-RTT) */
static void another_protocol(void **state)
{
	struct seal_config *cfg = server_with(1, NULL);
	struct seal_session *session = get_session();

	(void)state;
	assert_int_equal(visit(cfg, session), 0);
	seal_config_unref(cfg);
	cfg = server_with(1, PROTOCOL);
	assert_int_equal(visit(cfg, session), 1);
	seal_config_unref(cfg);
	seal_session_free(session);
}

/* A ticket with a date of our own, as the server would have made it */
static void date_ticket(struct seal_session *session, int64_t ms, uint32_t lifetime)
{
	struct seal_config *cfg = server_with(1, NULL);
	struct seal_session contents = *session;
	struct seal_buf ticket = { 0 };
	struct seal_ticket_key key;

	/* the client is nobody to the server */
	contents.proof = (struct seal_proof){ 0 };
	contents.received = seal_session_now() + ms;
	contents.lifetime = lifetime;
	assert_true(seal_ticket_keys_current(ticket_keys, seal_session_now() / 1000, &key));
	assert_int_equal(seal_ticket_seal(cfg, &key, &contents, &ticket), 0);
	seal_buf_free(&session->ticket);
	session->ticket = ticket;
	seal_config_unref(cfg);
}

static void life_time_is_judged_by_the_server(void **state)
{
	static const struct {
		int64_t		ms;		/* from now */
		uint32_t	lifetime;
		int		resumed;
	} rows[] = {
		{ 0, 7200, 1 },
		{ 0, 0, 0 },
		{ -10000, 10, 0 },
		{ -10000, 100, 1 },
		{ -604800000, UINT32_MAX, 0 },
		{ -604700000, UINT32_MAX, 1 },
		/* of a server whose clock is ahead */
		{ 50000, 7200, 1 },
		{ 90000, 7200, 0 },
	};
	struct seal_session *session = get_session();

	(void)state;
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(rows); i++) {
		date_ticket(session, rows[i].ms, rows[i].lifetime);
		assert_int_equal(visit_common(session), rows[i].resumed);
	}
	seal_session_free(session);
}

static void no_key_no_tickets(void **state)
{
	struct seal_ticket_keys *none = seal_ticket_keys_new();
	struct seal_config *cfg = server_with(2, PROTOCOL);
	struct seal_session *session = get_session();
	struct pair pair;

	(void)state;
	seal_ticket_keys_set_callback(none, NULL, NULL);
	assert_int_equal(seal_config_set_ticket_keys(cfg, none), 0);
	open_pair(&pair, cfg, session);
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_resumed(pair.server), 0);
	assert_int_equal(seal_conn_drain(pair.server, NULL, 0), 0);
	pair_close(&pair);
	seal_session_free(session);
	seal_ticket_keys_unref(none);
	seal_config_unref(cfg);
}

/* ---------------------------------------------------------------- binders */

/* The ClientHello with other offers, bound to what it says now */
static void rewrite_hello(struct seal_conn *client)
{
	struct seal_span hello;

	seal_buf_free(&client->output);
	seal_buf_free(&client->transcript.pending);
	assert_int_equal(seal_client_write_hello(client), 0);
	hello = (struct seal_span){ client->flight.data, client->flight.len };
	assert_int_equal(seal_record_plain(SEAL_CONTENT_HANDSHAKE, 0x0301, hello,
					   &client->output), 0);
	seal_buf_free(&client->flight);
}

static void every_forged_byte_of_a_binder(void **state)
{
	struct seal_config *cfg = server_with(1, PROTOCOL);
	struct seal_session *session = get_session();
	struct puppet puppet;
	struct pair pair;
	int status;

	(void)state;
	for (size_t i = 1; i <= 32; i++) {
		open_pair(&pair, cfg, session);
		pair.client->output.data[pair.client->output.len - i] ^= 1 << i % 8;
		puppet_start(&puppet, pair.server);
		status = pair_move(pair.client, pair.server);
		expect_refusal(&puppet, status, SEAL_E_DECRYPT_ERROR);
		puppet_stop(&puppet);
		pair_close(&pair);
	}
	seal_session_free(session);
	seal_config_unref(cfg);
}

/* RFC 8446 4.2.11.2: whatever stands before it in the message is bound, too */
static void forged_hello_does_not_fit_the_binder(void **state)
{
	const size_t random = SEAL_RECORD_HEADER + SEAL_MESSAGE_HEADER + 2;
	struct seal_config *cfg = server_with(1, PROTOCOL);
	struct seal_session *session = get_session();
	struct pair pair;

	(void)state;
	for (size_t i = 0; i < SEAL_RANDOM_SIZE; i++) {
		open_pair(&pair, cfg, session);
		pair.client->output.data[random + i] ^= 1;
		assert_int_equal(pair_move(pair.client, pair.server),
				 SEAL_E_DECRYPT_ERROR);
		pair_close(&pair);
	}
	seal_session_free(session);
	seal_config_unref(cfg);
}

static void another_psk_does_not_bind(void **state)
{
	struct seal_config *cfg = server_with(1, PROTOCOL);
	struct seal_session *session = get_session();
	struct pair pair;

	(void)state;
	session->psk[0] ^= 1;
	open_pair(&pair, cfg, session);
	assert_int_equal(pair_move(pair.client, pair.server), SEAL_E_DECRYPT_ERROR);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(cfg);
}

/* --------------------------------------------------------- many identities */

/* The good one behind so many that nobody knows */
static void offer_behind(struct seal_conn *client, size_t strangers)
{
	struct seal_offer *good = client->offers, *all;

	all = calloc(strangers + 1, sizeof(*all));
	assert_non_null(all);
	for (size_t i = 0; i < strangers; i++) {
		all[i].psk = good->psk;
		assert_int_equal(seal_buf_append(&all[i].name, good->name.data,
						 good->name.len - 1), 0);
	}
	all[strangers] = *good;
	free(good);
	client->offers = all;
	client->offers_len = strangers + 1;
	rewrite_hello(client);
}

static void so_many_are_looked_at(void **state)
{
	struct seal_config *cfg = server_with(1, PROTOCOL);
	struct seal_session *session = get_session();
	struct pair pair;

	(void)state;
	for (size_t strangers = 0; strangers < 20; strangers++) {
		open_pair(&pair, cfg, session);
		offer_behind(pair.client, strangers);
		assert_int_equal(pair_serve(&pair), 0);
		assert_int_equal(seal_conn_resumed(pair.server),
				 strangers < SEAL_IDENTITIES_MAX);
		expect_agreement(&pair);
		pair_close(&pair);
	}
	seal_session_free(session);
	seal_config_unref(cfg);
}

/* RFC 8446 4.1.2: after a HelloRetryRequest the PSKs may be others, or none */
static void second_hello_without_psk(void **state)
{
	static const uint16_t p256 = 0x0017;
	struct seal_config *cfg = server_with(1, PROTOCOL);
	struct seal_session *session = get_session();
	struct pair pair;

	(void)state;
	assert_int_equal(seal_config_set_groups(cfg, &p256, 1), 0);
	assert_int_equal(visit(cfg, session), 1);
	open_pair(&pair, cfg, session);
	pair_move(pair.client, pair.server);
	assert_int_not_equal(pair.server->psk.len, 0);
	seal_client_free_offers(pair.client);
	pair_move(pair.server, pair.client);
	assert_int_equal(pair_serve(&pair), 0);
	assert_int_equal(seal_conn_resumed(pair.server), 0);
	expect_agreement(&pair);
	pair_close(&pair);
	seal_session_free(session);
	seal_config_unref(cfg);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_many_tickets_as_set),
		cmocka_unit_test(two_are_the_default),
		cmocka_unit_test(one_takes_the_place_of_one),
		cmocka_unit_test(none_without_a_key_exchange),
		cmocka_unit_test(handover_counts_the_tickets),
		cmocka_unit_test(tickets_are_set_within_bounds),
		cmocka_unit_test(every_forged_byte_of_a_ticket),
		cmocka_unit_test(every_truncation_of_a_ticket),
		cmocka_unit_test(a_ticket_that_is_too_long),
		cmocka_unit_test(another_protocol),
		cmocka_unit_test(life_time_is_judged_by_the_server),
		cmocka_unit_test(no_key_no_tickets),
		cmocka_unit_test(every_forged_byte_of_a_binder),
		cmocka_unit_test(forged_hello_does_not_fit_the_binder),
		cmocka_unit_test(another_psk_does_not_bind),
		cmocka_unit_test(so_many_are_looked_at),
		cmocka_unit_test(second_hello_without_psk),
	};

	return cmocka_run_group_tests(tests, open_ticket_keys, close_ticket_keys);
}
