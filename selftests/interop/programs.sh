# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
#
# Programs of others that speak kTLS and are not installed on the machine.  To be
# sourced after lib.sh, apt.sh and kernels.sh, on the machine.
#
# In:  Debian's archive.
# Out: build/interop/programs: nginx; openssl-3.5, where the machine's is older;
#      gnutls, a folder with a libgnutls that knows kTLS.

programs=$SEAL_TOP/build/interop/programs

# nginx_folder: unpacked only, since its package starts a server for all the world
nginx_folder()
{
	apt_folder nginx "$(apt_codename)" nginx
}

# OpenSSL opens records of TLS 1.3 in the kernel since 3.2, so Debian 12's does not.
openssl_folder()
{
	apt_folder openssl trixie openssl libssl3t64
}

# openssl_wrapper: OpenSSL of Debian 13, with the C library of its own Debian
openssl_wrapper()
{
	local folder runtime lib=usr/lib/x86_64-linux-gnu
	folder=$(openssl_folder)
	runtime=$(runtime_folder)

	cat >"$programs/openssl-3.5" <<-END
		#!/bin/sh
		exec $runtime/$lib/ld-linux-x86-64.so.2 \
			--library-path $folder/$lib:$runtime/$lib $folder/usr/bin/openssl "\$@"
	END
	chmod +x "$programs/openssl-3.5"
}

# nss_folder: Debian has its programs only since Debian 13
nss_folder()
{
	apt_folder nss trixie libnss3-tools libnss3 libnspr4 libsqlite3-0
}

# nss_wrappers: its client and server, and what fills their database, with the C library of their Debian
nss_wrappers()
{
	local folder runtime lib=usr/lib/x86_64-linux-gnu name
	folder=$(nss_folder)
	runtime=$(runtime_folder)

	for name in tstclnt selfserv certutil pk12util; do
		cat >"$programs/$name" <<-END
			#!/bin/sh
			exec $runtime/$lib/ld-linux-x86-64.so.2 \
				--library-path $folder/$lib:$runtime/$lib $folder/usr/bin/$name "\$@"
		END
		chmod +x "$programs/$name"
	done
}

# gnutls_folder: Debian builds GnuTLS without kTLS, so its library is built once more,
# from Debian's source and with kTLS.  Debian's programs run on it.
gnutls_folder()
{
	local suite hash recipe
	suite=$(apt_codename)
	hash=$(apt_hash "$suite" libgnutls28-dev)
	recipe=$(hash_of "$(declare -f gnutls_build gnutls_compile)")

	cache_make "gnutls-ktls-$(hash_of "$hash" "$recipe")" gnutls_build "$suite"
}

gnutls_build()
{
	local folder=$1 source=$1/source archive

	apt_source "$folder" "$2" gnutls28
	mkdir "$source"
	archive=$(ls "$folder"/gnutls28_*.orig.tar.*z)
	tar -C "$source" --strip-components=1 -xf "$archive"
	say "building GnuTLS with kTLS, this once"
	(cd "$source" && gnutls_compile) >"$folder/log" 2>&1 ||
		{ tail -n 40 "$folder/log" >&2; die "GnuTLS does not build"; }
	cp -a "$source"/lib/.libs/libgnutls.so* "$folder"
	rm -rf "$source" "$folder"/gnutls28_*
}

gnutls_compile()
{
	./configure --enable-ktls --with-included-unistring --disable-static \
		--with-default-priority-string=NORMAL --without-{idn,brotli,zstd,zlib} \
		--without-{tpm,tpm2} --disable-{doc,tests,cxx,tools,nls,libdane,gost,guile} \
		CFLAGS=-O1
	make -j "$(nproc)" -C gl
	make -j "$(nproc)" -C lib
}

# make_programs: all of them, below one folder that the guest sees
make_programs()
{
	rm -rf "$programs"
	mkdir -p "$programs"
	ln -s "$(nginx_folder)/usr/sbin/nginx" "$programs/nginx"
	ln -s "$(gnutls_folder)" "$programs/gnutls"
	[[ $(openssl version) != 'OpenSSL 3.0.'* ]] || openssl_wrapper
}
