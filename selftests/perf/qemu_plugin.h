/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The interface of a plugin to QEMU's TCG, as far as blocks.c uses it: Debian has no
 * package with QEMU's own header.
 */
#ifndef QEMU_PLUGIN_H
#define QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

/* Of QEMU 9.2 to 10; others refuse the plugin */
#define PLUGIN_API 4

struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;

typedef void on_translate(uint64_t id, struct qemu_plugin_tb *tb);
typedef void on_execute(unsigned int cpu, void *data);
typedef void at_exit(uint64_t id, void *data);

/* Of on_execute: the plugin does not look at registers */
enum { NO_REGISTERS };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, on_translate *call);
void qemu_plugin_register_vcpu_tb_exec_cb(struct qemu_plugin_tb *tb, on_execute *call,
					  int registers, void *data);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *insn,
					    on_execute *call, int registers, void *data);
void qemu_plugin_register_atexit_cb(uint64_t id, at_exit *call, void *data);

size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *tb);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *tb);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *tb,
						 size_t i);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *insn);
size_t qemu_plugin_insn_data(const struct qemu_plugin_insn *insn, void *to, size_t len);

/* What the plugin has, for QEMU */
#define EXPORT __attribute__((visibility("default")))

extern EXPORT int qemu_plugin_version;
EXPORT int qemu_plugin_install(uint64_t id, const struct qemu_info_t *info, int argc,
			       char **argv);

#endif /* QEMU_PLUGIN_H */
