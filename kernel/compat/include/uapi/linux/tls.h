/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * The kernel's <linux/tls.h> enters; it leaves with what Linux 7.3 has in it.
 */
#include_next <uapi/linux/tls.h>

#if !defined(TLS_TX_MAX_PAYLOAD_LEN)
#define TLS_TX_MAX_PAYLOAD_LEN		5
#define TLS_INFO_TX_MAX_PAYLOAD_LEN	(TLS_INFO_RX_NO_PAD + 1)
#endif
