# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# What every script of the project shares: messages, the cache folder, and things
# that are made once and kept there.  To be sourced.
#
# In:  SOCKSEAL_CACHE, XDG_CACHE_HOME, HOME.
# Out: SEAL_TOP (the checkout) and the functions below.

# Without inherit_errexit a failure inside $(...) would go unnoticed.
set -euo pipefail
shopt -s inherit_errexit

SEAL_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export SEAL_TOP

# say TEXT...: one line of progress; standard output belongs to results
say()
{
	printf 'sockseal: %s\n' "$*" >&2
}

# die TEXT...: say why and give up
die()
{
	say "$*"
	exit 1
}

# read_lines ARRAY COMMAND...: what COMMAND writes, an element a line; fails if it does
#
# Not "mapfile < <(COMMAND)" and "wait $!": bash has now and then reaped it by then, and
# the status is 255 whatever COMMAND made of it.
read_lines()
{
	local text
	local -n into=$1
	shift

	text=$("$@")
	# shellcheck disable=SC2034 # the caller's
	mapfile -t into <<<"$text"
}

# cache_dir: path of the cache folder, made if need be
cache_dir()
{
	local dir=${SOCKSEAL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/sockseal}

	mkdir -p "$dir"
	(cd "$dir" && pwd)
}

# hash_of TEXT...: 12 hex digits that stand for these words
hash_of()
{
	printf '%s\n' "$@" | sha256sum | cut -c 1-12
}

# hash_of_files FILE...: 12 hex digits that stand for the contents of these files
hash_of_files()
{
	cat "$@" | sha256sum | cut -c 1-12
}

# with_lock NAME COMMAND...: run COMMAND while no other run of this NAME does
with_lock()
{
	local lock fd
	lock=$(cache_dir)/locks/$1
	shift

	mkdir -p "$(dirname "$lock")"
	exec {fd}>"$lock"
	flock "$fd"
	"$@" {fd}>&-
	exec {fd}>&-
}

# cache_make NAME BUILDER ARGUMENT...: path of the folder NAME of the cache
#
# If it is not there, "BUILDER FOLDER ARGUMENT..." fills an empty folder, which is
# renamed to NAME once it is complete: what has the name is whole, however many
# runs wanted it at the same time and whichever of them was interrupted.
cache_make()
{
	local name=$1 path
	path=$(cache_dir)/$name

	[ -e "$path" ] || with_lock "$name.lock" cache_build "$path" "${@:2}"
	printf '%s\n' "$path"
}

cache_build()
{
	local path=$1 builder=$2

	[ ! -e "$path" ] || return 0
	rm -rf "$path.part"
	mkdir -p "$path.part"
	"$builder" "$path.part" "${@:3}" >&2
	mv -T "$path.part" "$path"
}
