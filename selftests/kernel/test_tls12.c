// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Keys of TLS 1.2 enter SEAL_KEYS; the same calls must move the same bytes as under
 * TLS 1.3, and what the peer may say in this version is answered as RFC 5246 has it.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

#define HS_HELLO_REQUEST	0
#define HS_CLIENT_HELLO		1

#define LEFT	3
#define BULK	(20 * RECORD_PLAIN_MAX)

/* The cipher of a record peer, and a number that means it in TLS 1.2 */
static const struct {
	uint16_t	cipher;
	uint16_t	suite;
	size_t		key;
} numbers[] = {
	{ SEAL_AES_128_GCM_SHA256, SEAL_ECDHE_RSA_AES_128_GCM_SHA256, 16 },
	{ SEAL_AES_256_GCM_SHA384, SEAL_ECDHE_ECDSA_AES_256_GCM_SHA384, 32 },
	{ SEAL_CHACHA20_POLY1305_SHA256, SEAL_ECDHE_RSA_CHACHA20_POLY1305_SHA256, 32 },
	{ SUITE_AES_128_CCM_SHA256, SEAL_ECDHE_ECDSA_AES_128_CCM, 16 },
	{ SEAL_AES_128_GCM_SHA256, SEAL_ECDHE_ECDSA_AES_128_GCM_SHA256, 16 },
	{ SEAL_AES_256_GCM_SHA384, SEAL_ECDHE_RSA_AES_256_GCM_SHA384, 32 },
	{ SEAL_CHACHA20_POLY1305_SHA256, SEAL_ECDHE_ECDSA_CHACHA20_POLY1305_SHA256, 32 },
};

#define TLS12(name, suite, family, until) \
	{ { name, suite, family, SEAL_VERSION_TLS12 }, until }

static const struct instance instances[] = {
	TLS12("aes-128-gcm ipv4", SEAL_AES_128_GCM_SHA256, AF_INET, OVER_NOTHING),
	TLS12("aes-128-gcm ipv6", SEAL_AES_128_GCM_SHA256, AF_INET6, OVER_FAMILIES),
	TLS12("aes-256-gcm", SEAL_AES_256_GCM_SHA384, AF_INET, OVER_SUITES),
	TLS12("aes-128-ccm", SUITE_AES_128_CCM_SHA256, AF_INET, OVER_SUITES),
	TLS12("chacha20", SEAL_CHACHA20_POLY1305_SHA256, AF_INET, OVER_SUITES),
};

static size_t find_number(uint16_t cipher)
{
	size_t i = 0;

	while (numbers[i].cipher != cipher)
		i++;
	return i;
}

/* Key, salt and the explicit part of the next record, or key and IV */
static void fill_direction(struct seal_direction *to, const struct half *half, size_t key)
{
	memset(to, 0, sizeof(*to));
	memcpy(to->secret, half->key, key);
	memcpy(to->secret + key, half->iv, sizeof(half->iv));
	to->seq = half->seq;
}

static void fill_keys(struct pair *pair, size_t number)
{
	pair->peer.tx.version = SEAL_VERSION_TLS12;
	pair->peer.rx.version = SEAL_VERSION_TLS12;
	pair->keys.version = SEAL_VERSION_TLS12;
	pair->keys.suite = numbers[number].suite;
	fill_direction(&pair->keys.tx, &pair->peer.rx, numbers[number].key);
	fill_direction(&pair->keys.rx, &pair->peer.tx, numbers[number].key);
}

/* After the handshake: Finished was the first record each way */
static void open_attached(struct pair *pair, const struct variant *variant)
{
	pair_open_raw(pair, variant);
	pair->peer.tx.seq = 1;
	pair->peer.rx.seq = 1;
	fill_keys(pair, find_number(variant->suite));
	expect_ok(attach_ulp(pair->fd));
}

static struct pair *with_keys(void **state)
{
	struct pair *pair = *state;

	expect_ok(set_keys(pair->fd, &pair->keys));
	return pair;
}

static void expect_traffic(struct pair *pair)
{
	expect_count(send(pair->fd, "request", 7, 0), 7);
	peer_expect_record(&pair->peer, TYPE_DATA, "request", 7);
	peer_send(&pair->peer, TYPE_DATA, "answer", 6);
	expect_recv(pair->fd, "answer", 6);
}

