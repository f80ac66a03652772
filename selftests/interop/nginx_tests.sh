# SPDX-License-Identifier: MIT OR GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # variables of peers.sh
#
# nginx with kTLS on sockets of the module.  To be sourced by tests.
#
# In:  the functions of tap.sh, peers.sh, serve_tests.sh and ktls.sh, and certificates.
# Out: TAP.

# free_port: one that nobody has; nginx cannot be told to find one
free_port()
{
	python3 -c 'import socket
print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])'
}

# nginx_settings UPSTREAM: what is asked for below /up/ it gets there, by TLS too
nginx_settings()
{
	cat <<-END
		user root;
		worker_processes 2;
		error_log nginx.log info;
		pid nginx.pid;
		events {}
		http {
			access_log off;
			client_body_temp_path temp.body;
			proxy_temp_path temp.proxy;
			fastcgi_temp_path temp.fastcgi;
			scgi_temp_path temp.scgi;
			uwsgi_temp_path temp.uwsgi;
			sendfile on;
			server {
				listen $address ssl;
				ssl_certificate leaf.pem;
				ssl_certificate_key leaf.key;
				ssl_protocols TLSv1.2 TLSv1.3;
				ssl_conf_command Options KTLS;
				root $www;
				location /up/ {
					proxy_pass https://$1/;
					proxy_ssl_verify on;
					proxy_ssl_protocols TLSv1.3;
					proxy_ssl_name localhost;
					proxy_ssl_trusted_certificate ca.pem;
					proxy_ssl_conf_command Options KTLS;
				}
				location /corked/ {
					alias $www/;
					tcp_nopush on;
				}
			}
		}
	END
}

# start_nginx: it listens when it has gone to the background; address and port
start_nginx()
{
	local upstream=$address

	port=$(free_port)
	address=127.0.0.1:$port
	nginx_settings "$upstream" >nginx.conf
	"$programs/nginx" -p "$PWD" -c nginx.conf -e nginx.log
}

# stop_nginx: after the last connection; each has closed its pid file then
stop_nginx()
{
	local pid
	pid=$(<nginx.pid)

	"$programs/nginx" -p "$PWD" -c nginx.conf -e nginx.log -s quit
	tail --pid="$pid" -f /dev/null
}

# fetch_as NAME FILE [OPTION OF CURL...]: FILE, which the server knows as NAME
fetch_as()
{
	get_curl "$1" "${@:3}" | same "$2"
}

# The log has a line for each worker that comes and goes; complaints have these levels
nginx_is_content()
{
	stop_nginx
	! grep -E '\[(warn|error|crit|alert|emerg)\]' nginx.log
}

test_nginx_files()
{
	local size=62914560

	tap 'nginx: 60 MB to curl, TLS 1.2' counts SealTxSw=1 SealRxSw=1 \
		SealTxSplicedBytes+$size -- get curl kernel.tar --tls-max 1.2
	tap 'nginx: 60 MB to curl, TLS 1.3' counts SealTxSw=1 \
		SealTxSplicedBytes+$size -- get curl kernel.tar --tlsv1.3
	tap 'nginx: with tcp_nopush' counts SealTxSw=1 SealTxSplicedBytes+1048576 -- \
		fetch_as corked/megabyte.bin megabyte.bin
	tap 'nginx: two requests, one connection' counts SealTxSw=1 -- keep_alive
	tap 'nginx: a range across records' counts SealTxSplicedBytes=34001 -- \
		get_range 16000-50000 16000 34001
	tap 'nginx: 16 connections at once' counts SealTxSw=16 \
		SealTxSplicedBytes+$((16 * 16384)) -- curl_parallel 16
	tap 'nginx: 64 connections, read in turns' counts SealTxSw=64 \
		SealTxSplicedBytes+$size -- parallel
}

# nginx gets it from our server as a kTLS client, and passes it on as a kTLS server
test_nginx()
{
	start_leaf
	start_nginx
	test_nginx_files
	tap 'nginx: as a proxy to sockseal serve' counts SealTxBytes+2097152 \
		SealTxSplicedBytes=1048576 SealRxErrors=0 -- \
		fetch_as up/megabyte.bin megabyte.bin
	stop_serve
	tap 'nginx: it had nothing to complain about' nginx_is_content
}
