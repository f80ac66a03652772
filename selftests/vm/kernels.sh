# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Which Debian kernels the project runs on, and their packages in the cache.  To be
# sourced after selftests/scripts/lib.sh and selftests/vm/apt.sh.
#
# In:  the version of a kernel as the command line has it, such as 6.12.
# Out: folders of the cache.

# kernel_suite KERNEL: the Debian suite that carries it; one row per kernel
kernel_suite()
{
	case $1 in
	6.12) echo trixie ;;
	*) die "unknown kernel $1; known: 6.12" ;;
	esac
}

# kernel_source KERNEL: path of the unpacked linux-source, scripts/ included; what
# is there is shared by all, so build elsewhere (O=)
kernel_source()
{
	local kernel=$1 suite hash
	suite=$(kernel_suite "$kernel")
	hash=$(apt_hash "$suite" "linux-source-$kernel")

	cache_make "linux-source-$(apt_version "$suite" "linux-source-$kernel")-$(hash_of "$hash")" \
		kernel_source_unpack "$suite" "$kernel"
}

kernel_source_unpack()
{
	local folder=$1 suite=$2 kernel=$3

	apt_unpack "$folder" "$suite" "linux-source-$kernel"
	say "unpacking linux-source-$kernel"
	tar -C "$folder" --strip-components=1 -xf \
		"$folder/usr/src/linux-source-$kernel.tar.xz"
	rm -rf "${folder:?}/usr/src" "$folder/usr/share"
}
