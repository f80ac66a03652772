// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A file in PEM format enters (RFC 7468); its certificates, CRLs and key leave, or a
 * line that names the file and says what is wrong with it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "private.h"

#define KEY_FILE_MAX	(1 << 20)	/* bytes */
#define CHUNK		4096

void seal_loader_fail(struct seal_loader *l, int error, const char *fmt, ...)
{
	va_list args;
	int len;

	if (l->error)
		return;
	l->error = error;
	len = snprintf(l->why, SEAL_REASON_MAX, "%s: ", l->path);
	if (len < 0 || len >= SEAL_REASON_MAX)
		return;
	va_start(args, fmt);
	vsnprintf(l->why + len, SEAL_REASON_MAX - len, fmt, args);
	va_end(args);
}

static bool is_folder(FILE *file)
{
	struct stat st;

	return !fstat(fileno(file), &st) && S_ISDIR(st.st_mode);
}

static FILE *open_file(struct seal_loader *l, const char *path)
{
	FILE *file;

	l->path = path;
	file = fopen(path, "re");
	if (!file) {
		seal_loader_fail(l, SEAL_E_FILE, "%s", strerror(errno));
	} else if (is_folder(file)) {
		seal_loader_fail(l, SEAL_E_FILE, "%s", strerror(EISDIR));
		fclose(file);
		file = NULL;
	}
	return file;
}

/* PEM_read() stops with this when the file has no further block */
static bool at_end(void)
{
	return ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
}

/* ------------------------------------------------------------------ blocks */

static bool take_certificate(struct seal_pem *pem, const unsigned char *der, long len)
{
	X509 *cert = d2i_X509(NULL, &der, len);

	if (cert && sk_X509_push(pem->certs, cert))
		return true;
	X509_free(cert);
	return false;
}

/* With what OpenSSL thinks of a CA; that it is in the file is enough for us */
static bool take_trusted(struct seal_pem *pem, const unsigned char *der, long len)
{
	X509 *cert = d2i_X509_AUX(NULL, &der, len);

	if (cert && sk_X509_push(pem->certs, cert))
		return true;
	X509_free(cert);
	return false;
}

static bool take_crl(struct seal_pem *pem, const unsigned char *der, long len)
{
	X509_CRL *crl = d2i_X509_CRL(NULL, &der, len);

	if (crl && sk_X509_CRL_push(pem->crls, crl))
		return true;
	X509_CRL_free(crl);
	return false;
}

static bool count_key(struct seal_pem *pem, const unsigned char *der, long len)
{
	(void)der;
	(void)len;
	pem->keys++;
	return true;
}

/* RFC 7468 5, 6, 10, 11, and the names from before it; what is not here is left out */
static const struct {
	const char	*label;
	bool		(*take)(struct seal_pem *pem, const unsigned char *der,
				long len);
} labels[] = {
	{ PEM_STRING_X509, take_certificate },
	{ PEM_STRING_X509_OLD, take_certificate },
	{ PEM_STRING_X509_TRUSTED, take_trusted },
	{ PEM_STRING_X509_CRL, take_crl },
	{ PEM_STRING_PKCS8INF, count_key },
	{ PEM_STRING_PKCS8, count_key },
	{ PEM_STRING_RSA, count_key },
	{ PEM_STRING_ECPRIVATEKEY, count_key },
	{ PEM_STRING_DSA, count_key },
};

static bool take_block(struct seal_pem *pem, const char *label,
		       const unsigned char *der, long len)
{
	for (size_t i = 0; i < SEAL_ARRAY_SIZE(labels); i++)
		if (!strcmp(labels[i].label, label))
			return labels[i].take(pem, der, len);
	return true;
}

/* It may be a key: wiped */
static bool read_block(BIO *bio, struct seal_pem *pem, bool *ok)
{
	char *label, *header;
	unsigned char *der;
	long len;

	*ok = true;
	if (!PEM_read_bio_ex(bio, &label, &header, &der, &len,
			     PEM_FLAG_SECURE | PEM_FLAG_EAY_COMPATIBLE)) {
		*ok = at_end();
		return false;
	}
	*ok = take_block(pem, label, der, len);
	OPENSSL_secure_clear_free(der, len);
	OPENSSL_secure_free(label);
	OPENSSL_secure_free(header);
	return *ok;
}

