// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The life of a connection enters; the tracepoints must tell each step of it with
 * the right numbers, and nothing that is secret.
 */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktls.h"
#include "tracing.h"

#define NOT_REQUESTED	0
#define REQUESTED	1

#define EXPECT_EVENTS(cookie, ...) do {						\
	const char *const events[] = { __VA_ARGS__ };				\
	expect_events(cookie, events, ARRAY_SIZE(events));			\
} while (0)

#define AES_128_KEYS								\
	"seal_keys: direction=tx version=0x0304 suite=0x1301 seq=0",		\
	"seal_keys: direction=rx version=0x0304 suite=0x1301 seq=0"

static unsigned int port(int fd, int (*name)(int, struct sockaddr *, socklen_t *))
{
	struct sockaddr_storage address;
	socklen_t len = sizeof(address);

	expect_ok(name(fd, (void *)&address, &len));
	/* sin6_port stands at the same place */
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

/* The event that begins each connection */
static const char *attach_event(const struct pair *pair, const char *ulp)
{
	static char text[100];

	snprintf(text, sizeof(text), "seal_attach: ulp=%s family=%s sport=%u dport=%u",
		 ulp, pair->variant->family == AF_INET ? "inet" : "inet6",
		 port(pair->fd, getsockname), port(pair->fd, getpeername));
	return text;
}

static void a_whole_life_is_told(void **state)
{
	struct pair *pair = *state;
	uint64_t cookie = cookie_of(pair->fd);
	const char *attach = attach_event(pair, "sockseal");

	expect_count(send(pair->fd, "first", 5, 0), 5);
	peer_send_key_update(&pair->peer, REQUESTED);
	peer_send(&pair->peer, TYPE_DATA, "received", 8);
	expect_recv(pair->fd, "received", 8);
	expect_count(send(pair->fd, "second", 6, 0), 6);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
	pair_close_sealed(pair);
	EXPECT_EVENTS(cookie, attach, AES_128_KEYS,
		"seal_record_tx: type=application_data length=5 seq=0 generation=0",
		"seal_record_rx: type=handshake length=5 seq=0 generation=0",
		"seal_rekey: direction=rx generation=1 why=received",
		"seal_record_tx: type=handshake length=5 seq=1 generation=0",
		"seal_rekey: direction=tx generation=1 why=answer",
		"seal_record_rx: type=application_data length=8 seq=0 generation=1",
		"seal_record_tx: type=application_data length=6 seq=0 generation=1",
		"seal_record_rx: type=alert length=2 seq=1 generation=1",
		"seal_alert: direction=rx level=warning description=close_notify",
		"seal_record_tx: type=alert length=2 seq=1 generation=1",
		"seal_alert: direction=tx level=warning description=close_notify",
		"seal_close: state=keys|close_notify_sent|close_notify_received");
}

static void each_suite_is_told(void **state)
{
	struct pair *pair = *state;
	char keys[2][100];

	for (int i = 0; i < 2; i++)
		snprintf(keys[i], sizeof(keys[i]), "seal_keys: direction=%s version=0x0304 "
			 "suite=0x%04x seq=0", i ? "rx" : "tx", pair->variant->suite);
	EXPECT_EVENTS(cookie_of(pair->fd), attach_event(pair, "sockseal"), keys[0], keys[1]);
}

static void a_fatal_alert_of_the_peer_is_told(void **state)
{
	struct pair *pair = *state;
	uint64_t cookie = cookie_of(pair->fd);
	const char *attach = attach_event(pair, "sockseal");

	peer_send_alert(&pair->peer, ALERT_FATAL, ALERT_HANDSHAKE_FAILURE);
	wait_for(pair->fd, POLLIN);
	expect_failed(pair->fd, ECONNRESET);
	pair_close_sealed(pair);
	EXPECT_EVENTS(cookie, attach, AES_128_KEYS,
		"seal_record_rx: type=alert length=2 seq=0 generation=0",
		"seal_alert: direction=rx level=fatal description=handshake_failure",
		"seal_error: error=-104 alert=handshake_failure",
		"seal_close: state=keys|failed");
}

static void a_bad_record_is_told(void **state)
{
	struct pair *pair = *state;

	pair->peer.tx.seq++;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	wait_for(pair->fd, POLLIN);
	expect_failed(pair->fd, EBADMSG);
	EXPECT_EVENTS(cookie_of(pair->fd), attach_event(pair, "sockseal"), AES_128_KEYS,
		"seal_record_tx: type=alert length=2 seq=0 generation=0",
		"seal_alert: direction=tx level=fatal description=bad_record_mac",
		"seal_error: error=-74 alert=bad_record_mac");
}

/* An errno that is told again and again is one event */
static void a_cut_stream_is_told_once(void **state)
{
	struct pair *pair = *state;
	uint64_t cookie = cookie_of(pair->fd);
	const char *attach = attach_event(pair, "sockseal");
	uint8_t byte;

	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_for(pair->fd, POLLIN);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	pair_close_sealed(pair);
	EXPECT_EVENTS(cookie, attach, AES_128_KEYS,
		"seal_error: error=-103 alert=none",
		"seal_close: state=keys|truncated|failed|fin_received");
}

static void send_letters(int fd, const char *letters)
{
	for (; *letters; letters++)
		expect_count(send(fd, letters, 1, 0), 1);
}

static void the_reason_of_a_new_key_is_told(void **state)
{
	struct pair *pair = *state;
	struct seal_policy policy = { .update_records = 2 };
	struct seal_key_update now = { 0 };

	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_KEY_UPDATE, &now, sizeof(now)));
	expect_ok(setsockopt(pair->fd, SOL_SOCKSEAL, SEAL_POLICY, &policy, sizeof(policy)));
	send_letters(pair->fd, "abc");
	EXPECT_EVENTS(cookie_of(pair->fd), attach_event(pair, "sockseal"), AES_128_KEYS,
		"seal_record_tx: type=handshake length=5 seq=0 generation=0",
		"seal_rekey: direction=tx generation=1 why=program",
		"seal_record_tx: type=application_data length=1 seq=0 generation=1",
		"seal_record_tx: type=application_data length=1 seq=1 generation=1",
		"seal_record_tx: type=handshake length=5 seq=2 generation=1",
		"seal_rekey: direction=tx generation=2 why=limit",
		"seal_record_tx: type=application_data length=1 seq=0 generation=2");
}

