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
	6.1) echo bookworm-security ;;
	6.12) echo trixie ;;
	7.3) echo trixie-backports ;;
	*) die "unknown kernel $1; known: 6.1 6.12 7.3" ;;
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
	local kernel=$1 suite version packages hash recipe runtime
	suite=$(kernel_suite "$kernel")
	version=$(apt_version "$suite" linux-image-cloud-amd64)
	case $version in
	"$kernel".*) ;;
	*) die "Debian $suite has Linux $version, not $kernel" ;;
	esac
	read_lines packages kernel_packages "$suite"
	hash=$(apt_hash "$suite" "${packages[@]}")
	runtime=$(runtime_folder)
	recipe=$(hash_of_files "$SEAL_TOP"/selftests/vm/{kernels.sh,initramfs-init})

	cache_make "linux-$version-$(hash_of "$hash" "$recipe" "$runtime")" \
		kernel_unpack "$runtime" "$suite" "${packages[@]}"
}

# kernel_packages SUITE: the image, which may be in parts, and the headers.  The names
# have the ABI in them and change with each update, so they are looked up.
kernel_packages()
{
	apt_closure "$1" 'linux-(image|headers|kbuild|binary|modules|base)-.*' \
		linux-image-cloud-amd64 linux-headers-cloud-amd64 |
		grep -v -e '-unsigned$'
}

# runtime_folder: path of a folder with the libraries that the programs of all headers
# can be linked with, and a shell for the initramfs.  A C library runs what was made
# for an older one, so it is that of the newest Debian.
runtime_folder()
{
	apt_folder runtime trixie libc6 libelf1t64 zlib1g libzstd1 busybox-static
}

kernel_unpack()
{
	local folder=$1 runtime=$2 release

	apt_unpack "$folder" "${@:3}"
	merge_usr "$folder"
	release=$(ls "$folder/usr/lib/modules")
	printf '%s\n' "$release" >"$folder/release"
	ln -s "$(image_path "$folder" "$release")" "$folder/vmlinuz"
	ln -s "usr/src/linux-headers-$release" "$folder/headers"
	depmod -b "$folder" "$release"
	headers_prepare "$folder" "$runtime"
	initramfs_make "$folder" "$release" "$runtime"
}

# merge_usr FOLDER: the modules are in usr/lib; Debian 12 has them in lib
merge_usr()
{
	if [ -d "$1/lib" ]; then
		mv "$1/lib/modules" "$1/usr/lib/modules"
		rmdir "$1/lib"
	fi
	ln -s usr/lib "$1/lib"
}

# image_path FOLDER RELEASE: where in FOLDER what QEMU boots is; since the image comes
# in parts, among the modules
image_path()
{
	local path

	for path in "boot/vmlinuz-$2" "usr/lib/modules/$2/vmlinuz"; do
		[ ! -e "$1/$path" ] || { printf '%s\n' "$path"; return; }
	done
	die "no vmlinuz in the packages of Linux $2"
}

# headers_prepare FOLDER RUNTIME: make the headers usable where they are
headers_prepare()
{
	local folder=$1 final=${1%.part} tool

	# They name each other by absolute paths.
	sed -i "s|/usr/src/|$final/usr/src/|g" "$folder/headers/Makefile"
	# With vmlinux there, kbuild would make BTF and fail for want of pahole.
	rm -f "$folder/headers/vmlinux"
	for tool in "$folder"/usr/lib/linux-kbuild-*/{scripts/mod/modpost,tools/objtool/objtool}; do
		tool_wrap "$tool" "$2/usr/lib/x86_64-linux-gnu"
	done
}

# tool_wrap TOOL LIBRARIES: let a program of the headers run with these libraries; the
# machine's may be older
tool_wrap()
{
	local tool=$1 lib=$2 suffix

	for suffix in .real-lsb-64 .real-x86; do
		[ ! -e "$tool$suffix" ] || { tool=$tool$suffix; break; }
	done
	mv "$tool" "$tool.bin"
	cat >"$tool" <<-END
		#!/bin/sh
		exec $lib/ld-linux-x86-64.so.2 --library-path $lib "\$0.bin" "\$@"
	END
	chmod +x "$tool"
}

# initramfs_make FOLDER RELEASE RUNTIME: the little that is needed to reach the
# machine's files: a shell, the script initramfs-init, and modules that are not built in
initramfs_make()
{
	local folder=$1 release=$2 runtime=$3 root=$1/initramfs.d number=10 module

	mkdir -p "$root"/{bin,modules,proc,sys,dev,ro,rw,newroot}
	cp "$runtime/usr/bin/busybox" "$root/bin/busybox"
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
