# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# The programs that make a guest, on Debian 12 and 13.  To be sourced after
# selftests/scripts/lib.sh and selftests/vm/apt.sh.
#
# In:  qemu-system-x86 and virtiofsd as packages.txt has them.
# Out: their command lines, one word a line.

# qemu_program: QEMU, and where it finds its firmware
#
# QEMU 7.2 of Debian 12 loses the flags register at an interrupt after cmpxchg16b,
# which 6.12 uses in each kmalloc: guests died of it.  It is also without the host's
# AES instructions.  So Debian 12 runs the QEMU of its backports, unpacked in the
# cache, with the libraries that 7.2 brought.
qemu_program()
{
	local major folder
	major=$(qemu-system-x86_64 --version | sed -n '1s/.*version \([0-9]*\).*/\1/p')

	if [ "$major" -ge 8 ]; then
		printf '%s\n' qemu-system-x86_64
	else
		folder=$(apt_folder qemu bookworm-backports \
			qemu-system-x86 qemu-system-common qemu-system-data seabios)
		printf '%s\n' "$folder/usr/bin/qemu-system-x86_64" \
			-L "$folder/usr/share/qemu" -L "$folder/usr/share/seabios"
	fi
}

# qemu_accelerator: a /dev/kvm is no proof that guests run under it, the flags of
# the CPU are
#
# Without MOVBE, OpenSSL does not take its interleaved AES-GCM, whose decryption TCG
# runs at an eighth of the speed of the plain one.  Without AVX2 there is no
# VINSERTI128, for which TCG reads 32 bytes of memory where the processor reads 16
# (QEMU 10.0.2 and older): a buffer in the last page of memory then ends in an oops.
qemu_accelerator()
{
	if grep -qE '^flags.* (vmx|svm)( |$)' /proc/cpuinfo && [ -w /dev/kvm ]; then
		printf '%s\n' -accel kvm -cpu host -smp 2
	else
		printf '%s\n' -accel tcg,thread=multi -cpu max,-movbe,-avx2 -smp 2
	fi
}

# qemu_counter: one CPU whose clock advances by one nanosecond with each instruction, so
# that what is executed can be counted by reading the TSC, and comes out the same the
# next time
#
# The CPU has a name so that all versions of QEMU agree about it; it is without ERMS
# because TCG counts each byte of a "rep movsb", and without AVX2 as above.  While the
# guest sleeps its clock runs ahead.
qemu_counter()
{
	printf '%s\n' -accel tcg,thread=single -icount shift=0,sleep=off \
		-rtc base=2026-01-01,clock=vm -cpu Haswell-noTSX,-erms,-avx2 -smp 1
}

# virtiofsd_program SOCKET: serve the machine's files there.  Debian 12 has the
# virtiofsd of QEMU, in C, later ones a package of its own with other options.
# Neither announces the mounts it passes: an overlay refuses what lies behind them.
virtiofsd_program()
{
	if [ -x /usr/libexec/virtiofsd ]; then
		printf '%s\n' /usr/libexec/virtiofsd --socket-path "$1" \
			--shared-dir / --no-announce-submounts \
			--cache always --sandbox chroot
	elif [ -x /usr/lib/qemu/virtiofsd ]; then
		printf '%s\n' /usr/lib/qemu/virtiofsd --socket-path="$1" \
			-o source=/ -o cache=always -o sandbox=chroot
	else
		die "virtiofsd is missing: run selftests/scripts/install-packages"
	fi
}