static void the_name_tls_is_told(void **state)
{
	struct pair *pair = *state;
	const struct pair *first = *state;
	struct pair second;

	ktls_open(&second, first->variant);
	expect_count(send(second.fd, "data", 4, 0), 4);
	half_update(&second.peer.rx);
	expect_ok(ktls_set(second.fd, TLS_TX, &second.peer.rx));
	EXPECT_EVENTS(cookie_of(second.fd), attach_event(&second, "tls"), AES_128_KEYS,
		"seal_record_tx: type=application_data length=4 seq=0 generation=0",
		"seal_keys: direction=tx version=0x0304 suite=0x1301 seq=0",
		"seal_rekey: direction=tx generation=1 why=program");
	pair_close(&second);
	EXPECT_EVENTS(cookie_of(pair->fd), attach_event(pair, "sockseal"), AES_128_KEYS);
}

/* Both generations of both directions, and what was sent */
static void no_secret_is_told(void **state)
{
	struct pair *pair = *state;
	struct half old[] = { pair->peer.tx, pair->peer.rx };
	uint64_t cookie = cookie_of(pair->fd);
	uint8_t text[64], *raw;
	size_t len;

	fill_bytes(text, sizeof(text), cookie);
	expect_count(send(pair->fd, text, sizeof(text), 0), sizeof(text));
	peer_send_key_update(&pair->peer, REQUESTED);
	peer_send(&pair->peer, TYPE_DATA, text, sizeof(text));
	expect_recv(pair->fd, text, sizeof(text));
	peer_expect_data(&pair->peer, text, sizeof(text));
	expect_count(send(pair->fd, text, sizeof(text), 0), sizeof(text));
	peer_expect_data(&pair->peer, text, sizeof(text));
	pair_close_sealed(pair);

	raw = tracing_raw(&len);
	/* this is the trace of it */
	assert_non_null(memmem(raw, len, &cookie, sizeof(cookie)));
	for (size_t i = 0; i < ARRAY_SIZE(old); i++)
		assert_false(holds_secret(raw, len, &old[i]));
	assert_false(holds_secret(raw, len, &pair->peer.tx));
	assert_false(holds_secret(raw, len, &pair->peer.rx));
	assert_false(holds_bytes(raw, len, text, sizeof(text)));
	free(raw);
}

static void open_traced(struct pair *pair, const struct variant *variant)
{
	tracing_stop();
	if (!tracing_is_there()) {
		print_message("# this kernel has no trace events\n");
		skip();
	}
	tracing_start();
	pair_open(pair, variant);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_FAMILY(a_whole_life_is_told),
		EACH_SUITE(each_suite_is_told),
		ONCE(a_fatal_alert_of_the_peer_is_told),
		ONCE(a_bad_record_is_told),
		ONCE(a_cut_stream_is_told_once),
		ONCE(the_reason_of_a_new_key_is_told),
		ONCE(the_name_tls_is_told),
		EACH_SUITE(no_secret_is_told),
	};

	atexit(tracing_stop);
	return run_cases("trace", tests, ARRAY_SIZE(tests), open_traced);
}
