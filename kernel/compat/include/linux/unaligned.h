/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Since 6.12 (commit 5f60d5f6bbc1), under this name: the accessors of bytes on the
 * wire enter and leave unchanged.
 */
#ifdef SEAL_COMPAT_ASM_UNALIGNED
#include <asm/unaligned.h>
#else
#include_next <linux/unaligned.h>
#endif
