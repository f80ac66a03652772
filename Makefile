# SPDX-License-Identifier: MIT OR GPL-2.0
#
# The commands of the project; "make help" lists them.  Everything they make goes to
# build/, everything they download to one cache folder (SOCKSEAL_CACHE).

KERNEL	?= 6.12
CMD	?=
TIMEOUT	?=
ROOMS	?=

O	:= $(CURDIR)/build
SCRIPTS	:= selftests/scripts

# A job for each CPU
JOBS	:= $(shell nproc)

.DEFAULT_GOAL := help
.PHONY: help packages all lib tools modules demo test kunit vm clean

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 12
	@echo
	@echo "KERNEL=$(KERNEL) CMD='...' TIMEOUT=SECONDS ROOMS='...' SOCKSEAL_CACHE=FOLDER"

packages: ## install the Debian packages that the rest needs
	@$(SCRIPTS)/install-packages

all: lib tools modules ## the library, the command and the module

lib: packages ## build/libsockseal.a and build/libsockseal.so
	@$(MAKE) --no-print-directory -j $(JOBS) -C userspace/lib O=$(O)

tools: lib ## build/sockseal, the command
	@$(MAKE) --no-print-directory -j $(JOBS) -C userspace/tools O=$(O)

modules: packages ## build/modules/KERNEL/sockseal.ko for a Debian kernel
	@selftests/vm/build-module $(KERNEL) $(O)/modules/$(KERNEL)

demo: all ## serve files over HTTPS in a guest and fetch them with stock clients
	@selftests/interop/demo

test: all ## run the tests, or only those of ROOMS
	@$(SCRIPTS)/test $(ROOMS)

kunit: packages ## run the module's unit tests in a user-mode kernel
	@selftests/kunit/run

vm: modules ## run CMD, or a shell, in a guest with the module loaded
	@selftests/vm/run --kernel $(KERNEL) $(if $(TIMEOUT),--timeout $(TIMEOUT)) -- \
		$(if $(CMD),"$$SEAL_CMD")

# Through the environment, since a command may have quotes of both kinds
vm: export SEAL_CMD = $(value CMD)

clean: ## remove build/, but not the cache
	rm -rf $(O)
