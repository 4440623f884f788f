/* proto/filename.c - see filename.h.
 * Owns: nothing. Fails: into the name "file".
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <stdio.h>
#include <strings.h>

#include "proto/filename.h"

/* One character of UTF-8: its bytes, and *cp; 1 and U+FFFD for what is none. */
static size_t
next_char(const char *p, size_t n, uint32_t *cp)
{
	for (size_t k = 1; k <= 4 && k <= n; k++)
		if (utf8_valid(p, k) && utf8_length(p, k) == 1) {
			unsigned char c = (unsigned char)*p;
			*cp = k == 1 ? c : c & (0x7fu >> k);
			for (size_t i = 1; i < k; i++)
				*cp = *cp << 6 | ((unsigned char)p[i] & 0x3fu);
			return k;
		}
	*cp = 0xfffd;
	return 1;
}

/* Those that a file system or a reader could take for something else. */
static bool
is_harmful(uint32_t cp)
{
	return cp < 0x20 || (cp >= 0x7f && cp < 0xa0) || cp == 0xad || cp == 0xfffd || cp == 0xfeff ||
	    (cp >= 0x200b && cp <= 0x200f) || (cp >= 0x2028 && cp <= 0x202e) || (cp >= 0x2060 && cp <= 0x206f) ||
	    (cp < 0x80 && strchr("\"*:<>?|\\/", (int)cp) != NULL);
}

/* Browsers send a quote and the ends of lines as %22, %0D and %0A, others escape with backslashes. */
static size_t
escape_at(const char *p, size_t n, char *means)
{
	static const struct { const char *text; char means; } escapes[] = {
		{ "%22", '"' }, { "%0D", '\r' }, { "%0A", '\n' }, { "\\\"", '"' }, { "\\\\", '\\' },
	};

	for (size_t i = 0; i < COUNT(escapes); i++) {
		size_t k = strlen(escapes[i].text);
		if (n >= k && strncasecmp(p, escapes[i].text, k) == 0) {
			*means = escapes[i].means;
			return k;
		}
	}
	return 0;
}

/* Drops what a name must not begin or end with. */
static size_t
trimmed(char *s, size_t n)
{
	size_t from = 0;

	while (n > 0 && (s[n - 1] == '.' || s[n - 1] == ' '))
		n--;
	while (from < n && (s[from] == '.' || s[from] == ' '))
		from++;
	memmove(s, s + from, n - from);
	s[n - from] = '\0';
	return n - from;
}

static bool
ends_with(const char *s, size_t n, const char *extension)
{
	size_t k = strlen(extension);

	return n > k + 1 && s[n - k - 1] == '.' && strcasecmp(s + n - k, extension) == 0;
}

void
filename_clean(char out[FILENAME_BYTES], struct bytes given, const char *extension)
{
	size_t n = 0, chars = 0, taken;

	for (uint32_t i = 0; i < given.n && chars < FILENAME_CHARS; i += (uint32_t)taken) {
		char means;
		uint32_t cp;
		if ((taken = escape_at(given.p + i, given.n - i, &means)) > 0)
			cp = (unsigned char)means;
		else
			taken = next_char(given.p + i, given.n - i, &cp);
		if (cp == '/' || cp == '\\') {		/* a path: its last step counts */
			n = chars = 0;
		} else if (!is_harmful(cp)) {
			memcpy(out + n, cp < 0x80 ? (char[]){ (char)cp } : given.p + i, cp < 0x80 ? 1 : taken);
			n += cp < 0x80 ? 1 : taken;
			chars++;
		}
	}
	n = trimmed(out, n);
	if (n == 0)
		n = (size_t)snprintf(out, FILENAME_BYTES, "file");
	if (extension[0] != '\0' && !ends_with(out, n, extension) && !(strcmp(extension, "jpg") == 0 && ends_with(out, n, "jpeg")))
		snprintf(out + n, FILENAME_BYTES - n, ".%s", extension);
}

int
filename_disposition(struct buf *b, const char *kind, const char *name)
{
	static const char hex[] = "0123456789ABCDEF";
	bool plain = true;
	int rc = buf_add(b, kind, strlen(kind)) | buf_add(b, "; filename=\"", 12);

	for (const char *p = name; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		bool fits = c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '%';
		plain = plain && fits;
		if (fits || (c & 0xc0) != 0x80)		/* one for each character */
			rc |= buf_add(b, fits ? p : "_", 1);
	}
	rc |= buf_add(b, "\"", 1);
	if (plain)
		return rc;
	rc |= buf_add(b, "; filename*=UTF-8''", 19);
	for (const char *p = name; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;
		char coded[3] = { '%', hex[c >> 4], hex[c & 15] };
		if (isalnum(c) || strchr("-._~", c) != NULL)
			rc |= buf_add(b, p, 1);
		else
			rc |= buf_add(b, coded, 3);
	}
	return rc;
}
