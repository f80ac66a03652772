/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel's flags of messages enter; they leave with one that only kernels have
 * which hand over the pages of a call of splice() one at a time: until 6.4, it says
 * that the call has more.
 */
#include_next <linux/socket.h>

#ifndef MSG_SENDPAGE_NOTLAST
#define MSG_SENDPAGE_NOTLAST	0
#endif
