// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * Attempts to unload the module enter while its sockets are in use; they must be
 * refused, and every socket must go on.
 */
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ktest.h"

static long unload(void)
{
	return syscall(SYS_delete_module, "sockseal", O_NONBLOCK);
}

static void attached_socket_holds_the_module(void **state)
{
	struct pair *pair = *state;

	expect_ok(attach_ulp(pair->fd));
	expect_errno(unload(), EAGAIN);
	expect_ok(set_keys(pair->fd, &pair->keys));
	expect_errno(unload(), EAGAIN);
	expect_count(send(pair->fd, "data", 4, 0), 4);
	peer_expect_record(&pair->peer, TYPE_DATA, "data", 4);
}

static void shut_socket_holds_the_module(void **state)
{
	struct pair *pair = *state;

	seal(pair->fd, &pair->keys);
	expect_ok(shutdown(pair->fd, SHUT_RDWR));
	expect_errno(unload(), EAGAIN);
	peer_expect_close(&pair->peer);
}

static void failed_socket_holds_the_module(void **state)
{
	struct pair *pair = *state;

	seal(pair->fd, &pair->keys);
	assert_true(peer_write(&pair->peer, "no record", 9));
	expect_failed(pair->fd, EMSGSIZE);
	expect_errno(unload(), EAGAIN);
}

int main(void)
{
	static const struct test tests[] = {
		EACH_FAMILY(attached_socket_holds_the_module),
		EACH_FAMILY(shut_socket_holds_the_module),
		EACH_FAMILY(failed_socket_holds_the_module),
	};

	return run_cases("module", tests, ARRAY_SIZE(tests), pair_open_raw);
}
