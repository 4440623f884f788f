/* actors/vertex/models/words.c - see words.h.
 * Owns: nothing. Fails: never.
 * Licence: Apache-2.0. */
#include <ctype.h>
#include <strings.h>

#include "actors/vertex/models/words.h"
#include "proto/proto.h"

/* ---- what is nobody's business ---- */

struct text {
	char *p;
	size_t n, room;
};

static void
text_add(struct text *t, const char *p, size_t n)
{
	if (n > t->room - 1 - t->n)
		n = t->room - 1 - t->n;
	memcpy(t->p + t->n, p, n);
	t->n += n;
}

static const char *
last_segment(const char *p, size_t n)
{
	const char *slash = memrchr(p, '/', n);

	return slash != NULL && slash + 1 < p + n ? slash + 1 : p;
}

static bool
starts(const char *p, size_t n, const char *with)
{
	size_t k = strlen(with);

	return n >= k && strncasecmp(p, with, k) == 0;
}

/* One word without blanks, quotes or brackets: what may it be? */
static void
word_add(struct text *t, const char *p, size_t n, const char *project)
{
	static const char *const secrets[] = { "ya29.", "eyJ", "AIza" };
	const char *models = memmem(p, n, "/models/", 8);

	for (size_t i = 0; i < COUNT(secrets); i++)
		if (starts(p, n, secrets[i])) {
			text_add(t, "(hidden)", 8);
			return;
		}
	if (memmem(p, n, "://", 3) != NULL) {
		text_add(t, "(link)", 6);
	} else if (starts(p, n, "projects/")) {
		if (models != NULL)
			text_add(t, last_segment(p, n), (size_t)(p + n - last_segment(p, n)));
		else
			text_add(t, "(project)", 9);
	} else if (memmem(p, n, ".gserviceaccount.com", 20) != NULL || memmem(p, n, "googleapis.com", 14) != NULL) {
		text_add(t, "(service)", 9);
	} else if (project[0] != '\0' && memmem(p, n, project, strlen(project)) != NULL) {
		text_add(t, "(project)", 9);
	} else if (n >= 10 && strspn(p, "0123456789") >= n && t->n >= 8 && memmem(t->p + t->n - 8, 8, "project", 7) != NULL) {
		text_add(t, "(hidden)", 8);
	} else {
		text_add(t, p, n);
	}
}

void
message_clean(char *to, size_t room, const char *from, const char *project)
{
	static const char between[] = " \t\r\n\"'`()[]{}<>,;";
	struct text t = { to, 0, room };

	while (*from != '\0') {
		size_t blank = strspn(from, between), word;
		for (size_t i = 0; i < blank; i++)
			text_add(&t, from[i] == '\n' || from[i] == '\r' || from[i] == '\t' ? " " : from + i, 1);
		from += blank;
		word = strcspn(from, between);
		if (word > 0)
			word_add(&t, from, word, project);
		from += word;
	}
	while (t.n > 0 && t.p[t.n - 1] == ' ')
		t.n--;
	t.p[utf8_whole(t.p, t.n)] = '\0';	/* it may be cut inside a character */
}

/* ---- fields ---- */

/* A run of letters, digits and underscores within a path. */
static bool
is_step(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

static bool
is_of(const char *const names[], size_t n, const char *p, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == len && memcmp(names[i], p, len) == 0)
			return true;
	return false;
}

/* Fields of a generation, as clients know them. */
static bool
is_ours(const char *p, size_t n)
{
	static const char *const names[] = {
		"prompt",
#define GOES_FIELDS(name)		/* those of projects, users.. */
#define GOES_ECHO(name) #name,
#define GOES_INLINE(name) #name,
#define FIELD(name, kind, need, low, high, values, goes) GOES_##goes(name)
#define PART(name, kind, need, low, high, body, goes) GOES_##goes(name)
#define ALIAS(name, of)
#define ONE_OF(a, b)
#define BODY(name, rows) rows
#include "proto/bodies.tbl.h"
	};

	return is_of(names, COUNT(names), p, n);
}

/* What the bodies of our calls begin with. */
static bool
is_root(const char *p, size_t n)
{
	static const char *const roots[] = { "instances", "instance", "parameters", "input", "voice", "audioConfig" };

	return is_of(roots, COUNT(roots), p, n);
}

/* likeThis or like_this: no word of a sentence. */
static bool
is_identifier(const char *p, size_t n)
{
	if (!islower((unsigned char)p[0]))
		return false;
	for (size_t i = 1; i < n; i++)
		if (isupper((unsigned char)p[i]) || (p[i] == '_' && i + 1 < n))
			return true;
	return false;
}

/* A word that may be a path of fields: a.b[0].c */
struct path {
	size_t n;			/* bytes of all of it */
	const char *last;		/* its last step that is no number, and its length */
	size_t last_n;
	bool fields;			/* it names fields indeed */
};

static void
path_read(struct path *path, const char *p)
{
	size_t at = 0, steps = 0;
	bool root = false;

	*path = (struct path){ 0, p, 0, false };
	for (;;) {
		size_t n = 0;
		while (is_step(p[at + n]))
			n++;
		if (isdigit((unsigned char)p[at])) {
			path->fields |= at > 0 && p[at - 1] == '[';
		} else if (n > 0) {
			root |= steps == 0 && is_root(p, n);
			path->fields |= is_identifier(p + at, n) || (root && steps > 0);
			path->last = p + at;
			path->last_n = n;
			steps++;
		}
		at += n;
		path->n = at;
		if (p[at] == ']')
			path->n = ++at;
		if ((p[at] != '.' && p[at] != '[') || !is_step(p[at + 1]))
			return;
		at++;
	}
}

bool
message_rename(char *message)
{
	char *to = message;
	const char *from = message;
	struct path path;

	while (*from != '\0') {
		if (!is_step(*from)) {
			*to++ = *from++;
			continue;
		}
		path_read(&path, from);
		if (path.fields && !is_ours(path.last, path.last_n))
			return false;
		if (!path.fields)
			path.last = from, path.last_n = path.n;
		memmove(to, path.last, path.last_n);
		to += path.last_n;
		from += path.n;
	}
	*to = '\0';
	return true;
}
