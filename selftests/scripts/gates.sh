# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# The rules of Documentation/process/coding-style.rst that a program can check, one
# function each.  To be sourced after lib.sh, by run.
#
# In:  the files of the checkout, and what "make all" built of them.
# Out: what breaks the rule, and a status.

# Those to build for, those that sparse can read, and the one whose checkpatch is asked
gate_kernels=(6.1 6.12 7.3)
gate_sparse_kernels=(6.1 6.12)
gate_checkpatch_of=6.12
gate_build=$SEAL_TOP/build/gates

# sources REGEXP: files of the checkout, whose path matches
sources()
{
	git -C "$SEAL_TOP" ls-files -co --exclude-standard |
		grep -E "$1" | sort -u | while read -r file; do
		[ ! -f "$SEAL_TOP/$file" ] || printf '%s\n' "$file"
	done
}

# scripts: those in shell, by their first lines
scripts()
{
	sources . | while read -r file; do
		! sed -n 1,2p "$file" | grep -qaE '^#!.*sh$|shellcheck shell=' ||
			printf '%s\n' "$file"
	done
}

# lines_with REGEXP [FILE]: grep, for which it is no failure to find nothing
lines_with()
{
	grep -E "$@" || [ $? = 1 ]
}

# none: succeeds if there is no input; otherwise shows it
none()
{
	! grep .
}

# gate_module_warnings KERNEL
gate_module_warnings()
{
	local folder=$gate_build/module-$1 log=$gate_build/module-$1.log

	rm -rf "$folder"
	"$SEAL_TOP/selftests/vm/build-module" "$1" "$folder" W=1 >"$log" 2>&1 ||
		{ cat "$log"; return 1; }
	# Kbuild says what Debian's kernel was built with; we know.
	grep -vE 'warning: (the compiler|pahole version) differs' "$log" |
		lines_with 'warning:|WARNING:' | none
}

# gate_module_sparse KERNEL
#
# The headers of a kernel of today are beyond this sparse here and there: only what
# it says about our files counts.  It knows too little of C for the headers of 7.3.
gate_module_sparse()
{
	local folder=$gate_build/module-$1 log=$gate_build/sparse-$1.log

	"$SEAL_TOP/selftests/vm/build-module" "$1" "$folder" \
		C=2 CF=-D__CHECK_ENDIAN__ >"$log" 2>&1 || { cat "$log"; return 1; }
	grep -q 'CHECK ' "$log" || { echo "sparse did not run"; return 1; }
	lines_with "$folder/src/.*(warning|error):" "$log" | none
}

# checkpatch FILES IGNORE [OPTION]: FILES is a regular expression
checkpatch()
{
	local source files
	source=$(
		# shellcheck source=selftests/vm/apt.sh
		. "$SEAL_TOP/selftests/vm/apt.sh"
		# shellcheck source=selftests/vm/kernels.sh
		. "$SEAL_TOP/selftests/vm/kernels.sh"
		kernel_source "$gate_checkpatch_of"
	)
	mapfile -t files < <(sources "$1" | sed "s|^|$SEAL_TOP/|")
	# In the top of a git tree it leaves a file behind.
	cd "$gate_build" || return
	{
		"$source/scripts/checkpatch.pl" --no-tree --root="$source" --terse \
			--no-summary --show-types --ignore "$2" "${@:3}" \
			-f "${files[@]}" || [ $? = 1 ]
	} | known_events | known_types | none
}

# known_events: complaints but for those about the shape of an event, which is the same in
# each trace header of the kernel
known_events()
{
	lines_with -v '/kernel/trace\.h:.*:(OPEN_ENDED_LINE|PARENTHESIS_ALIGNMENT):'
}

# known_types: complaints but for those about lines with types in capitals or made by
# macros.  checkpatch takes these for variables and calls, and their "*" for a product.
known_types()
{
	local file line text

	while IFS=: read -r file line text; do
		sed -n "${line}p" "$file" |
			grep -qE 'STACK_OF\(|TAILQ_(ENTRY|HEAD)\(|\<EVP_[A-Z_]+\s+\*' ||
			printf '%s:%s:%s\n' "${file#"$SEAL_TOP"/}" "$line" "$text"
	done
}

# CONST_STRUCT: our proto_ops are TCP's with members replaced, made at load time.
gate_checkpatch_kernel()
{
	checkpatch '^kernel/.*\.[ch]$' CONST_STRUCT --strict
}

# BIT() is not to be had in a header for user space.
gate_checkpatch_uapi()
{
	checkpatch '^include/uapi/.*\.h$' BIT_MACRO --strict
}

# Not in user space: macros, types and functions of the kernel that are advised; names
# of libc, libcrypto and cmocka, which are CamelCase; texts for people and vectors of
# tests, which may take more than one line; volatile, which a signal handler needs.
not_in_user_space=PREFER_KERNEL_TYPES,BIT_MACRO,ARRAY_SIZE,PREFER_DEFINED_ATTRIBUTE_MACRO
not_in_user_space+=,STRCPY,CAMELCASE,SPLIT_STRING,MISSING_SPACE,VOLATILE

