/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * System calls of the library that enter a test instead of the kernel: what the linker
 * puts in their place, and what was there.
 */
#ifndef WRAP_H
#define WRAP_H

#include <sys/socket.h>

ssize_t __real_recv(int fd, void *buf, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t len, int flags);
int __real_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __wrap_setsockopt(int fd, int level, int name, const void *value, socklen_t len);
int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);

#endif /* WRAP_H */
