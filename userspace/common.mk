# SPDX-License-Identifier: MIT OR GPL-2.0
# What the library and the command are compiled with; for their Makefiles.
#
# Variables: O (output folder), V=1 (show the commands), CFLAGS, LDFLAGS.

VERSION := 0.1.0

O ?= ../../build
CC ?= gcc
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
HARDENING ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong

COMMON_CFLAGS := -std=gnu11 -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64 \
	-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-fvisibility=hidden -I../../include -I../../include/uapi $(HARDENING)
COMMON_LDFLAGS := -Wl,-z,relro,-z,now

# $(call say,WORD): the command's short form, as kbuild prints it; nothing with -s
V ?= 0
silent := $(findstring s,$(firstword -$(MAKEFLAGS)))
ifeq ($(V)$(silent),0)
say = @printf '  %-7s %s\n' $(1) $(notdir $@);
endif