gate_checkpatch_user()
{
	checkpatch '^userspace/.*\.[ch]$|^include/[^/]*\.h$' "$not_in_user_space" --strict
}

# Without --strict: tables of cases are made by macros, in shapes it does not know.
# And mkdtemp() writes into its static char array.
gate_checkpatch_tests()
{
	checkpatch '^selftests/.*\.[ch]$' "$not_in_user_space,STATIC_CONST_CHAR_ARRAY"
}

gate_user_warnings()
{
	rm -rf "$gate_build/user"
	make -C "$SEAL_TOP/userspace/lib" -j "$(nproc)" O="$gate_build/user" 2>&1 >/dev/null |
		none
	make -C "$SEAL_TOP/userspace/tools" -j "$(nproc)" O="$gate_build/user" 2>&1 >/dev/null |
		none
}

gate_headers_alone()
{
	local header

	for header in "$SEAL_TOP"/include/*.h "$SEAL_TOP"/include/uapi/linux/*.h; do
		gcc -std=c99 -Wall -Wextra -pedantic -Werror -fsyntax-only \
			-x c "$header"
	done
}

gate_file_length()
{
	sources '\.([ch]|py|awk)$|(^|/)(Makefile|Kbuild)$' | cat - <(scripts) | sort -u |
		xargs wc -l | awk '$1 > 600 && $2 != "total" { print $2 ": " $1 " lines" }' |
		none
}

gate_function_length()
{
	sources '\.c$' | xargs -r awk '
		/^{/ { begin = FNR }
		/^}/ { if (begin && FNR - begin > 80)
				print FILENAME ":" begin ": " FNR - begin " lines"
			begin = 0 }' | none
}

# licence FILES LICENCE: each has it in its first two lines
licence()
{
	sources "$1" | while read -r file; do
		sed -n 1,2p "$file" | grep -qF "SPDX-License-Identifier: $2" ||
			printf '%s: not %s\n' "$file" "$2"
	done | none
}

gate_licences()
{
	licence '^kernel/|^Kbuild$' 'GPL-2.0'
	licence '^include/uapi/' 'GPL-2.0 WITH Linux-syscall-note'
	licence '^(userspace|selftests)/.*(\.([ch]|py|awk)|Makefile)$|^(Makefile|include/[^/]*)$' \
		'MIT OR GPL-2.0'
	scripts | while read -r file; do
		sed -n 1,3p "$file" | grep -qF 'SPDX-License-Identifier: MIT OR GPL-2.0' ||
			printf '%s: not MIT OR GPL-2.0\n' "$file"
	done | none
}

# What the documentation promises is what the contract has, and each promise has a test.
gate_contract()
{
	selftests/contract/table.py --check Documentation/contract.rst
}

# What Documentation/handshake.rst shows is what a test runs.
gate_example()
{
	sed -n '/^\/\* example begins/,/^\/\* example ends/p' \
		selftests/unit/test_loop.c | sed '1d;$d;/^$/d' >"$gate_build/example.c"
	sed -n '/^\.\. example begins/,/^\.\. example ends/s/^  //p' \
		Documentation/handshake.rst | diff "$gate_build/example.c" - &&
		[ -s "$gate_build/example.c" ]
}

gate_no_leftovers()
{
	! git grep -nwE --untracked 'TODO|FIXME|XXX' -- kernel userspace include \
		selftests Makefile ':!selftests/scripts/gates.sh'
}

# Programs with all they source: a fragment alone has variables from elsewhere.
gate_shellcheck()
{
	scripts | while read -r file; do
		[ ! -x "$file" ] || printf '%s\n' "$file"
	done | xargs shellcheck --external-sources --check-sourced --severity=warning
}

# The status of one is lost now and then, see read_lines.
gate_no_substitution_is_awaited()
{
	scripts | xargs awk 'had && /wait \$!/ { print FILENAME ":" FNR }
		{ had = /< <\(/ }' | none
}

# The handshake is ours: nothing of libssl may come in through the back door.
gate_no_libssl()
{
	local file

	for file in libsockseal.so sockseal; do
		readelf -d "$SEAL_TOP/build/$file" | lines_with 'NEEDED.*\[libssl' | none
	done
	readelf -d "$SEAL_TOP/build/libsockseal.so" | grep -qF '[libcrypto.so'
}

# What sockseal.h declares is what the library has, and nothing else is.
gate_library_symbols()
{
	diff <(nm -D --defined-only "$SEAL_TOP/build/libsockseal.so" |
			awk '$2 == "T" { sub(/@.*/, "", $3); print $3 }' | sort) \
		<(gcc -E -P "$SEAL_TOP/include/sockseal.h" |
			grep -oE '\bseal_[a-z0-9_]+ *\(' | tr -d ' (' | sort -u)
}
