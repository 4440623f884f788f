/* multipart.c - multipart/related with two parts, as bytes arrive.
 * Owns:  the JSON part; the second part is handed on piece by piece.
 * Fails: stickily, by bad. No sockets, no files. */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "multipart.h"

#define JSON_MAX	(1u << 20)
#define HEAD_MAX	8192

int
multipart_init(struct multipart *m, const char *type)
{
	const char	*at = type ? strcasestr(type, "boundary=") : NULL;
	size_t		 n;

	memset(m, 0, sizeof *m);
	if (at == NULL || strncasecmp(type, "multipart/", 10) != 0)
		return -1;
	at += 9;
	if (*at == '"')
		n = strcspn(++at, "\"");
	else
		n = strcspn(at, "; \t");
	if (n < 1 || n > 70)
		return -1;
	snprintf(m->delimiter, sizeof m->delimiter, "\r\n--%.*s", (int)n, at);
	buf_str(&m->hold, "\r\n");	/* the first delimiter may open the body */
	return 0;
}

void
multipart_fini(struct multipart *m)
{
	buf_free(&m->hold);
	buf_free(&m->json);
}

bool
multipart_complete(const struct multipart *m)
{
	return !m->bad && m->state == MP_END && m->part == 2;
}

static void
eat(struct multipart *m, size_t n)
{
	memmove(m->hold.data, m->hold.data + n, m->hold.len - n + 1);
	m->hold.len -= n;
}

static void
head_read(struct multipart *m, const char *head, size_t n)
{
	const char *at = head, *end = head + n;

	while (at < end) {
		size_t len = strcspn(at, "\r\n");

		if (m->part == 2 && strncasecmp(at, "content-type:", 13) == 0) {
			const char *v = at + 13 + strspn(at + 13, " \t");

			snprintf(m->type, sizeof m->type, "%.*s",
			    (int)(len - (size_t)(v - at)), v);
		}
		at += len;
		at += strspn(at, "\r\n");
	}
}

/* Each step says whether another one may follow with what is held. */
static bool
step_after(struct multipart *m)
{
	char *end;

	if (m->hold.len < 2)
		return false;
	if (memcmp(m->hold.data, "--", 2) == 0) {
		m->state = MP_END;
		return true;
	}
	if ((end = memchr(m->hold.data, '\n', m->hold.len)) == NULL) {
		m->bad = m->hold.len > 200;
		return false;
	}
	/* keep the line's end: a part without headers then still shows a blank line */
	eat(m, (size_t)(end - m->hold.data) - (end > m->hold.data && end[-1] == '\r'));
	m->state = MP_HEAD;
	return true;
}

static bool
step_head(struct multipart *m)
{
	char *end = memmem(m->hold.data, m->hold.len, "\r\n\r\n", 4);

	if (end == NULL) {
		m->bad = m->hold.len > HEAD_MAX;
		return false;
	}
	m->bad = ++m->part > 2;
	head_read(m, m->hold.data, (size_t)(end - m->hold.data));
	eat(m, (size_t)(end - m->hold.data) + 4);
	m->state = MP_BODY;
	return !m->bad;
}

static bool
step_body(struct multipart *m, void (*sink)(void *, const char *, size_t), void *cls)
{
	size_t	 dlen = strlen(m->delimiter), n;
	char	*end = memmem(m->hold.data, m->hold.len, m->delimiter, dlen);

	if (end != NULL)
		n = (size_t)(end - m->hold.data);
	else
		n = m->hold.len >= dlen ? m->hold.len - dlen + 1 : 0;
	if (m->part == 1) {
		m->bad = m->json.len + n > JSON_MAX;
		if (!m->bad)
			buf_add(&m->json, m->hold.data, n);
	} else if (n > 0) {
		sink(cls, m->hold.data, n);
	}
	eat(m, end != NULL ? n + dlen : n);
	if (end != NULL)
		m->state = MP_AFTER;
	return end != NULL && !m->bad;
}

static bool
step_seek(struct multipart *m)
{
	size_t	 dlen = strlen(m->delimiter);
	char	*at = memmem(m->hold.data, m->hold.len, m->delimiter, dlen);

	if (at == NULL) {
		m->bad = m->hold.len > HEAD_MAX;
		return false;
	}
	eat(m, (size_t)(at - m->hold.data) + dlen);
	m->state = MP_AFTER;
	return true;
}

void
multipart_feed(struct multipart *m, const char *p, size_t n,
    void (*sink)(void *, const char *, size_t), void *cls)
{
	bool more = true;

	if (m->bad || m->state == MP_END)
		return;
	buf_add(&m->hold, p, n);
	while (more && !m->bad) {
		switch (m->state) {
		case MP_SEEK:
			more = step_seek(m);
			break;
		case MP_AFTER:
			more = step_after(m);
			break;
		case MP_HEAD:
			more = step_head(m);
			break;
		case MP_BODY:
			more = step_body(m, sink, cls);
			break;
		case MP_END:
			more = false;
			break;
		}
	}
}
