/* actors/vertex/inline_body.c - see inline_body.h.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/vertex/inline_body.h"

enum use { USE_NONE, USE_MEDIA, USE_DROP };
enum state {
	IN_PLAIN,			/* between texts */
	IN_NAME, IN_NAME_ESCAPE, IN_NAME_HEX,
	IN_TEXT, IN_TEXT_ESCAPE,
	IN_MEDIA, IN_MEDIA_ESCAPE, IN_MEDIA_HEX
};

/* What a member of this name holds. */
static enum use
use_of(const char *name, size_t n)
{
	static const struct { const char *name; enum use use; } rows[] = {
		{ "bytesBase64Encoded", USE_MEDIA }, { "audioContent", USE_MEDIA }, { "data", USE_MEDIA },
		{ "thoughtSignature", USE_DROP },	/* megabytes that nobody here returns */
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0)
			return rows[i].use;
	return USE_NONE;
}

static void
rest_add(struct inline_body *b, const char *p, size_t n)
{
	if (n > INLINE_REST_MAX - b->rest.n)
		b->broken = "Google's answer has too much beside its media";
	else if (buf_add(&b->rest, p, n) != 0)
		b->broken = "memory is out";
}

/* ---- media ---- */

static void
damage(struct inline_body *b, const char *what)
{
	if (b->damage == NULL)
		b->damage = what;
}

static void
bytes_out(struct inline_body *b, size_t n)
{
	if (n > INLINE_ITEM_MAX - b->item_n)
		damage(b, "larger than expected");
	b->item_n += n;
	if (n > 0 && b->damage == NULL)
		b->sink.bytes(b->sink.arg, b->items - 1, b->out, n);
}

static void
media_begin(struct inline_body *b)
{
	b->begun = false;
	b->item_n = 0;
	b->damage = NULL;
	b->base64 = (struct base64_parts){ 0 };
	b->state = IN_MEDIA;
}

static void
media_characters(struct inline_body *b, const char *p, size_t n)
{
	if (!b->begun && n > 0 && b->use == USE_MEDIA && b->items < INLINE_ITEMS_MAX) {
		b->begun = true;
		b->items++;
	}
	while (b->begun && b->damage == NULL && n > 0) {
		size_t k = n < 4096 ? n : 4096;
		bytes_out(b, base64_more(&b->base64, p, k, b->out));
		if (b->base64.bad)
			damage(b, "not base64");
		p += k;
		n -= k;
	}
}

static void
media_end(struct inline_body *b)
{
	char mark[16] = "\"\"", told[80];
	int last;

	b->state = IN_PLAIN;
	if (b->begun) {
		if ((last = base64_last(&b->base64, b->out)) < 0)
			damage(b, "not base64");
		else
			bytes_out(b, (size_t)last);
		snprintf(told, sizeof told, "%.*s is %s", (int)b->name_n, b->name, b->damage != NULL ? b->damage : "");
		snprintf(mark, sizeof mark, "\"%u\"", b->items - 1);
		b->sink.end(b->sink.arg, b->items - 1, b->damage != NULL ? told : NULL);
	}
	b->use = USE_NONE;
	rest_add(b, mark, strlen(mark));
}

/* ---- a step in each state: takes at least one of the n > 0 bytes, returns how many ---- */

static unsigned
level_is_object(const struct inline_body *b)
{
	return b->depth > 0 && (b->objects >> (b->depth - 1) & 1) != 0;
}

static void
structure(struct inline_body *b, char c)
{
	if (c == '{' || c == '[') {
		if (b->depth == INLINE_DEPTH_MAX) {
			b->broken = "Google's answer is nested too deeply";
			return;
		}
		b->objects = (b->objects & ~((uint64_t)1 << b->depth)) | (uint64_t)(c == '{') << b->depth;
		b->depth++;
	} else if (c == '}' || c == ']') {
		b->depth -= b->depth > 0;
	}
	b->use = USE_NONE;
	b->name_next = (c == '{' || c == ',') && level_is_object(b);
}

static size_t
step_plain(struct inline_body *b, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != '"' && b->broken == NULL) {
		if (strchr("{}[],", p[i]) != NULL && p[i] != '\0')
			structure(b, p[i]);
		i++;
	}
	if (i == n || b->broken != NULL) {
		rest_add(b, p, i);
	} else if (!b->name_next && b->use != USE_NONE) {
		rest_add(b, p, i++);	/* the marker brings its own quotes */
		media_begin(b);
	} else {
		rest_add(b, p, ++i);
		b->state = b->name_next ? IN_NAME : IN_TEXT;
		b->name_n = 0;
	}
	return i;
}

static size_t
step_text(struct inline_body *b, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != '"' && p[i] != '\\')
		i++;
	if (i < n)
		b->state = p[i++] == '"' ? IN_PLAIN : IN_TEXT_ESCAPE;
	rest_add(b, p, i);
	return i;
}

