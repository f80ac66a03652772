// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Known traffic enters; the counters of /proc/net/sockseal_stat must have grown
 * by exactly that, in this network namespace and no other.
 *
 * The tests of a program run one after the other, so nobody else counts.
 */
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include "ktest.h"

static const char *const names[] = {
	"SealAttached", "SealTxRecords", "SealRxRecords", "SealTxBytes", "SealRxBytes",
	"SealTxSplicedBytes", "SealRxDirectBytes", "SealRxControl", "SealRxMessages", "SealRxMessagesDropped",
	"SealTxAlerts", "SealRxAlerts", "SealRxKeyUpdates", "SealTxKeyUpdates",
	"SealRxErrors", "SealRxTruncated",
};

struct counters {
	long long value[ARRAY_SIZE(names)];
};

static struct counters counters_now(void)
{
	struct counters c;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		c.value[i] = counter(names[i]);
	return c;
}

/* What one counter has to have grown by; those not named, by nothing */
struct growth {
	const char	*name;
	long long	by;
};

static long long wanted(const struct growth *growth, const char *name)
{
	for (; growth->name; growth++)
		if (!strcmp(growth->name, name))
			return growth->by;
	return 0;
}

static void expect_growth(const struct counters *before, const struct growth *growth)
{
	struct counters after = counters_now();
	bool good = true;

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		long long by = after.value[i] - before->value[i];

		if (by == wanted(growth, names[i]))
			continue;
		print_error("%s grew by %lld, expected %lld\n", names[i], by,
			    wanted(growth, names[i]));
		good = false;
	}
	assert_true(good);
}

static void every_counter_is_there(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_true(counter(names[i]) >= 0);
	assert_int_equal(counter("SealNoSuchThing"), -1);
}

static void attaching_is_counted(void **state)
{
	static const struct growth growth[] = { { "SealAttached", 1 }, { NULL, 0 } };
	struct counters before = counters_now();
	struct pair *first = *state, pair;

	pair_open(&pair, first->variant);
	expect_growth(&before, growth);
	pair_close(&pair);
}

static void sending_is_counted(void **state)
{
	static const struct growth growth[] = {
		{ "SealTxRecords", 3 }, { "SealTxBytes", 20004 }, { NULL, 0 } };
	struct pair *pair = *state;
	uint8_t data[20000] = { 0 };
	struct counters before = counters_now();

	expect_count(send(pair->fd, "data", 4, 0), 4);
	expect_count(send(pair->fd, data, sizeof(data), 0), sizeof(data));
	expect_growth(&before, growth);
}

static void spliced_bytes_are_counted(void **state)
{
	static const struct growth growth[] = {
		{ "SealTxRecords", 1 }, { "SealTxBytes", 10000 },
		{ "SealTxSplicedBytes", 10000 }, { NULL, 0 } };
	struct pair *pair = *state;
	uint8_t data[10000] = { 0 };
	int file = must(open_bytes(data, sizeof(data)));
	struct counters before = counters_now();

	expect_count(sendfile(pair->fd, file, NULL, sizeof(data)), sizeof(data));
	expect_growth(&before, growth);
	close(file);
}

static void receiving_is_counted(void **state)
{
	static const struct growth growth[] = {
		{ "SealRxRecords", 4 }, { "SealRxBytes", 8 }, { "SealRxControl", 1 },
		{ "SealRxMessages", 1 }, { NULL, 0 } };
	struct pair *pair = *state;
	struct counters before = counters_now();

	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	peer_send(&pair->peer, TYPE_DATA, "", 0);
	peer_send_ticket(&pair->peer, 1, 100);
	peer_send(&pair->peer, TYPE_DATA, "more", 4);
	expect_recv(pair->fd, "datamore", 8);
	expect_growth(&before, growth);
}

