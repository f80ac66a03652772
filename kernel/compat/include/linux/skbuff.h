/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's socket buffers enter; they leave with a msg_zerocopy_realloc() that
 * has an argument for device memory, as since 6.16 (commit bd61848900bf).
 */
#include_next <linux/skbuff.h>

#if defined(SEAL_COMPAT_ZEROCOPY) && !defined(_SEAL_COMPAT_LINUX_SKBUFF_H)
#define _SEAL_COMPAT_LINUX_SKBUFF_H

static inline struct ubuf_info *
seal_compat_zerocopy_realloc(struct sock *sk, size_t size,
			     struct ubuf_info *uarg, bool devmem)
{
	return msg_zerocopy_realloc(sk, size, uarg);
}

#define msg_zerocopy_realloc	seal_compat_zerocopy_realloc

#endif
