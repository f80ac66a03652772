// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A sealed socket is given to KCM, which reads it inside the kernel by read_sock()
 * and cuts the stream into messages; plaintext must come out of it.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/kcm.h>

#include "prefill.h"

#define MESSAGE	10

static int bpf(int command, union bpf_attr *attr)
{
	return syscall(SYS_bpf, command, attr, sizeof(*attr));
}

/* "All messages are 10 bytes long" */
static int load_parser(void)
{
	static const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = MESSAGE },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_SOCKET_FILTER,
		.insns = (uintptr_t)program, .insn_cnt = ARRAY_SIZE(program),
		.license = (uintptr_t)"GPL",
	};

	return must(bpf(BPF_PROG_LOAD, &attr));
}

/* A socket of messages on top of the sealed one; skips if there is no KCM */
static int open_kcm(struct pair *pair)
{
	struct kcm_attach attach = { .fd = pair->fd, .bpf_fd = load_parser() };
	int kcm = socket(AF_KCM, SOCK_SEQPACKET, KCMPROTO_CONNECTED);

	if (kcm < 0 && errno == EAFNOSUPPORT) {
		print_message("this kernel has no KCM\n");
		skip();
	}
	must(kcm);
	expect_ok(ioctl(kcm, SIOCKCMATTACH, &attach));
	close(attach.bpf_fd);
	return kcm;
}

static void expect_messages(int kcm, const uint8_t *data, size_t len)
{
	uint8_t buf[2 * MESSAGE];

	for (size_t done = 0; done < len; done += MESSAGE) {
		expect_count(recv(kcm, buf, sizeof(buf), 0), MESSAGE);
		expect_bytes(buf, data + done, MESSAGE);
	}
}

static void send_in_records(struct pair *pair, const uint8_t *data, size_t len, size_t each)
{
	for (size_t done = 0; done < len; done += each)
		peer_send(&pair->peer, TYPE_DATA, data + done,
			  each < len - done ? each : len - done);
}

static void messages_come_out_of_records(void **state)
{
	static const size_t each[] = { 1, 3, 10, 25, 999, 1000 };
	struct pair *pair = *state;
	uint8_t *data = make_bytes(1000, 1);
	int kcm = open_kcm(pair);

	for (size_t i = 0; i < ARRAY_SIZE(each); i++) {
		send_in_records(pair, data, 1000, each[i]);
		expect_messages(kcm, data, 1000);
	}
	close(kcm);
	free(data);
}

/* Across pages, and what a paused consumer leaves behind */
static void large_records_are_taken_piece_by_piece(void **state)
{
	struct pair *pair = *state;
	const size_t len = 320000;
	uint8_t *data = make_bytes(len, 2);
	struct worker *writer;
	int kcm = open_kcm(pair);

	writer = worker_records(&pair->peer, data, len, RECORD_PLAIN_MAX);
	expect_messages(kcm, data, len);
	worker_join(writer, NULL, len);
	close(kcm);
	free(data);
}

static void records_that_wait_are_read(void **state)
{
	struct pair *pair = *state;
	int kcm;

	peer_send(&pair->peer, TYPE_DATA, "0123", 4);
	peer_send_ticket(&pair->peer, 1, 100);
	peer_send(&pair->peer, TYPE_DATA, "456789", 6);
	pair_sync(pair);
	expect_count(waiting_bytes(pair->fd), 10);
	kcm = open_kcm(pair);
	expect_messages(kcm, (const uint8_t *)"0123456789", 10);
	close(kcm);
}

static void part_of_a_record_is_no_message(void **state)
{
	struct pair *pair = *state;
	uint8_t record[64], buf[MESSAGE];
	size_t len = record_seal(&pair->peer.tx, TYPE_DATA, "0123456789", 10, record);
	int kcm = open_kcm(pair);

	assert_true(peer_write(&pair->peer, record, len - 1));
	pair_sync(pair);
	expect_errno(recv(kcm, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	assert_true(peer_write(&pair->peer, record + len - 1, 1));
	expect_messages(kcm, (const uint8_t *)"0123456789", 10);
	close(kcm);
}

/* A consumer that knows how much is missing asks how much there is */
static void prefill_is_a_part_of_messages(void **state)
{
	struct pair *pair = *state;
	uint8_t record[128], buf[MESSAGE];
	size_t len;
	int kcm;

	len = record_seal(&pair->peer.tx, TYPE_DATA, "01234", 5, record);
	len += record_seal(&pair->peer.tx, TYPE_DATA, "56789", 5, record + len);
	expect_ok(prefill(pair->fd, record, len - 1));
	kcm = open_kcm(pair);
	expect_errno(recv(kcm, buf, sizeof(buf), MSG_DONTWAIT), EAGAIN);
	assert_true(peer_write(&pair->peer, record + len - 1, 1));
	expect_messages(kcm, (const uint8_t *)"0123456789", 10);
	close(kcm);
}

/* And KCM is told when it comes later */
static void prefill_wakes_the_consumer(void **state)
{
	struct pair *pair = *state;
	int kcm = open_kcm(pair);
	uint8_t record[64];
	size_t len;

	len = record_seal(&pair->peer.tx, TYPE_DATA, "0123456789", 10, record);
	expect_ok(prefill(pair->fd, record, len));
	expect_messages(kcm, (const uint8_t *)"0123456789", 10);
	close(kcm);
}

/* What KCM sends is plaintext to the socket and goes out in records */
static void messages_go_out_in_records(void **state)
{
	struct pair *pair = *state;
	int kcm = open_kcm(pair);

	expect_count(send(kcm, "0123456789", 10, MSG_EOR), 10);
	peer_expect_data(&pair->peer, "0123456789", 10);
	close(kcm);
}

int main(void)
{
	static const struct test tests[] = {
		EACH(messages_come_out_of_records),
		EACH_SUITE(large_records_are_taken_piece_by_piece),
		EACH_FAMILY(records_that_wait_are_read),
		EACH_FAMILY(part_of_a_record_is_no_message),
		EACH_FAMILY(prefill_is_a_part_of_messages),
		EACH_FAMILY(prefill_wakes_the_consumer),
		EACH_FAMILY(messages_go_out_in_records),
	};

	return run_cases("kcm", tests, ARRAY_SIZE(tests), pair_open);
}