static void records_go_both_ways(void **state)
{
	struct pair *pair = with_keys(state);

	for (int i = 0; i < 3; i++)
		expect_traffic(pair);
	assert_int_equal(info_of(pair->fd).version, SEAL_VERSION_TLS12);
	assert_int_equal(info_of(pair->fd).tx.seq, 4);
}

/* The kernel gives back the number that was set, whichever means the cipher */
static void every_number_is_known(void **state)
{
	struct pair *first = with_keys(state);

	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		const struct variant variant = { "", numbers[i].cipher, AF_INET,
						 SEAL_VERSION_TLS12 };
		struct pair pair;

		pair_open_raw(&pair, &variant);
		fill_keys(&pair, i);
		seal(pair.fd, &pair.keys);
		expect_traffic(&pair);
		assert_int_equal(info_of(pair.fd).suite, numbers[i].suite);
		pair_close(&pair);
	}
	expect_traffic(first);
}

static void bulk_and_files_arrive(void **state)
{
	struct pair *pair = with_keys(state);
	uint8_t *data = make_bytes(BULK, 1);
	struct worker *collector = worker_collect(&pair->peer, 2 * BULK);
	int file = open_bytes(data, BULK);
	uint8_t *twice = make_room(2 * BULK);

	memcpy(twice, data, BULK);
	memcpy(twice + BULK, data, BULK);
	expect_count(write(pair->fd, data, BULK), BULK);
	expect_count(sendfile(pair->fd, file, NULL, BULK), BULK);
	worker_join(collector, twice, 2 * BULK);
	close(file);
	free(twice);
	free(data);
}

static void close_notify_goes_both_ways(void **state)
{
	struct pair *pair = with_keys(state);

	peer_send(&pair->peer, TYPE_DATA, "last", 4);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_recv(pair->fd, "last", 4);
	expect_eof(pair->fd);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_close(&pair->peer);
}

static void cut_stream_is_told(void **state)
{
	struct pair *pair = with_keys(state);

	peer_send(&pair->peer, TYPE_DATA, "last", 4);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	expect_recv(pair->fd, "last", 4);
	expect_failed(pair->fd, ECONNABORTED);
}

static void bad_tag_is_refused(void **state)
{
	struct pair *pair = with_keys(state);

	pair->peer.tx.key[0] ^= 1;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, ALERT_BAD_RECORD_MAC);
}

static void send_hello(struct pair *pair, uint8_t type, size_t body)
{
	uint8_t message[1000];

	peer_send(&pair->peer, TYPE_HANDSHAKE, message,
		  message_make(message, type, 7, body));
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
}

/* RFC 5246 7.4.1.1, 7.2.2: no_renegotiation, and the stream goes on */
static void renegotiation_is_refused(void **state)
{
	struct pair *pair = with_keys(state);

	send_hello(pair, HS_HELLO_REQUEST, 0);
	peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
	expect_traffic(pair);
	send_hello(pair, HS_CLIENT_HELLO, 300);
	peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
	expect_traffic(pair);
	assert_int_equal(info_of(pair->fd).alert_sent, ALERT_NO_RENEGOTIATION);
}

/* One answer, until we have something to say ourselves */
static void renegotiation_is_refused_once(void **state)
{
	struct pair *pair = with_keys(state);

	for (int i = 0; i < 10; i++)
		send_hello(pair, HS_HELLO_REQUEST, 0);
	peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
	expect_traffic(pair);
}

/* RFC 5246 6.2.1: other content types may come between the fragments */
static void data_in_a_message_is_delivered(void **state)
{
	static const uint8_t hello[] = { HS_HELLO_REQUEST, 0, 0, 0 };
	struct pair *pair = with_keys(state);

	for (size_t cut = 1; cut < sizeof(hello); cut++) {
		peer_send(&pair->peer, TYPE_HANDSHAKE, hello, cut);
		peer_send(&pair->peer, TYPE_DATA, "between", 7);
		expect_recv(pair->fd, "between", 7);
		peer_send(&pair->peer, TYPE_HANDSHAKE, hello + cut, sizeof(hello) - cut);
		pair_sync(pair);
		expect_nothing_to_read(pair->fd);
		peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
		expect_traffic(pair);
	}
}

