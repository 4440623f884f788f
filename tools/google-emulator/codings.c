/* codings.c - bytes as text: hexadecimal digits, base64, the percent coding of URLs.
 * Owns:  nothing.
 * Fails: -1 or NULL for what is not coded so. */
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "util.h"

void
hex_encode(const void *p, size_t n, char *out)
{
	static const char	 digit[] = "0123456789abcdef";
	const unsigned char	*b = p;
	size_t			 i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digit[b[i] >> 4];
		out[2 * i + 1] = digit[b[i] & 15];
	}
	out[2 * n] = '\0';
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int
hex_decode(const char *s, size_t n, unsigned char *out)
{
	size_t i;

	if (n % 2 != 0)
		return -1;
	for (i = 0; i < n; i += 2) {
		int hi = hex_value(s[i]), lo = hex_value(s[i + 1]);

		if (hi < 0 || lo < 0)
			return -1;
		out[i / 2] = (unsigned char)(hi << 4 | lo);
	}
	return 0;
}

char *
base64_encode(const void *p, size_t n, size_t *out_len)
{
	char	*out = xmalloc((n + 2) / 3 * 4 + 1);
	size_t	 at = 0, o = 0;

	/* EVP_EncodeBlock counts in int: go in steps that cannot overflow it. */
	while (at < n) {
		size_t step = n - at > 3u << 20 ? 3u << 20 : n - at;

		o += (size_t)EVP_EncodeBlock((unsigned char *)out + o,
		    (const unsigned char *)p + at, (int)step);
		at += step;
	}
	out[o] = '\0';
	if (out_len != NULL)
		*out_len = o;
	return out;
}

char *
base64_encode_url(const void *p, size_t n)
{
	size_t	 len, i;
	char	*s = base64_encode(p, n, &len);

	for (i = 0; i < len; i++) {
		if (s[i] == '+')
			s[i] = '-';
		else if (s[i] == '/')
			s[i] = '_';
	}
	while (len > 0 && s[len - 1] == '=')
		s[--len] = '\0';
	return s;
}

static int
base64_value(unsigned char c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26;
	if (c >= '0' && c <= '9')
		return c - '0' + 52;
	if (c == '+' || c == '-')
		return 62;
	if (c == '/' || c == '_')
		return 63;
	return -1;
}

/* Both alphabets, padding optional, as proto3 JSON reads bytes. */
int
base64_decode(const char *s, size_t n, unsigned char **out, size_t *out_len)
{
	unsigned char	*b;
	size_t		 i, o = 0;
	uint32_t	 acc = 0;
	int		 bits = 0, v;

	while (n > 0 && s[n - 1] == '=')
		n--;
	if (n % 4 == 1)
		return -1;
	b = xmalloc(n / 4 * 3 + 4);
	for (i = 0; i < n; i++) {
		if ((v = base64_value((unsigned char)s[i])) < 0) {
			free(b);
			return -1;
		}
		acc = acc << 6 | (uint32_t)v;
		bits += 6;
		if (bits >= 8) {
			bits -= 8;
			b[o++] = (unsigned char)(acc >> bits);
		}
	}
	b[o] = '\0';
	*out = b;
	*out_len = o;
	return 0;
}

char *
percent_decode(const char *s, size_t n, bool plus_is_space)
{
	char	*out = xmalloc(n + 1);
	size_t	 i, o = 0;

	for (i = 0; i < n; i++) {
		if (s[i] == '%') {
			int hi = i + 1 < n ? hex_value(s[i + 1]) : -1;
			int lo = i + 2 < n ? hex_value(s[i + 2]) : -1;

			if (hi < 0 || lo < 0 || (hi == 0 && lo == 0)) {
				free(out);
				return NULL;
			}
			out[o++] = (char)(hi << 4 | lo);
			i += 2;
		} else {
			out[o++] = plus_is_space && s[i] == '+' ? ' ' : s[i];
		}
	}
	out[o] = '\0';
	return out;
}

void
percent_encode(struct buf *b, const char *s, bool keep_slash)
{
	for (; *s != '\0'; s++) {
		unsigned char c = (unsigned char)*s;

		if ((c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		    (c >= '0' && c <= '9') || strchr("-._~", c) != NULL ||
		    (keep_slash && c == '/'))
			buf_char(b, (char)c);
		else
			buf_fmt(b, "%%%02X", c);
	}
	if (b->data == NULL)
		buf_str(b, "");
}

char *
query_get(const char *query, const char *name)
{
	const char *at = query;

	while (*at != '\0') {
		size_t		 n = strcspn(at, "&");
		const char	*eq = memchr(at, '=', n);
		size_t		 klen = eq ? (size_t)(eq - at) : n;
		char		*key = percent_decode(at, klen, true);
		bool		 hit = key != NULL && strcmp(key, name) == 0;

		free(key);
		if (hit)
			return eq ? percent_decode(eq + 1, n - klen - 1, true) :
			    xstrdup("");
		at += n;
		if (*at == '&')
			at++;
	}
	return NULL;
}
