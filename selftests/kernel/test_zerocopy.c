// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Calls with MSG_ZEROCOPY enter; each must be answered on the error queue at
 * once, as copied, and the memory be free to change from then on.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <netinet/in.h>
#include <linux/errqueue.h>

#include "ktest.h"

struct notice {
	struct sock_extended_err	error;
	int				level;
	int				type;
};

/* What recvmsg(MSG_ERRQUEUE) returns; asserts nothing */
static ssize_t next_notice(int fd, struct notice *notice)
{
	char control[CMSG_SPACE(sizeof(struct sock_extended_err) +
				sizeof(struct sockaddr_storage))];
	struct msghdr msg = { .msg_control = control, .msg_controllen = sizeof(control) };
	ssize_t n = recvmsg(fd, &msg, MSG_ERRQUEUE);
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);

	if (n < 0)
		return n;
	assert_non_null(cmsg);
	notice->level = cmsg->cmsg_level;
	notice->type = cmsg->cmsg_type;
	memcpy(&notice->error, CMSG_DATA(cmsg), sizeof(notice->error));
	return n;
}

/* Calls number first to last are done, in one notice */
static void expect_notice(const struct pair *pair, uint32_t first, uint32_t last)
{
	bool ipv4 = pair->variant->family == AF_INET;
	struct notice notice;

	expect_count(next_notice(pair->fd, &notice), 0);
	assert_int_equal(notice.level, ipv4 ? SOL_IP : SOL_IPV6);
	assert_int_equal(notice.type, ipv4 ? IP_RECVERR : IPV6_RECVERR);
	assert_int_equal(notice.error.ee_errno, 0);
	assert_int_equal(notice.error.ee_origin, SO_EE_ORIGIN_ZEROCOPY);
	assert_int_equal(notice.error.ee_code, SO_EE_CODE_ZEROCOPY_COPIED);
	assert_int_equal(notice.error.ee_info, first);
	assert_int_equal(notice.error.ee_data, last);
}

static void expect_no_notice(const struct pair *pair)
{
	struct notice notice;

	expect_errno(next_notice(pair->fd, &notice), EAGAIN);
}

static void allow_zerocopy(const struct pair *pair)
{
	set_int(pair->fd, SOL_SOCKET, SO_ZEROCOPY, 1);
}

static void each_call_is_answered_at_once(void **state)
{
	static const size_t sizes[] = { 1, 100, 4096, 16384, 50000 };
	struct pair *pair = *state;

	allow_zerocopy(pair);
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		uint8_t *data = make_bytes(sizes[i], i + 1), *copy = make_room(sizes[i]);

		memcpy(copy, data, sizes[i]);
		expect_count(send(pair->fd, data, sizes[i], MSG_ZEROCOPY), sizes[i]);
		expect_notice(pair, i, i);
		expect_no_notice(pair);
		memset(data, 0, sizes[i]);
		peer_expect_data(&pair->peer, copy, sizes[i]);
		free(data);
		free(copy);
	}
}

static void answers_are_joined(void **state)
{
	struct pair *pair = *state;

	allow_zerocopy(pair);
	for (int i = 0; i < 3; i++)
		expect_count(send(pair->fd, "data", 4, MSG_ZEROCOPY), 4);
	expect_notice(pair, 0, 2);
	expect_no_notice(pair);
	peer_expect_data(&pair->peer, "datadatadata", 12);
}

static void answer_is_an_event(void **state)
{
	struct pair *pair = *state;
	struct pollfd p = { .fd = pair->fd };

	allow_zerocopy(pair);
	expect_count(poll(&p, 1, 0), 0);
	expect_count(send(pair->fd, "data", 4, MSG_ZEROCOPY), 4);
	expect_count(poll(&p, 1, 0), 1);
	assert_int_equal(p.revents, POLLERR);
	assert_false(readable(pair->fd));
	expect_notice(pair, 0, 0);
	expect_count(poll(&p, 1, 0), 0);
}

/* As on TCP, where it is a hint that nobody has asked an answer to */
static void without_the_option_nobody_answers(void **state)
{
	struct pair *pair = *state;

	expect_count(send(pair->fd, "data", 4, MSG_ZEROCOPY), 4);
	expect_no_notice(pair);
	allow_zerocopy(pair);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	expect_count(send(pair->fd, "", 0, MSG_ZEROCOPY), 0);
	expect_no_notice(pair);
	peer_expect_data(&pair->peer, "datadata", 8);
}

/* A part that was accepted is answered, a call that failed is not */
static void full_buffer_is_answered_for_what_was_accepted(void **state)
{
	struct pair *pair = *state;
	const size_t room = 16 << 20;
	uint8_t *data = make_bytes(room, 1);
	struct worker *reader;
	uint32_t calls = 0;
	size_t len = 0;
	ssize_t n;

	allow_zerocopy(pair);
	set_nonblock(pair->fd);
	for (; (n = send(pair->fd, data + len, room - len, MSG_ZEROCOPY)) > 0; calls++) {
		expect_notice(pair, calls, calls);
		len += n;
	}
	expect_errno(n, EAGAIN);
	expect_no_notice(pair);
	reader = worker_collect(&pair->peer, len);
	worker_join(reader, data, len);
	expect_count(send(pair->fd, data, 1, MSG_ZEROCOPY), 1);
	expect_notice(pair, calls, calls);
	free(data);
}

static void refused_calls_are_not_answered(void **state)
{
	struct pair *pair = *state;

	allow_zerocopy(pair);
	expect_errno(send(pair->fd, (void *)1, 100, MSG_ZEROCOPY), EFAULT);
	expect_errno(send(pair->fd, "x", 1, MSG_ZEROCOPY | MSG_OOB), EOPNOTSUPP);
	expect_no_notice(pair);
	expect_count(send(pair->fd, "data", 4, MSG_ZEROCOPY), 4);
	expect_notice(pair, 0, 0);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(each_call_is_answered_at_once),
		EACH_FAMILY(answers_are_joined),
		EACH_FAMILY(answer_is_an_event),
		EACH_FAMILY(without_the_option_nobody_answers),
		EACH_SUITE(full_buffer_is_answered_for_what_was_accepted),
		EACH_FAMILY(refused_calls_are_not_answered),
	};

	return run_cases("zerocopy", tests, ARRAY_SIZE(tests), pair_open);
}
