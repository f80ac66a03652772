# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# The kernel of the rig, and how its module is asked.  To be sourced after lib.sh.
#
# In:  requests for selftests/perf/native/bench; CPUS, 1 if not set.
# Out: what it answers; the kernel, its modules and logs in build/native/, or
#      build/native-smp/ for several CPUs.

# The only kernel that the patch is for
NATIVE_KERNEL=7.3

# Seconds; all of it takes a few minutes.
NATIVE_TIMEOUT=3600

# CPUs; one is another kernel, for locks and per-CPU data cost nothing there
CPUS=${CPUS:-1}
export CPUS

# How and where it is built
native_flavour=native
[ "$CPUS" = 1 ] || native_flavour=native-smp
native_folder=$SEAL_TOP/build/$native_flavour

# kernel_build: get the kernel ready
kernel_build()
{
	"$SEAL_TOP/selftests/kunit/build" "$NATIVE_KERNEL" "$native_flavour" "$native_folder"
}

# bench_command REQUEST...: for bash in the guest.  What is closed leaves nothing behind,
# or ports would run out.
bench_command()
{
	cat <<-END
		set -e
		echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets
		for module in tls sockseal bench; do
			insmod $native_folder/\$module.ko
		done
		while read -r request; do
			exec 3<>/sys/kernel/debug/sockseal_bench
			echo "\$request" >&3
			cat <&3
		done <<'REQUESTS'
	END
	printf '%s\n' "$@" REQUESTS
}

# kernel_run LOG COMMAND: on the kernel
kernel_run()
{
	"$SEAL_TOP/selftests/kunit/uml" "$native_folder" "$native_folder/$1.log" \
		"$NATIVE_TIMEOUT" "$2"
}
