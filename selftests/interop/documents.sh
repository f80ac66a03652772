# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# The files that the interop tests serve.  To be sourced after lib.sh, on the machine.
#
# In:  the kernel of the guest, unpacked in the cache.
# Out: build/interop/www, and its checksums in build/interop/SHA256SUMS.

interop_folder=$SEAL_TOP/build/interop
documents=$interop_folder/www
large_size=$((60 << 20))

# pack FOLDER: its files as one stream, the same each time
pack()
{
	tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -C "$1" -cf - .
}

# make_documents: empty, 1 byte, one record of 16384 bytes, 1 MB, 60 MB
make_documents()
{
	local kernel
	kernel=$("$SEAL_TOP/selftests/vm/fetch-kernel" 6.12)

	mkdir -p "$documents"
	# head ends before tar does, which is no failure
	head -c "$large_size" < <(pack "$kernel") >"$documents/kernel.tar"
	[ "$(stat -c %s "$documents/kernel.tar")" = "$large_size" ] ||
		die "the packed kernel is less than $large_size bytes"
	: >"$documents/empty.txt"
	printf x >"$documents/byte.txt"
	head -c 16384 "$documents/kernel.tar" >"$documents/record.bin"
	head -c 1048576 "$documents/kernel.tar" >"$documents/megabyte.bin"
	(cd "$documents" && sha256sum -- * >../SHA256SUMS)
}