static void read_blocks(struct seal_loader *l, BIO *bio, struct seal_pem *pem)
{
	size_t blocks = 0;
	bool ok;

	while (read_block(bio, pem, &ok))
		blocks++;
	if (!ok && ERR_GET_REASON(ERR_peek_last_error()) == ERR_R_MALLOC_FAILURE)
		seal_loader_fail(l, SEAL_E_NOMEM, "out of memory");
	else if (!ok)
		seal_loader_fail(l, SEAL_E_FILE, "block %zu cannot be parsed",
				 blocks + 1);
}

void seal_pem_read(struct seal_loader *l, const char *path, struct seal_pem *pem)
{
	BIO *bio = NULL;
	FILE *file;

	*pem = (struct seal_pem){ sk_X509_new_null(), sk_X509_CRL_new_null(), 0 };
	file = open_file(l, path);
	if (!file)
		return;
	if (pem->certs && pem->crls)
		bio = BIO_new_fp(file, BIO_NOCLOSE);
	if (bio)
		read_blocks(l, bio, pem);
	else
		seal_loader_fail(l, SEAL_E_NOMEM, "out of memory");
	BIO_free(bio);
	fclose(file);
}

void seal_pem_free(struct seal_pem *pem)
{
	sk_X509_pop_free(pem->certs, X509_free);
	sk_X509_CRL_pop_free(pem->crls, X509_CRL_free);
}

/* -------------------------------------------------------------------- keys */

/* There is nobody to ask; *asked remembers that a passphrase was wanted */
static int refuse_passphrase(char *buf, int size, int rwflag, void *asked)
{
	(void)buf;
	(void)size;
	(void)rwflag;
	*(bool *)asked = true;
	return -1;
}

/* It may be a pipe, so that it can be read but once; nothing of it stays behind */
static void read_file(struct seal_loader *l, const char *path, struct seal_buf *text)
{
	FILE *file = open_file(l, path);
	uint8_t *room;
	size_t len;

	if (!file)
		return;
	setvbuf(file, NULL, _IONBF, 0);
	do {
		room = seal_buf_reserve(text, CHUNK);
		len = room ? fread(room, 1, CHUNK, file) : 0;
		text->len += len;
	} while (len && text->len <= KEY_FILE_MAX);
	if (!room)
		seal_loader_fail(l, SEAL_E_NOMEM, "out of memory");
	else if (ferror(file))
		seal_loader_fail(l, SEAL_E_FILE, "%s", strerror(errno));
	else if (len)
		seal_loader_fail(l, SEAL_E_FILE, "more than %d bytes", KEY_FILE_MAX);
	fclose(file);
}

/* Of several, which one is meant? */
static void count_keys(struct seal_loader *l, BIO *bio)
{
	struct seal_pem pem = { sk_X509_new_null(), sk_X509_CRL_new_null(), 0 };

	if (pem.certs && pem.crls)
		read_blocks(l, bio, &pem);
	else
		seal_loader_fail(l, SEAL_E_NOMEM, "out of memory");
	if (pem.keys > 1)
		seal_loader_fail(l, SEAL_E_FILE,
				 "there are %u private keys: leave that of the leaf alone",
				 pem.keys);
	seal_pem_free(&pem);
}

static EVP_PKEY *parse_key(struct seal_loader *l, BIO *bio)
{
	bool asked = false;
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, refuse_passphrase, &asked);

	if (!key && asked)
		seal_loader_fail(l, SEAL_E_FILE,
				 "the key is encrypted: decrypt it with 'openssl pkey'");
	else if (!key)
		seal_loader_fail(l, SEAL_E_FILE,
				 "there is no private key in PEM format");
	return key;
}

EVP_PKEY *seal_pem_key(struct seal_loader *l, const char *path)
{
	struct seal_buf text = { 0 };
	EVP_PKEY *key = NULL;
	BIO *bio = NULL;

	read_file(l, path, &text);
	if (!l->error)
		bio = BIO_new_mem_buf(text.data, text.len);
	if (bio)
		count_keys(l, bio);
	else
		seal_loader_fail(l, SEAL_E_NOMEM, "out of memory");
	/* a read-only BIO begins anew */
	if (!l->error && BIO_reset(bio) == 1)
		key = parse_key(l, bio);
	BIO_free(bio);
	seal_buf_free(&text);
	return key;
}
