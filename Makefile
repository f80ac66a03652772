# SPDX-License-Identifier: MIT OR GPL-2.0
#
# The commands of the project; "make help" lists them.  Everything they make goes to
# build/, everything they download to one cache folder (SOCKSEAL_CACHE).

# Those that the project supports, and the one that it is tried on if KERNEL is not given
KERNELS	:= 6.1 6.12 7.3
GUEST	:= $(or $(KERNEL),6.12)

KERNEL	?=
CMD	?=
TIMEOUT	?=
KTLS	?=
ICOUNT	?=
ROOMS	?=
JSON	?=
RIGS	?=
SECONDS	?=
TARGET	?=
QUICK	?=
PLOTS	?=

O	:= $(CURDIR)/build
SCRIPTS	:= selftests/scripts

# A job for each CPU
JOBS	:= $(shell nproc)

.DEFAULT_GOAL := help
.PHONY: help packages all lib tools modules demo test test-all kunit kunit-debug ktls-selftest contract bench bench-gate bench-handshake fuzz vm clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18
	@echo
	@echo "KERNEL=$(subst $() ,|,$(KERNELS)) KTLS=1 ICOUNT=1 CMD='...' TIMEOUT=SECONDS ROOMS='...' RIGS='...' SECONDS=N TARGET='...' QUICK=1 JSON=1 PLOTS=1 SOCKSEAL_CACHE=FOLDER"

packages: ## install the Debian packages that the rest needs
	@$(SCRIPTS)/install-packages

all: lib tools modules ## the library, the command and the module

lib: packages ## build/libsockseal.a and build/libsockseal.so
	@$(MAKE) --no-print-directory -j $(JOBS) -C userspace/lib O=$(O)

tools: lib ## build/sockseal, the command
	@$(MAKE) --no-print-directory -j $(JOBS) -C userspace/tools O=$(O)

modules: $(addprefix module-,$(or $(KERNEL),$(KERNELS))) ## build/modules/KERNEL/sockseal.ko for each kernel, or KERNEL

MODULES	:= $(KERNELS:%=module-%)
.PHONY: $(MODULES)
$(MODULES): module-%: packages
	@selftests/vm/build-module $* $(O)/modules/$*

demo: lib tools module-$(GUEST) ## serve files over HTTPS in a guest and fetch them with stock clients
	@selftests/interop/demo

test: lib tools module-$(GUEST) ## run the tests, those with a guest on KERNEL; or only those of ROOMS
	@$(SCRIPTS)/test --kernels $(GUEST) $(ROOMS)

test-all: all ## run the tests, those with a guest on each kernel
	@$(SCRIPTS)/test --kernels "$(KERNELS)" $(ROOMS)

ktls-selftest: module-$(GUEST) ## judge ULP tls by the kernel's own tests, the in-tree module's and ours
	@selftests/ktls/compare $(GUEST)

contract: $(if $(KERNEL),module-$(KERNEL),modules) ## the table of the socket contract, kept or not: ours and in-tree tls, on each kernel or KERNEL
	@selftests/contract/run $(if $(JSON),--json) $(KERNEL)

# The instruction rig's kernels
BENCH_KERNELS	:= $(or $(KERNEL),6.12 7.3)

bench: lib tools $(addprefix module-,$(BENCH_KERNELS)) ## measure the cost, beside plain TCP, OpenSSL and in-tree kTLS, on the RIGS that there are
	@selftests/perf/bench --kernels "$(BENCH_KERNELS)" $(if $(RIGS),--rigs "$(RIGS)") $(if $(QUICK),--quick) \
		$(if $(JSON),--json) $(if $(PLOTS),--plots)

bench-gate: lib tools module-$(GUEST) ## fail if sealing has come to cost more instructions than was recorded
	@selftests/perf/gate $(GUEST)

bench-handshake: lib ## measure handshakes, beside OpenSSL's libssl on the same libcrypto
	@selftests/perf/handshake/run $(if $(JSON),--json)

fuzz: packages ## look for inputs that break the library, by libFuzzer, SECONDS for each TARGET or all
	@selftests/fuzz/fuzz $(if $(SECONDS),--seconds $(SECONDS)) $(TARGET)

kunit: packages ## run the module's unit tests in user-mode kernels, or only in KERNEL
	@selftests/kunit/run $(KERNEL)

kunit-debug: packages ## the same and the socket tests under KASAN, lockdep, kmemleak and more
	@selftests/kunit/debug $(KERNEL)

vm: module-$(GUEST) ## run CMD, or a shell, in a guest with the module; KTLS=1: as "tls" too
	@selftests/vm/run --kernel $(GUEST) $(if $(KTLS),--ktls) $(if $(ICOUNT),--icount) $(if $(TIMEOUT),--timeout $(TIMEOUT)) -- \
		$(if $(CMD),"$$SEAL_CMD")

# Through the environment, since a command may have quotes of both kinds
vm: export SEAL_CMD = $(value CMD)

clean: ## remove build/, but not the cache
	rm -rf $(O)
