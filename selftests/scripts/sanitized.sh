# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# The library and the command with the sanitizers.  To be sourced after lib.sh.
#
# In:  userspace.
# Out: build/asan/sockseal.

# build_with_sanitizers: the command once more, to see each byte out of place
build_with_sanitizers()
{
	local flags='-O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined'
	local folder=$SEAL_TOP/build/asan

	flags+=' -fno-sanitize-recover=undefined'
	make -s -C "$SEAL_TOP/userspace/lib" O="$folder" CFLAGS="$flags" \
		"$folder/libsockseal.a"
	make -s -C "$SEAL_TOP/userspace/tools" O="$folder" CFLAGS="$flags"
}
