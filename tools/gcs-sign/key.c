/* tools/gcs-sign/key.c - a key file, read into locked memory, by the reader that vertex has.
 * Owns: nothing; the key is the caller's. Fails: with what is wrong.
 * Licence: Apache-2.0. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "actors/common/secret.h"
#include "actors/vertex/credentials/secret_json.h"
#include "tools/gcs-sign/gcs_sign.h"

/* Reads at most SECRET_JSON_MAX bytes. NULL, or why not. */
static const char *
file_read(const char *path, char *text, size_t *n)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	ssize_t got = 0;

	*n = 0;
	while (fd >= 0 && *n <= SECRET_JSON_MAX && (got = read(fd, text + *n, SECRET_JSON_MAX + 1 - *n)) > 0)
		*n += (size_t)got;
	const char *why = fd < 0 || got < 0 ? strerror(errno) : *n > SECRET_JSON_MAX ? "it is over 65536 bytes" : NULL;
	if (fd >= 0)
		close(fd);
	return why;
}

const char *
key_read(struct credentials *c, const char *path)
{
	static const struct cred_hosts google = { "", "", "" };
	char *text = secret_alloc(SECRET_JSON_MAX + 1);
	const char *why = "memory is out";
	size_t n;

	if (text != NULL)
		why = file_read(path, text, &n);
	if (why == NULL)
		why = credentials_read(c, bytes_of(text, n), &google);
	if (why == NULL && credentials_signer(c) == NULL)
		why = "it has no key in it: its type is not service_account";
	secret_free(text, SECRET_JSON_MAX + 1);
	return why;
}