static void refuses(struct pair *pair, uint8_t alert)
{
	expect_failed(pair->fd, EBADMSG);
	peer_expect_alert(&pair->peer, ALERT_FATAL, alert);
}

static void hello_request_with_a_body_is_not_decoded(void **state)
{
	static const uint8_t hello[] = { HS_HELLO_REQUEST, 0, 0, 1, 0 };
	struct pair *pair = with_keys(state);

	peer_send(&pair->peer, TYPE_HANDSHAKE, hello, sizeof(hello));
	refuses(pair, ALERT_DECODE_ERROR);
}

static void messages_of_tls13_are_unexpected(void **state)
{
	static const uint8_t types[] = { HS_NEW_SESSION_TICKET, HS_KEY_UPDATE, 20, 2 };
	const struct pair *first = with_keys(state);

	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		uint8_t message[16];
		struct pair pair;

		open_attached(&pair, first->variant);
		expect_ok(set_keys(pair.fd, &pair.keys));
		peer_send(&pair.peer, TYPE_HANDSHAKE, message,
			  message_make(message, types[i], 0, 1));
		refuses(&pair, ALERT_UNEXPECTED_MESSAGE);
		pair_close(&pair);
	}
}

static void change_cipher_spec_is_unexpected(void **state)
{
	struct pair *pair = with_keys(state);

	peer_send(&pair->peer, TYPE_CHANGE_CIPHER_SPEC, "\1", 1);
	refuses(pair, ALERT_UNEXPECTED_MESSAGE);
}

/* RFC 5246 7.2: a warning does not end the connection */
static void warnings_are_ignored(void **state)
{
	struct pair *pair = with_keys(state);

	for (int i = 1; i < SEAL_ALERT_NONE; i++)
		peer_send_alert(&pair->peer, ALERT_WARNING, i);
	expect_traffic(pair);
	assert_int_equal(info_of(pair->fd).alert_received, SEAL_ALERT_NONE - 1);
}

static void fatal_alert_ends_the_connection(void **state)
{
	struct pair *pair = with_keys(state);

	peer_send(&pair->peer, TYPE_DATA, "last", 4);
	peer_send_alert(&pair->peer, ALERT_FATAL, ALERT_USER_CANCELED);
	expect_recv(pair->fd, "last", 4);
	expect_failed(pair->fd, ECONNRESET);
}

static void key_cannot_be_updated(void **state)
{
	struct pair *pair = with_keys(state);

	expect_errno(key_update(pair->fd, 0), EOPNOTSUPP);
	expect_errno(key_update(pair->fd, SEAL_KEY_UPDATE_REQUEST), EOPNOTSUPP);
	expect_traffic(pair);
}

static void no_renegotiation_is_a_warning(void **state)
{
	struct pair *pair = with_keys(state);

	expect_ok(send_alert(pair->fd, ALERT_NO_RENEGOTIATION));
	peer_expect_alert(&pair->peer, ALERT_WARNING, ALERT_NO_RENEGOTIATION);
	expect_traffic(pair);
}

static void send_each(struct pair *pair, int records)
{
	for (int i = 0; i < records; i++) {
		expect_count(send(pair->fd, "data", 4, 0), 4);
		peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
	}
}

/* Sending ends before the key does, for good and without close_notify */
static void expect_expired(struct pair *pair)
{
	expect_errno(send(pair->fd, "x", 1, MSG_NOSIGNAL), EKEYEXPIRED);
	expect_failed(pair->fd, EKEYEXPIRED);
	expect_errno(key_update(pair->fd, 0), EKEYEXPIRED);
	pair_close_sealed(pair);
	peer_expect_eof(&pair->peer);
}

static void worn_key_expires(void **state)
{
	struct pair *pair = *state;
	uint64_t limit = pair->variant->suite == SUITE_AES_128_CCM_SHA256 ? 1 << 21 :
		pair->variant->suite == SEAL_CHACHA20_POLY1305_SHA256 ?
		UINT64_MAX - 1024 : 1 << 23;

	pair->peer.rx.seq = limit - LEFT;
	pair->keys.tx.seq = pair->peer.rx.seq;
	expect_ok(set_keys(pair->fd, &pair->keys));
	send_each(pair, LEFT);
	expect_expired(pair);
}