static size_t
step_text_escape(struct inline_body *b, const char *p, size_t n)
{
	(void)n;
	rest_add(b, p, 1);
	b->state = IN_TEXT;
	return 1;
}

static void
name_character(struct inline_body *b, unsigned c)
{
	if (b->name_n < sizeof b->name)
		b->name[b->name_n] = (char)c;
	if (c >= 0x80)
		b->name_n = sizeof b->name;	/* none of ours */
	if (b->name_n <= sizeof b->name)
		b->name_n++;
}

static size_t
step_name(struct inline_body *b, const char *p, size_t n)
{
	(void)n;
	rest_add(b, p, 1);
	if (*p == '"') {
		b->use = b->name_n <= sizeof b->name ? use_of(b->name, b->name_n) : USE_NONE;
		b->name_next = false;
		b->state = IN_PLAIN;
	} else if (*p == '\\') {
		b->state = IN_NAME_ESCAPE;
	} else {
		name_character(b, (unsigned char)*p);
	}
	return 1;
}

/* A digit more of an escape; true once there are four. */
static bool
hex_digit(struct inline_body *b, char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

	if (at == NULL) {
		b->hex = 0xffff;	/* no escape: a JSON parser refuses it, and it is no base64 either */
		return true;
	}
	b->hex = (b->hex_n == 0 ? 0 : b->hex << 4) | (unsigned)(at - digits);
	return ++b->hex_n == 4;
}

static size_t
step_name_escape(struct inline_body *b, const char *p, size_t n)
{
	(void)n;
	rest_add(b, p, 1);
	b->hex_n = 0;
	b->state = *p == 'u' ? IN_NAME_HEX : IN_NAME;
	if (*p != 'u')
		name_character(b, 0x80);	/* none of our names has such a character */
	return 1;
}

static size_t
step_name_hex(struct inline_body *b, const char *p, size_t n)
{
	(void)n;
	if (*p == '"') {		/* cut short: the text ends here for everybody */
		b->state = IN_NAME;
		return step_name(b, p, n);
	}
	rest_add(b, p, 1);
	if (hex_digit(b, *p)) {
		name_character(b, b->hex);
		b->state = IN_NAME;
	}
	return 1;
}

static size_t
step_media(struct inline_body *b, const char *p, size_t n)
{
	size_t i = 0;

	while (i < n && p[i] != '"' && p[i] != '\\')
		i++;
	media_characters(b, p, i);
	if (i == n)
		return n;
	if (p[i] == '"')
		media_end(b);
	else
		b->state = IN_MEDIA_ESCAPE;
	return i + 1;
}

static size_t
step_media_escape(struct inline_body *b, const char *p, size_t n)
{
	(void)n;
	b->hex_n = 0;
	b->state = *p == 'u' ? IN_MEDIA_HEX : IN_MEDIA;
	if (*p != 'u')
		media_characters(b, *p == '/' ? p : "\\", 1);
	return 1;
}

static size_t
step_media_hex(struct inline_body *b, const char *p, size_t n)
{
	char c;

	(void)n;
	if (*p == '"') {
		media_characters(b, "\\", 1);
		media_end(b);
		return 1;
	}
	if (hex_digit(b, *p)) {
		c = (char)(b->hex < 0x80 ? b->hex : '\\');
		media_characters(b, &c, 1);
		b->state = IN_MEDIA;
	}
	return 1;
}

void
inline_body_init(struct inline_body *b, const struct inline_sink *sink)
{
	*b = (struct inline_body){ .sink = *sink };
}

void
inline_body_fini(struct inline_body *b)
{
	buf_free(&b->rest);
}

void
inline_body_feed(struct inline_body *b, const char *p, size_t n)
{
	static size_t (*const steps[])(struct inline_body *, const char *, size_t) = {
		[IN_PLAIN] = step_plain, [IN_NAME] = step_name, [IN_NAME_ESCAPE] = step_name_escape, [IN_NAME_HEX] = step_name_hex,
		[IN_TEXT] = step_text, [IN_TEXT_ESCAPE] = step_text_escape, [IN_MEDIA] = step_media,
		[IN_MEDIA_ESCAPE] = step_media_escape, [IN_MEDIA_HEX] = step_media_hex,
	};

	for (size_t i = 0; i < n && b->broken == NULL; )
		i += steps[b->state](b, p + i, n - i);
}

bool
inline_marker(const char *text, unsigned *item)
{
	unsigned v = 0;
	size_t n = strlen(text);

	if (n == 0 || n > 2 || strspn(text, "0123456789") != n)
		return false;
	for (size_t i = 0; i < n; i++)
		v = v * 10 + (unsigned)(text[i] - '0');
	*item = v;
	return true;
}
