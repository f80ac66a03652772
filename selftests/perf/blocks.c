// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A plugin of QEMU's TCG.  Each instruction of the guest enters; how often each
 * translated block was executed inside of the windows of `sockseal bench' leaves, to
 * the file OUT: "windows N", and lines "ADDRESS INSTRUCTIONS TIMES".
 *
 *	-plugin FILE,out=OUT,windows=MASK
 *
 * MASK has bit N for windows of the kind N of enum bench_window.
 */
#include <inttypes.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_plugin.h"

int qemu_plugin_version = PLUGIN_API;

/* nopw DISPLACEMENT(%rax,%rax,1), the displacement as bench_clock.c has it */
#define MARK_SIZE 9
static const unsigned char mark_opcode[] = { 0x66, 0x0f, 0x1f, 0x84, 0x00 };
static const unsigned char mark_begin[] = { 0xbb, 0xa1, 0x5e };
static const unsigned char mark_end[] = { 0xee, 0xa1, 0x5e };

#define BUCKETS 65536

struct block {
	uint64_t	address;
	uint64_t	times;
	size_t		instructions;
	struct block	*next;
};

static struct block *blocks[BUCKETS];
static unsigned long windows_wanted;
static uint64_t windows;
static const char *out_path;
static bool inside;

/* The same place is translated many times, as far as the clock lets a block run. */
static struct block *find_block(uint64_t address, size_t instructions)
{
	size_t bucket = (address ^ address >> 16 ^ instructions) % BUCKETS;
	struct block *block = blocks[bucket];

	while (block && (block->address != address || block->instructions != instructions))
		block = block->next;
	if (block)
		return block;
	block = calloc(1, sizeof(*block));
	if (!block)
		abort();
	block->address = address;
	block->instructions = instructions;
	block->next = blocks[bucket];
	blocks[bucket] = block;
	return block;
}

static void count_block(unsigned int cpu, void *data)
{
	struct block *block = data;

	(void)cpu;
	block->times += inside;
}

static void enter_window(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	inside = true;
	windows++;
}

static void leave_window(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	inside = false;
}

static void watch_mark(struct qemu_plugin_insn *insn)
{
	unsigned char mark[MARK_SIZE];

	if (qemu_plugin_insn_size(insn) != MARK_SIZE)
		return;
	qemu_plugin_insn_data(insn, mark, sizeof(mark));
	if (memcmp(mark, mark_opcode, sizeof(mark_opcode)) ||
	    mark[5] >= 8 * sizeof(windows_wanted) || !(windows_wanted >> mark[5] & 1))
		return;
	if (!memcmp(mark + 6, mark_begin, sizeof(mark_begin)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, enter_window, NO_REGISTERS,
						       NULL);
	else if (!memcmp(mark + 6, mark_end, sizeof(mark_end)))
		qemu_plugin_register_vcpu_insn_exec_cb(insn, leave_window, NO_REGISTERS,
						       NULL);
}

static void watch_block(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t count = qemu_plugin_tb_n_insns(tb), i;

	(void)id;
	for (i = 0; i < count; i++)
		watch_mark(qemu_plugin_tb_get_insn(tb, i));
	qemu_plugin_register_vcpu_tb_exec_cb(tb, count_block, NO_REGISTERS,
					     find_block(qemu_plugin_tb_vaddr(tb), count));
}

static void write_blocks(uint64_t id, void *data)
{
	FILE *out = fopen(out_path, "w");
	const struct block *block;
	size_t i;

	(void)id;
	(void)data;
	if (!out)
		return;
	fprintf(out, "windows %" PRIu64 "\n", windows);
	for (i = 0; i < BUCKETS; i++)
		for (block = blocks[i]; block; block = block->next)
			if (block->times)
				fprintf(out, "%" PRIx64 " %zu %" PRIu64 "\n",
					block->address, block->instructions,
					block->times);
	fclose(out);
}

int qemu_plugin_install(uint64_t id, const struct qemu_info_t *info, int argc,
			char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!strncmp(argv[i], "out=", 4))
			out_path = strdup(argv[i] + 4);
		else if (!strncmp(argv[i], "windows=", 8))
			windows_wanted = strtoul(argv[i] + 8, NULL, 0);
	}
	if (!out_path || !windows_wanted)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, watch_block);
	qemu_plugin_register_atexit_cb(id, write_blocks, NULL);
	return 0;
}
