# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# The Debian kernels the project runs on, made ready in the cache: to boot, to build
# modules for, to build from source.  To be sourced after selftests/scripts/lib.sh
# and selftests/vm/apt.sh.
#
# In:  the version of a kernel as the command line has it, such as 6.12.
# Out: folders of the cache; what is there is shared by all, so build elsewhere.

# kernel_suite KERNEL: the Debian suite that carries it; one row per kernel
kernel_suite()
{
	case $1 in
	6.12) echo trixie ;;
	*) die "unknown kernel $1; known: 6.12" ;;
	esac
}

# kernel_source KERNEL: path of the unpacked linux-source, scripts/ included
kernel_source()
{
	local kernel=$1 package=linux-source-$1 suite version hash
	suite=$(kernel_suite "$kernel")
	version=$(apt_version "$suite" "$package")
	hash=$(apt_hash "$suite" "$package")

	cache_make "$package-$version-$(hash_of "$hash")" \
		source_unpack "$suite" "$package"
}

source_unpack()
{
	local folder=$1 suite=$2 package=$3

	apt_unpack "$folder/deb" "$suite" "$package"
	say "unpacking $package"
	tar -C "$folder" --strip-components=1 \
		-xf "$folder/deb/usr/src/$package.tar.xz"
	rm -rf "$folder/deb"
}

# kernel_folder KERNEL: path of a folder with
#
#	release			what uname -r says
#	vmlinuz, initramfs	what QEMU boots
#	usr/lib/modules		the modules
#	headers			what "make -C headers M=..." takes
kernel_folder()
{
	local kernel=$1 suite version packages hash recipe
	suite=$(kernel_suite "$kernel")
	version=$(apt_version "$suite" linux-image-cloud-amd64)
	case $version in
	"$kernel".*) ;;
	*) die "Debian $suite has Linux $version, not $kernel" ;;
	esac
	mapfile -t packages < <(kernel_packages "$suite")
	wait $! # its status
	hash=$(apt_hash "$suite" "${packages[@]}")
	recipe=$(hash_of_files "$SEAL_TOP"/selftests/vm/{kernels.sh,initramfs-init})

	cache_make "linux-$version-$(hash_of "$hash" "$recipe" "$(cache_dir)")" \
		kernel_unpack "$suite" "${packages[@]}"
}

# kernel_packages SUITE: the image, the headers, what the programs in the headers
# are linked with, and a shell for the initramfs.  The names have the ABI in them
# and change with each update, so they are looked up.
kernel_packages()
{
	apt_closure "$1" \
		'linux-(image|headers|kbuild|binary|modules|base)-.*|libc6|libelf1(t64)?|zlib1g|libzstd1|busybox-static' \
		linux-image-cloud-amd64 linux-headers-cloud-amd64 busybox-static |
		grep -v -e '-unsigned$'
}

kernel_unpack()
{
	local folder=$1 release

	apt_unpack "$@"
	release=$(basename "$folder"/boot/vmlinuz-*)
	release=${release#vmlinuz-}
	printf '%s\n' "$release" >"$folder/release"
	ln -s "boot/vmlinuz-$release" "$folder/vmlinuz"
	ln -s "usr/src/linux-headers-$release" "$folder/headers"
	modules_prepare "$folder" "$release"
	headers_prepare "$folder"
	initramfs_make "$folder" "$release"
}

# modules_prepare FOLDER RELEASE: index the modules, for modprobe
modules_prepare()
{
	[ -e "$1/lib" ] || ln -s usr/lib "$1/lib"
	depmod -b "$1" "$2"
}

# headers_prepare FOLDER: make the headers usable where they are
headers_prepare()
{
	local folder=$1 final=${1%.part} tool

	# They name each other by absolute paths.
	sed -i "s|/usr/src/|$final/usr/src/|g" "$folder/headers/Makefile"
	# With vmlinux there, kbuild would make BTF and fail for want of pahole.
	rm -f "$folder/headers/vmlinux"
	for tool in "$folder"/usr/lib/linux-kbuild-*/{scripts/mod/modpost,tools/objtool/objtool}; do
		tool_wrap "$folder" "$tool"
	done
}

# tool_wrap FOLDER TOOL: let a program of the headers run with the C library of its
# own Debian; the machine's may be older
tool_wrap()
{
	local folder=$1 final=${1%.part} tool=$2 suffix lib

	for suffix in .real-lsb-64 .real-x86; do
		[ ! -e "$tool$suffix" ] || { tool=$tool$suffix; break; }
	done
	lib=$(dirname "$(find "$folder" -name ld-linux-x86-64.so.2 -path '*/x86_64-linux-gnu/*')")
	lib=$final${lib#"$folder"}
	mv "$tool" "$tool.bin"
	cat >"$tool" <<-END
		#!/bin/sh
		exec $lib/ld-linux-x86-64.so.2 --library-path $lib:$final/usr/lib/x86_64-linux-gnu "\$0.bin" "\$@"
	END
	chmod +x "$tool"
}

# initramfs_make FOLDER RELEASE: the little that is needed to reach the machine's
# files: a shell, the script initramfs-init, and modules that are not built in
initramfs_make()
{
	local folder=$1 release=$2 root=$1/initramfs.d number=10 module

	mkdir -p "$root"/{bin,modules,proc,sys,dev,ro,rw,newroot}
	cp "$(find "$folder" -type f -path '*bin/busybox')" "$root/bin/busybox"
	cp "$SEAL_TOP/selftests/vm/initramfs-init" "$root/init"
	while read -r module; do
		xz -dcf "$module" >"$root/modules/$number.ko"
		number=$((number + 1))
	done < <(boot_modules "$folder" "$release")
	(cd "$root" && find . | cpio -o -H newc --quiet) >"$folder/initramfs"
	rm -rf "$root"
}

# boot_modules FOLDER RELEASE: files of the modules to load before the root is
# there, each after those it needs
boot_modules()
{
	modprobe -d "$1" -S "$2" --show-depends -a \
		virtio_pci virtio_console virtiofs overlay |
		awk '$1 == "insmod" && !seen[$2]++ { print $2 }'
}
