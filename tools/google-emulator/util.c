/* util.c - memory, growing bytes, JSON and words: the small things every module needs.
 * Owns:  nothing.
 * Fails: running out of memory ends the process with one line. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "util.h"

static void *
checked(void *p)
{
	if (p == NULL) {
		fputs("google-emulator: out of memory\n", stderr);
		_exit(111);
	}
	return p;
}

void *
xmalloc(size_t n)
{
	return checked(malloc(n ? n : 1));
}

void *
xcalloc(size_t n, size_t size)
{
	return checked(calloc(n ? n : 1, size ? size : 1));
}

void *
xrealloc(void *p, size_t n)
{
	return checked(realloc(p, n ? n : 1));
}

char *
xstrdup(const char *s)
{
	return checked(strdup(s));
}

char *
xstrndup(const char *s, size_t n)
{
	return checked(strndup(s, n));
}

char *
xasprintf(const char *fmt, ...)
{
	va_list	 ap;
	char	*s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	return checked(s);
}

/* ---- growing bytes ---- */

void
buf_add(struct buf *b, const void *p, size_t n)
{
	if (b->len + n + 1 > b->cap) {
		size_t cap = b->cap ? b->cap : 256;

		while (cap < b->len + n + 1)
			cap *= 2;
		b->data = xrealloc(b->data, cap);
		b->cap = cap;
	}
	if (n > 0)
		memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
}

void
buf_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

void
buf_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

void
buf_fmt(struct buf *b, const char *fmt, ...)
{
	va_list	 ap;
	char	*s = NULL;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	buf_str(b, checked(s));
	free(s);
}

void
buf_free(struct buf *b)
{
	free(b->data);
	memset(b, 0, sizeof *b);
}

/* ---- JSON helpers ---- */

bool
utf8_valid(const char *s, size_t n)
{
	json_t	*j = json_stringn(s, n);	/* jansson checks strictly */
	bool	 ok = j != NULL;

	json_decref(j);
	return ok;
}

const char *
json_text(const json_t *obj, const char *key)
{
	return json_string_value(json_object_get(obj, key));
}

json_t *
json_bytes(const void *p, size_t n)
{
	size_t	 len;
	char	*s = base64_encode(p, n, &len);
	json_t	*j = json_stringn_nocheck(s, len);

	free(s);
	return j;
}

static bool
word_find(const char *list, const char *word,
    int (*compare)(const char *, const char *, size_t))
{
	size_t n = strlen(word);

	if (n == 0)
		return false;
	while (*list != '\0') {
		size_t len = strcspn(list, " ");

		if (len == n && compare(list, word, n) == 0)
			return true;
		list += len;
		list += strspn(list, " ");
	}
	return false;
}

bool
word_in(const char *list, const char *word)
{
	return word_find(list, word, strncmp);
}

bool
word_in_any_case(const char *list, const char *word)
{
	return word_find(list, word, strncasecmp);
}
