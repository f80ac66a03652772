# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Debian packages of any suite, unpacked into the cache; nothing is installed and
# the system's apt configuration is only read.  To be sourced after
# selftests/scripts/lib.sh.
#
# In:  the mirror of the system's own apt configuration, the keys of
#      debian-archive-keyring.
# Out: the functions below.

# apt_sites: "address suite component" of each source the system's apt knows; apt
# reads its one-line and deb822 files for us
apt_sites()
{
	# shellcheck disable=SC2016 # apt expands these
	apt-get indextargets --no-release-info \
		--format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
		grep -v '^cdrom:' | sort -u
}

# apt_codename: the Debian of the machine
apt_codename()
{
	sed -n 's/^VERSION_CODENAME="*\([a-z]*\).*/\1/p' /etc/os-release
}

# apt_mirror SUITE: address of the Debian archive that has SUITE
#
# Security updates are an archive of their own.  Of several archives with the
# system's suite the one called "debian" is Debian's.
apt_mirror()
{
	local suite codename archive=debian found
	codename=$(apt_codename)

	suite="($codename|stable|oldstable|testing)"
	case $1 in
	*-security)
		suite="$suite-security"
		archive=debian-security
		;;
	esac
	found=$(apt_sites | awk -v suite="^$suite\$" -v archive="/$archive/?\$" '
		$2 ~ suite && $3 == "main" { print ($1 ~ archive) ? 0 : 1, $1 }' |
		sort -n | sed -n '1s/^. //p')
	[ -n "$found" ] ||
		die "no Debian archive for $1 in the system's apt sources"
	printf '%s\n' "$found"
}

# apt_keyring: the file with the keys of the Debian archive
apt_keyring()
{
	local file

	for file in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
		[ ! -e "$file" ] || { printf '%s\n' "$file"; return; }
	done
	die "debian-archive-keyring is missing: run selftests/scripts/install-packages"
}

# apt_private SUITE PROGRAM ARGUMENT...: apt-get or apt-cache that knows SUITE
# alone and believes that nothing is installed.  "SUITE+source" are its sources.
apt_private()
{
	local home program=$2
	home=$(cache_dir)/apt/$1

	"$program" -q \
		-o Dir::Etc::sourcelist="$home/suite.sources" \
		-o Dir::Etc::sourceparts=/dev/null \
		-o Dir::Etc::preferences=/dev/null \
		-o Dir::Etc::preferencesparts=/dev/null \
		-o Dir::State="$home/state" \
		-o Dir::State::status="$home/status" \
		-o Dir::Cache="$home/cache" \
		-o Dir::Cache::pkgcache=pkgcache.bin \
		-o Dir::Cache::srcpkgcache=srcpkgcache.bin \
		-o APT::Architecture=amd64 \
		-o APT::Architectures=amd64 \
		-o APT::Default-Release= \
		-o APT::Sandbox::User=root \
		-o Acquire::Languages=none \
		"${@:3}"
}

# apt_refresh SUITE: fetch the package list of SUITE unless there is one of today;
# a machine without network goes on with the list it has
apt_refresh()
{
	with_lock "apt-$1.lock" apt_refresh_locked "$1"
}

apt_refresh_locked()
{
	local suite=$1 home
	home=$(cache_dir)/apt/$suite

	[ -z "$(find "$home/complete" -mtime -1 2>/dev/null)" ] || return 0
	say "fetching the package list of Debian $suite"
	if apt_update "$suite" "$home"; then
		touch "$home/complete"
	elif [ -e "$home/complete" ]; then
		say "that failed, see $home/update.log; using the last one for an hour"
		touch -d '23 hours ago' "$home/complete"
	else
		cat "$home/update.log" >&2
		die "cannot fetch the package list of Debian $suite"
	fi
}

apt_update()
{
	local suite=${1%+source} home=$2 types=deb mirror keyring
	mirror=$(apt_mirror "$suite")
	[ "$suite" = "$1" ] || types='deb-src'
	keyring=$(apt_keyring)

	mkdir -p "$home"/{state/lists,cache/archives}/partial
	: >"$home/status"
	cat >"$home/suite.sources" <<-END
		Types: $types
		URIs: $mirror
		Suites: $suite
		Components: main
		Signed-By: $keyring
	END
	apt_private "$1" apt-get update \
		-o APT::Update::Error-Mode=any >"$home/update.log" 2>&1
}

# apt_version SUITE PACKAGE: the newest version of PACKAGE
apt_version()
{
	local version
	apt_refresh "$1"
	version=$(apt_private "$1" apt-cache show --no-all-versions "$2" 2>/dev/null |
		sed -n 's/^Version: //p')
	[ -n "$version" ] || die "Debian $1 has no package $2"
	printf '%s\n' "$version"
}

# apt_closure SUITE REGEXP PACKAGE...: PACKAGE... and what they depend on, as far
# as the name matches REGEXP, one name a line
apt_closure()
{
	local suite=$1 regexp=$2
	apt_refresh "$suite"
	apt_private "$suite" apt-cache depends --recurse --no-recommends \
		--no-suggests --no-conflicts --no-breaks --no-replaces \
		--no-enhances "${@:3}" |
		grep -E '^[^ |<]' | grep -Ex "$regexp" | sort -u
}

# apt_hash SUITE PACKAGE...: "package version sha256" of each
apt_hash()
{
	local suite=$1
	apt_refresh "$suite"
	apt_private "$suite" apt-cache show --no-all-versions "${@:2}" | awk '
		$1 == "Package:" { package = $2 }
		$1 == "Version:" { version = $2 }
		$1 == "SHA256:" { print package, version, $2 }' | sort -u
}

# apt_unpack FOLDER SUITE PACKAGE...: the files of these packages, in FOLDER
apt_unpack()
{
	local folder=$1 suite=$2 debs deb
	mkdir -p "$folder"
	debs=$(mktemp -d "$folder/debs.XXXXXX")

	say "fetching from Debian $suite: ${*:3}"
	(cd "$debs" && apt_private "$suite" apt-get download "${@:3}" >log 2>&1) || {
		cat "$debs/log" >&2
		rm -f "$(cache_dir)/apt/$suite/complete"
		die "download failed; the next run begins with a new package list"
	}
	for deb in "$debs"/*.deb; do
		dpkg -x "$deb" "$folder"
	done
	rm -rf "$debs"
}

# apt_source FOLDER SUITE PACKAGE: the files of a source package, in FOLDER
apt_source()
{
	local folder=$1 sources=$2+source log

	apt_refresh "$sources"
	log=$(cache_dir)/apt/$sources/download.log
	say "fetching the source of $3 from Debian $2"
	(cd "$folder" && apt_private "$sources" apt-get source --download-only "$3" \
		>"$log" 2>&1) || { cat "$log" >&2; die "download failed"; }
}

# apt_folder NAME SUITE PACKAGE...: path of a folder of the cache, called NAME and
# the hash of the packages, in which these packages are unpacked
apt_folder()
{
	local name=$1 suite=$2 hash
	hash=$(apt_hash "$suite" "${@:3}")
	cache_make "$name-$(hash_of "$hash")" apt_unpack "$suite" "${@:3}"
}