static void dropped_messages_are_counted(void **state)
{
	static const struct growth growth[] = {
		{ "SealRxRecords", 3 }, { "SealRxBytes", 4 }, { "SealRxControl", 2 },
		{ "SealRxMessages", 2 }, { "SealRxMessagesDropped", 2 }, { NULL, 0 } };
	struct pair *pair = *state;
	struct counters before = counters_now();

	peer_send_ticket(&pair->peer, 1, 10000);
	peer_send_ticket(&pair->peer, 2, 10000);
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_recv(pair->fd, "data", 4);
	expect_growth(&before, growth);
}

static void key_updates_are_counted(void **state)
{
	static const struct growth growth[] = {
		{ "SealRxRecords", 1 }, { "SealRxControl", 1 }, { "SealRxKeyUpdates", 1 },
		{ "SealTxRecords", 2 }, { "SealTxBytes", 4 }, { "SealTxKeyUpdates", 1 },
		{ NULL, 0 } };
	struct pair *pair = *state;
	struct counters before = counters_now();

	peer_send_key_update(&pair->peer, 1);
	pair_sync(pair);
	expect_nothing_to_read(pair->fd);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	expect_growth(&before, growth);
}

static void close_notify_is_counted(void **state)
{
	static const struct growth growth[] = {
		{ "SealRxRecords", 1 }, { "SealRxControl", 1 }, { "SealRxAlerts", 1 },
		{ "SealTxRecords", 1 }, { "SealTxAlerts", 1 }, { NULL, 0 } };
	struct pair *pair = *state;
	struct counters before = counters_now();

	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_eof(pair->fd);
	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_growth(&before, growth);
}

static void bad_records_are_counted(void **state)
{
	static const struct growth growth[] = {
		{ "SealRxErrors", 1 }, { "SealTxRecords", 1 }, { "SealTxAlerts", 1 },
		{ NULL, 0 } };
	struct pair *pair = *state;
	struct counters before = counters_now();

	pair->peer.tx.seq++;
	peer_send(&pair->peer, TYPE_DATA, "data", 4);
	expect_failed(pair->fd, EBADMSG);
	expect_growth(&before, growth);
}

static void truncation_is_counted_once(void **state)
{
	static const struct growth growth[] = { { "SealRxTruncated", 1 }, { NULL, 0 } };
	struct pair *pair = *state;
	struct counters before = counters_now();
	uint8_t byte;

	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_for(pair->fd, POLLIN);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	expect_errno(recv(pair->fd, &byte, 1, 0), ECONNABORTED);
	expect_growth(&before, growth);
}

static void raise_loopback(void)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = must(socket(AF_INET, SOCK_DGRAM, 0));

	expect_ok(ioctl(fd, SIOCSIFFLAGS, &lo));
	close(fd);
}

/* Last of all: the program stays in the new namespace */
static void namespaces_count_for_themselves(void **state)
{
	static const struct growth here[] = {
		{ "SealAttached", 1 }, { "SealTxRecords", 1 }, { "SealTxBytes", 4 },
		{ NULL, 0 } };
	struct pair *old = *state, pair;
	struct counters none = { 0 };

	expect_ok(unshare(CLONE_NEWNET));
	raise_loopback();
	expect_growth(&none, (const struct growth[]){ { NULL, 0 } });
	pair_open(&pair, old->variant);
	expect_count(send(pair.fd, "data", 4, 0), 4);
	/* a socket counts where it was made, whoever uses it */
	expect_count(send(old->fd, "elsewhere", 9, 0), 9);
	expect_growth(&none, here);
	pair_close(&pair);
}

int main(void)
{
	static const struct test tests[] = {
		ONCE(every_counter_is_there),
		EACH_FAMILY(attaching_is_counted),
		EACH(sending_is_counted),
		EACH_SUITE(spliced_bytes_are_counted),
		EACH(receiving_is_counted),
		ONCE(dropped_messages_are_counted),
		EACH_SUITE(key_updates_are_counted),
		EACH_SUITE(close_notify_is_counted),
		EACH_SUITE(bad_records_are_counted),
		EACH_FAMILY(truncation_is_counted_once),
		ONCE(namespaces_count_for_themselves),
	};

	return run_cases("stat", tests, ARRAY_SIZE(tests), pair_open);
}
