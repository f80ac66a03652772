// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A file with CAs, or the system's, enters; what the peer's chain may end in leaves.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include "private.h"

static X509_STORE *make_store(struct seal_loader *l, const struct seal_pem *pem)
{
	X509_STORE *store = X509_STORE_new();
	bool ok = store;

	for (int i = 0; i < sk_X509_num(pem->certs) && ok; i++)
		ok = X509_STORE_add_cert(store, sk_X509_value(pem->certs, i));
	if (ok)
		return store;
	seal_loader_fail(l, SEAL_E_NOMEM, "out of memory");
	X509_STORE_free(store);
	return NULL;
}

X509_STORE *seal_verify_load_file(const char *path, int *error,
				  char why[SEAL_REASON_MAX])
{
	struct seal_loader l = { .path = path, .why = why };
	X509_STORE *store = NULL;
	struct seal_pem pem;

	seal_pem_read(&l, path, &pem);
	if (!l.error && pem.keys)
		seal_loader_fail(&l, SEAL_E_FILE,
				 "there is a private key among the CAs: take it out");
	else if (!l.error && sk_X509_num(pem.certs) <= 0)
		seal_loader_fail(&l, SEAL_E_FILE,
				 "there is no certificate in PEM format");
	if (!l.error)
		store = make_store(&l, &pem);
	seal_pem_free(&pem);
	*error = l.error;
	return store;
}

static bool has_entries(const char *path)
{
	struct dirent *entry = NULL;
	DIR *dir = opendir(path);

	if (!dir)
		return false;
	while ((entry = readdir(dir)) && entry->d_name[0] == '.')
		;
	closedir(dir);
	return entry;
}

/* Where libcrypto looks, which the environment may change */
static const char *default_path(const char *variable, const char *fallback)
{
	const char *value = secure_getenv(variable);

	return value ? value : fallback;
}

const char *seal_verify_system_file(void)
{
	return default_path(X509_get_default_cert_file_env(),
			    X509_get_default_cert_file());
}

const char *seal_verify_system_dir(void)
{
	return default_path(X509_get_default_cert_dir_env(),
			    X509_get_default_cert_dir());
}

X509_STORE *seal_verify_load_system(int *error, char why[SEAL_REASON_MAX])
{
	const char *file = seal_verify_system_file();
	const char *dir = seal_verify_system_dir();
	X509_STORE *store;

	/* libcrypto itself is content with a store that has nothing */
	if (access(file, R_OK) && !has_entries(dir)) {
		*error = SEAL_E_FILE;
		snprintf(why, SEAL_REASON_MAX,
			 "neither %s nor %s has a CA certificate: install the package ca-certificates",
			 file, dir);
		return NULL;
	}
	store = X509_STORE_new();
	*error = 0;
	if (store && X509_STORE_set_default_paths(store))
		return store;
	X509_STORE_free(store);
	*error = SEAL_E_NOMEM;
	snprintf(why, SEAL_REASON_MAX, "out of memory");
	return NULL;
}

void seal_verify_store_free(X509_STORE *store)
{
	X509_STORE_free(store);
}

int seal_verify_authorities(X509_STORE *store, struct seal_buf *out)
{
	STACK_OF(X509) *certs = X509_STORE_get1_all_certs(store);
	int err = certs ? 0 : SEAL_E_NOMEM;
	X509 *cert;

	for (int i = 0; i < sk_X509_num(certs) && !err; i++) {
		cert = sk_X509_value(certs, i);
		err = seal_cred_write_name(out, X509_get_subject_name(cert));
	}
	sk_X509_pop_free(certs, X509_free);
	/* a part of the list would keep the other CAs' clients away */
	if (out->len > SEAL_AUTHORITIES_MAX)
		seal_buf_free(out);
	return err;
}

