/* util.c - bytes, text, time and files: the small things every module needs.
 * Owns:  nothing but the offset of the emulator's clock.
 * Fails: running out of memory ends the process with one line; the rest say so. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include "settings.h"
#include "util.h"

static int64_t clock_offset_ms;

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

/* ---- time ---- */

static int64_t
real_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

void
clock_set(int64_t now_s)
{
	clock_offset_ms = now_s * 1000 - real_us() / 1000;
}

int64_t
clock_ms(void)
{
	return real_us() / 1000 + clock_offset_ms;
}

int64_t
clock_s(void)
{
	return clock_ms() / 1000;
}

int64_t
clock_us_unique(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static int64_t last;
	int64_t now = real_us();

	pthread_mutex_lock(&lock);
	if (now <= last)
		now = last + 1;
	last = now;
	pthread_mutex_unlock(&lock);
	return now;
}

void
clock_rfc3339(int64_t ms, char out[32])
{
	time_t		t = (time_t)(ms / 1000);
	struct tm	tm;
	size_t		n;

	gmtime_r(&t, &tm);
	n = strftime(out, 24, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, 32 - n, ".%03dZ", (int)(ms % 1000));
}

void
clock_http(int64_t ms, char out[40])
{
	time_t		t = (time_t)(ms / 1000);
	struct tm	tm;

	gmtime_r(&t, &tm);
	strftime(out, 40, "%a, %d %b %Y %H:%M:%S GMT", &tm);
}

int
clock_parse(const char *s, int64_t *out)
{
	struct tm	 tm = { 0 };
	char		*end;
	long long	 n;

	if (strlen(s) == 16 && s[8] == 'T') {
		end = strptime(s, "%Y%m%dT%H%M%SZ", &tm);
		if (end == NULL || *end != '\0')
			return -1;
		*out = timegm(&tm);
		return 0;
	}
	errno = 0;
	n = strtoll(s, &end, 10);
	if (errno != 0 || end == s || *end != '\0' || n < 0 || n > 99999999999)
		return -1;
	*out = n;
	return 0;
}

void
sleep_ms(double ms)
{
	struct timespec ts;

	if (!(ms > 0))
		return;
	ts.tv_sec = (time_t)(ms / 1000);
	ts.tv_nsec = (long)((ms - (double)ts.tv_sec * 1000) * 1e6);
	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

/* ---- randomness, digests, encodings ---- */

void
random_bytes(void *p, size_t n)
{
	if (RAND_bytes(p, (int)n) != 1) {
		fputs("google-emulator: no randomness available\n", stderr);
		_exit(111);
	}
}

void
random_uuid(char out[37])
{
	unsigned char	b[16];
	char		h[33];

	random_bytes(b, sizeof b);
	b[6] = (b[6] & 0x0f) | 0x40;
	b[8] = (b[8] & 0x3f) | 0x80;
	hex_encode(b, sizeof b, h);
	snprintf(out, 37, "%.8s-%.4s-%.4s-%.4s-%.12s", h, h + 8, h + 12, h + 16,
	    h + 20);
}

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

void
sha256(const void *p, size_t n, unsigned char out[32])
{
	size_t len = 32;

	if (EVP_Q_digest(NULL, "SHA256", NULL, p, n, out, &len) != 1)
		memset(out, 0, 32);
}

/* FNV-1a with a final mix: looks, not secrets, are chosen by it. */
uint64_t
hash64(const void *p, size_t n, uint64_t seed)
{
	const unsigned char	*b = p;
	uint64_t		 h = 0xcbf29ce484222325ULL ^ seed * 0x9e3779b97f4a7c15ULL;
	size_t			 i;

	for (i = 0; i < n; i++)
		h = (h ^ b[i]) * 0x100000001b3ULL;
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdULL;
	h ^= h >> 33;
	return h;
}

uint64_t
hash_text(const char *s, uint64_t seed)
{
	return hash64(s, strlen(s), seed);
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

bool
utf8_valid(const char *s, size_t n)
{
	json_t	*j = json_stringn(s, n);	/* jansson checks strictly */
	bool	 ok = j != NULL;

	json_decref(j);
	return ok;
}

/* ---- JSON helpers ---- */

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

/* ---- files ---- */

ssize_t
write_all(int fd, const void *p, size_t n)
{
	const char	*at = p;
	size_t		 left = n;

	while (left > 0) {
		ssize_t w = write(fd, at, left);

		if (w < 0 && errno == EINTR)
			continue;
		if (w <= 0)
			return -1;
		at += w;
		left -= (size_t)w;
	}
	return (ssize_t)n;
}

int
file_sync(int fd)
{
	return setting(SET_fsync) != 0 ? fdatasync(fd) : 0;
}

int
file_replace(int dir, const char *name, const void *p, size_t n)
{
	unsigned char	r[8];
	char		hex[17], tmp[300];
	int		fd, bad;

	random_bytes(r, sizeof r);
	hex_encode(r, sizeof r, hex);
	snprintf(tmp, sizeof tmp, ".%.200s.%s", name, hex);
	fd = openat(dir, tmp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	bad = write_all(fd, p, n) < 0 || file_sync(fd) < 0;
	bad |= close(fd) < 0;
	if (bad || renameat(dir, tmp, dir, name) < 0) {
		unlinkat(dir, tmp, 0);
		return -1;
	}
	return file_sync(dir) < 0 && errno != EINVAL ? -1 : 0;
}

int
file_replace_json(int dir, const char *name, const json_t *j)
{
	char	*s = json_dumps(j, JSON_INDENT(1) | JSON_PRESERVE_ORDER);
	int	 rc = s == NULL ? -1 : file_replace(dir, name, s, strlen(s));

	free(s);
	return rc;
}

json_t *
file_read_json(int dir, const char *name, size_t limit)
{
	int		 fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	struct stat	 st;
	json_t		*j = NULL;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (size_t)st.st_size <= limit)
		j = json_loadfd(fd, 0, NULL);
	close(fd);
	return j;
}
