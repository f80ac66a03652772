// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Sockets in every state enter TCP_ULP "sockseal"; sealed ones leave, or the
 * errno that says why not.
 */
#include <string.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <netinet/in.h>
#include <linux/tcp.h>

#include "ktest.h"

static void listener_is_refused(void **state)
{
	struct pair *pair = *state;
	int fd = tcp_listen(pair->variant->family);

	expect_errno(attach_ulp(fd), ENOTCONN);
	close(fd);
}

static void unconnected_is_refused(void **state)
{
	int fd = must(socket(AF_INET, SOCK_STREAM, 0));

	(void)state;
	expect_errno(attach_ulp(fd), ENOTCONN);
	close(fd);
}

/* FIN_WAIT: nothing could be sent any more, not even close_notify */
static void after_shutdown_is_refused(void **state)
{
	struct pair *pair = *state;

	expect_ok(shutdown(pair->fd, SHUT_WR));
	expect_errno(attach_ulp(pair->fd), ENOTCONN);
}

static void second_ulp_is_refused(void **state)
{
	struct pair *pair = *state;

	expect_ok(attach_ulp(pair->fd));
	expect_errno(attach_ulp(pair->fd), EEXIST);
}

static void name_is_reported(void **state)
{
	struct pair *pair = *state;
	char name[32] = "";
	socklen_t len = sizeof(name);

	expect_ok(attach_ulp(pair->fd));
	expect_ok(getsockopt(pair->fd, IPPROTO_TCP, TCP_ULP, name, &len));
	assert_string_equal(name, SEAL_ULP_NAME);
}

static void plain_tcp_knows_no_options(void **state)
{
	struct pair *pair = *state;

	expect_errno(set_keys(pair->fd, &pair->keys), ENOPROTOOPT);
}

/* A byte that slipped out here would be plaintext on the wire */
static void without_keys_nothing_moves(void **state)
{
	struct pair *pair = *state;
	int file = must(open_bytes("abc", 3));
	char buf[8];

	expect_ok(attach_ulp(pair->fd));
	expect_errno(send(pair->fd, "abc", 3, MSG_NOSIGNAL), ENOKEY);
	expect_errno(sendfile(pair->fd, file, NULL, 3), ENOKEY);
	assert_true(peer_write(&pair->peer, "xyz", 3));
	pair_sync(pair);
	expect_errno(recv(pair->fd, buf, sizeof(buf), 0), ENOKEY);
	expect_errno(recv(pair->fd, buf, sizeof(buf), MSG_DONTWAIT | MSG_PEEK), ENOKEY);
	assert_int_equal(bytes_handed_to_tcp(pair->fd), 0);
	close(file);
}

static void closed_without_keys_is_plain_fin(void **state)
{
	struct pair *pair = *state;

	expect_ok(attach_ulp(pair->fd));
	pair_close_sealed(pair);
	peer_expect_eof(&pair->peer);
}

static void shut_without_keys_is_plain_fin(void **state)
{
	struct pair *pair = *state;

	expect_ok(attach_ulp(pair->fd));
	expect_ok(shutdown(pair->fd, SHUT_WR));
	peer_expect_eof(&pair->peer);
}

/* The peer may have sent all it had to say before the keys were there */
static void records_that_waited_are_read(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "early", 5);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	pair_sync(pair);
	seal(pair->fd, &pair->keys);
	expect_recv(pair->fd, "early", 5);
	expect_eof(pair->fd);
}

static void close_wait_is_accepted(void **state)
{
	struct pair *pair = *state;

	peer_send(&pair->peer, TYPE_DATA, "early", 5);
	peer_send_alert(&pair->peer, ALERT_WARNING, ALERT_CLOSE_NOTIFY);
	expect_ok(shutdown(pair->peer.fd, SHUT_WR));
	wait_fin(pair->fd);
	seal(pair->fd, &pair->keys);
	expect_recv(pair->fd, "early", 5);
	expect_eof(pair->fd);
	expect_count(send(pair->fd, "answer", 6, 0), 6);
	peer_expect_record(&pair->peer, TYPE_DATA, "answer", 6);
}

static void waiting_record_makes_readable(void **state)
{
	struct pair *pair = *state;

	expect_ok(attach_ulp(pair->fd));
	peer_send(&pair->peer, TYPE_DATA, "early", 5);
	pair_sync(pair);
	expect_ok(set_keys(pair->fd, &pair->keys));
	assert_true(readable(pair->fd));
	expect_recv(pair->fd, "early", 5);
}

static void reconnect_is_refused(void **state)
{
	struct pair *pair = *state;
	struct sockaddr nowhere = { .sa_family = AF_UNSPEC };

	seal(pair->fd, &pair->keys);
	expect_errno(connect(pair->fd, &nowhere, sizeof(nowhere)), EOPNOTSUPP);
	expect_count(send(pair->fd, "still sealed", 12, 0), 12);
	peer_expect_record(&pair->peer, TYPE_DATA, "still sealed", 12);
}

/* Options of other levels are TCP's and IP's business, as before */
static void other_options_still_work(void **state)
{
	struct pair *pair = *state;
	struct sockaddr_storage name;
	socklen_t len = sizeof(int);
	int value = 0;

	seal(pair->fd, &pair->keys);
	set_int(pair->fd, IPPROTO_TCP, TCP_NODELAY, 0);
	expect_ok(getsockopt(pair->fd, IPPROTO_TCP, TCP_NODELAY, &value, &len));
	assert_int_equal(value, 0);
	set_int(pair->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	len = sizeof(name);
	expect_ok(getpeername(pair->fd, (void *)&name, &len));
	len = sizeof(name);
	expect_ok(getsockname(pair->fd, (void *)&name, &len));
}

int main(void)
{
	static const struct test tests[] = {
		EACH_FAMILY(listener_is_refused),
		ONCE(unconnected_is_refused),
		EACH_FAMILY(after_shutdown_is_refused),
		EACH_FAMILY(second_ulp_is_refused),
		EACH_FAMILY(name_is_reported),
		EACH_FAMILY(plain_tcp_knows_no_options),
		EACH_FAMILY(without_keys_nothing_moves),
		EACH_FAMILY(closed_without_keys_is_plain_fin),
		EACH_FAMILY(shut_without_keys_is_plain_fin),
		EACH(records_that_waited_are_read),
		EACH_FAMILY(close_wait_is_accepted),
		EACH_FAMILY(waiting_record_makes_readable),
		EACH_FAMILY(reconnect_is_refused),
		EACH_FAMILY(other_options_still_work),
	};

	return run_cases("attach", tests, ARRAY_SIZE(tests), pair_open_raw);
}