static void policy_lets_the_key_expire(void **state)
{
	const struct seal_policy policy = { .update_records = 1 + LEFT };
	struct pair *pair = with_keys(state);

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy)));
	send_each(pair, LEFT);
	expect_expired(pair);
}

/* Each record has its own additional data, on whichever CPU it is sealed */
static void several_cpus_seal_bulk(void **state)
{
	const struct seal_policy policy = { .cpus = SEAL_CPUS_MAX };
	struct pair *pair = with_keys(state);
	uint8_t *data = make_bytes(BULK + 100, 3);

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy)));
	for (int i = 0; i < 10; i++) {
		struct worker *reader = worker_collect(&pair->peer, BULK + 100);

		expect_count(write(pair->fd, data, BULK + 100), BULK + 100);
		worker_join(reader, data, BULK + 100);
	}
	free(data);
}

/* What was accepted is sent: a long write ends where the key does */
static void expect_end_of_key(void **state, unsigned int cpus)
{
	const struct seal_policy policy = { .update_records = 1 + LEFT, .cpus = cpus };
	struct pair *pair = with_keys(state);
	uint8_t *data = make_bytes(BULK, 2);

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy)));
	expect_count(write(pair->fd, data, BULK), LEFT * RECORD_PLAIN_MAX);
	peer_expect_data(&pair->peer, data, LEFT * RECORD_PLAIN_MAX);
	expect_expired(pair);
	free(data);
}

static void long_write_ends_where_the_key_does(void **state)
{
	expect_end_of_key(state, 0);
}

static void it_does_so_with_several_cpus(void **state)
{
	expect_end_of_key(state, SEAL_CPUS_MAX);
}

static void wrong_keys_are_refused(void **state)
{
	struct pair *pair = *state;
	size_t used = numbers[find_number(pair->variant->suite)].key + 12;
	struct seal_keys keys;

	for (size_t i = used; i < SEAL_SECRET_SIZE; i++) {
		keys = pair->keys;
		keys.tx.secret[i] = 1;
		expect_errno(set_keys(pair->fd, &keys), EINVAL);
		keys = pair->keys;
		keys.rx.secret[i] = 1;
		expect_errno(set_keys(pair->fd, &keys), EINVAL);
	}
	keys = pair->keys;
	keys.version = SEAL_VERSION_TLS13;
	expect_errno(set_keys(pair->fd, &keys), EINVAL);
	keys.version = SEAL_VERSION_TLS12;
	keys.suite = pair->variant->suite;
	expect_errno(set_keys(pair->fd, &keys), EINVAL);
	keys.suite = 0x009c;	/* RSA key exchange: not for us */
	expect_errno(set_keys(pair->fd, &keys), EOPNOTSUPP);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_traffic(pair);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(records_go_both_ways),
		ONCE(every_number_is_known),
		EACH_SUITE(bulk_and_files_arrive),
		EACH_FAMILY(close_notify_goes_both_ways),
		EACH_FAMILY(cut_stream_is_told),
		EACH_SUITE(bad_tag_is_refused),
		EACH_SUITE(renegotiation_is_refused),
		ONCE(renegotiation_is_refused_once),
		ONCE(data_in_a_message_is_delivered),
		ONCE(hello_request_with_a_body_is_not_decoded),
		ONCE(messages_of_tls13_are_unexpected),
		ONCE(change_cipher_spec_is_unexpected),
		ONCE(warnings_are_ignored),
		ONCE(fatal_alert_ends_the_connection),
		ONCE(key_cannot_be_updated),
		ONCE(no_renegotiation_is_a_warning),
		EACH_SUITE(worn_key_expires),
		ONCE(policy_lets_the_key_expire),
		EACH_SUITE(several_cpus_seal_bulk),
		ONCE(long_write_ends_where_the_key_does),
		ONCE(it_does_so_with_several_cpus),
		EACH_SUITE(wrong_keys_are_refused),
	};
	static const struct group group = { "tls12", tests, ARRAY_SIZE(tests), open_attached,
					    instances, ARRAY_SIZE(instances) };

	return run_group(&group);
}
