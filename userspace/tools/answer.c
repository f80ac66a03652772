// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * A parsed HTTP request enters; its response leaves to libmicrohttpd, which sends
 * the head by send() and the body by sendfile().
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <microhttpd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools.h"

struct field {
	const char *name;
	const char *value;
};

static int queue(struct MHD_Connection *connection, unsigned int status,
		 struct MHD_Response *response)
{
	enum MHD_Result queued = MHD_NO;

	if (response)
		queued = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return queued == MHD_YES ? 0 : -1;
}

/* A response without document: its reason is its body */
static int send_status(struct MHD_Connection *connection, unsigned int status,
		       struct field field)
{
	const char *reason = MHD_get_reason_phrase_for(status);
	struct MHD_Response *response;
	char body[80];

	snprintf(body, sizeof(body), "%u %s\n", status, reason);
	response = MHD_create_response_from_buffer(strlen(body), body,
						   MHD_RESPMEM_MUST_COPY);
	if (!response)
		return -1;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				"text/plain; charset=utf-8");
	if (field.name)
		MHD_add_response_header(response, field.name, field.value);
	return queue(connection, status, response);
}

/* RFC 9110 8.8.2.1: never later than the moment of the response */
static void add_last_modified(struct MHD_Response *response, time_t modified)
{
	const time_t now = time(NULL);
	char text[40];
	struct tm tm;

	if (modified > now)
		modified = now;
	if (!gmtime_r(&modified, &tm))
		return;
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	MHD_add_response_header(response, MHD_HTTP_HEADER_LAST_MODIFIED, text);
}

static void add_content_range(struct MHD_Response *response,
			      const struct range *range, uint64_t size)
{
	char text[80];

	snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
		 range->first, range->last, size);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
}

/* @part: the range that is sent, NULL for the whole; owns the document's fd */
static int send_document(struct MHD_Connection *connection,
			 const struct document *document,
			 const struct range *part)
{
	const uint64_t offset = part ? part->first : 0;
	const uint64_t length = part ? part->last - part->first + 1 :
				       document->size;
	struct MHD_Response *response;

	response = MHD_create_response_from_fd_at_offset64(length, document->fd,
							   offset);
	if (!response) {
		close(document->fd);
		return -1;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE,
				document->type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES,
				"bytes");
	add_last_modified(response, document->modified);
	if (part)
		add_content_range(response, part, document->size);
	return queue(connection, part ? MHD_HTTP_PARTIAL_CONTENT : MHD_HTTP_OK,
		     response);
}

static int refuse_range(struct MHD_Connection *connection,
			const struct document *document)
{
	char text[40];

	close(document->fd);
	snprintf(text, sizeof(text), "bytes */%" PRIu64, document->size);
	return send_status(connection, MHD_HTTP_RANGE_NOT_SATISFIABLE,
			   (struct field){ MHD_HTTP_HEADER_CONTENT_RANGE,
					   text });
}

static const char *request_field(struct MHD_Connection *connection,
				 const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

/*
 * RFC 9110 14.2: Range is for GET alone.  13.1.5: without a strong validator to
 * compare with, If-Range is false and the whole is sent.
 */
static const char *range_field(struct MHD_Connection *connection,
			       const char *method)
{
	if (strcmp(method, MHD_HTTP_METHOD_GET) ||
	    request_field(connection, MHD_HTTP_HEADER_IF_RANGE))
		return NULL;
	return request_field(connection, MHD_HTTP_HEADER_RANGE);
}

static int answer_document(struct MHD_Connection *connection,
			   const char *method, const struct document *document)
{
	struct range range;

	switch (range_parse(range_field(connection, method), document->size,
			    &range)) {
	case RANGE_SATISFIABLE:
		return send_document(connection, document, &range);
	case RANGE_UNSATISFIABLE:
		return refuse_range(connection, document);
	default:
		return send_document(connection, document, NULL);
	}
}

/* Percent-encodes all but the unreserved characters (RFC 3986 2.3) */
static void encode(const char *from, char *to)
{
	for (; *from; from++) {
		const unsigned char c = *from;

		if (isalnum(c) || strchr("-._~", c))
			*to++ = c;
		else
			to += sprintf(to, "%%%02X", c);
	}
	*to = '\0';
}

/*
 * To the same path with a final slash.  The reference is relative and begins with
 * "./", so that no name of a directory can point to another site.
 */
static int redirect(struct MHD_Connection *connection, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	char *encoded = malloc(3 * strlen(name) + 1);
	char *location = NULL;
	int result = -1;

	if (!encoded)
		return -1;
	encode(name, encoded);
	if (asprintf(&location, "./%s/", encoded) >= 0) {
		result = send_status(connection, MHD_HTTP_MOVED_PERMANENTLY,
				     (struct field){ MHD_HTTP_HEADER_LOCATION,
						     location });
		free(location);
	}
	free(encoded);
	return result;
}

static unsigned int status_of(int error)
{
	switch (-error) {
	case ENOENT:
	case ENOTDIR:
	case ELOOP:
	case ENAMETOOLONG:
		return MHD_HTTP_NOT_FOUND;
	case EACCES:
	case EPERM:
	case EXDEV:
	case ENXIO:	/* a socket */
		return MHD_HTTP_FORBIDDEN;
	case EINVAL:
		return MHD_HTTP_BAD_REQUEST;
	case EMFILE:
	case ENFILE:
	case ENOMEM:
	case EAGAIN:	/* openat2(): the tree changed under it */
		return MHD_HTTP_SERVICE_UNAVAILABLE;
	default:
		return MHD_HTTP_INTERNAL_SERVER_ERROR;
	}
}

int answer_request(struct MHD_Connection *connection, int root,
		   const char *method, const char *path)
{
	struct document document;
	int error;

	if (strcmp(method, MHD_HTTP_METHOD_GET) &&
	    strcmp(method, MHD_HTTP_METHOD_HEAD))
		return send_status(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				   (struct field){ MHD_HTTP_HEADER_ALLOW,
						   "GET, HEAD" });
	error = document_open(root, path, &document);
	if (!error)
		return answer_document(connection, method, &document);
	if (error == -EISDIR)
		return redirect(connection, path);
	return send_status(connection, status_of(error),
			   (struct field){ NULL, NULL });
}
