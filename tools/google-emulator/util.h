/* util.h - the small things every module needs: util.c, clock.c, digest.c, codings.c and files.c.
 * Owns:  how far the emulator's clock is from the machine's.
 * Fails: running out of memory ends the process with one line; the rest say so. */
#ifndef EMULATOR_UTIL_H
#define EMULATOR_UTIL_H

#include <sys/types.h>

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

#define COUNT(a)	(sizeof(a) / sizeof((a)[0]))

/* A growing run of bytes; always followed by a NUL that does not count. */
struct buf {
	char	*data;
	size_t	 len;
	size_t	 cap;
};

void	*xmalloc(size_t);
void	*xcalloc(size_t, size_t);
void	*xrealloc(void *, size_t);
char	*xstrdup(const char *);
char	*xstrndup(const char *, size_t);
char	*xasprintf(const char *, ...) __attribute__((format(printf, 1, 2)));

void	 buf_add(struct buf *, const void *, size_t);
void	 buf_str(struct buf *, const char *);
void	 buf_char(struct buf *, char);
void	 buf_fmt(struct buf *, const char *, ...) __attribute__((format(printf, 2, 3)));
void	 buf_free(struct buf *);

bool	 utf8_valid(const char *, size_t);
const char *json_text(const json_t *, const char *key);	/* NULL unless a string */
json_t	*json_bytes(const void *, size_t);		/* base64 text */
bool	 word_in(const char *list, const char *word);	/* in a space separated list */
bool	 word_in_any_case(const char *list, const char *word);

/* ---- clock.c ---- */

/* The emulator's idea of now: the real clock, moved by --now. */
void	 clock_set(int64_t now_s);
int64_t	 clock_ms(void);
int64_t	 clock_s(void);
int64_t	 clock_us_unique(void);		/* strictly increasing, for generations */
void	 clock_rfc3339(int64_t ms, char out[32]);
int	 clock_parse(const char *, int64_t *out_s); /* epoch or YYYYMMDDTHHMMSSZ */
void	 clock_http(int64_t ms, char out[40]);
void	 sleep_ms(double ms);

/* ---- digest.c ---- */

void	 random_bytes(void *, size_t);
void	 random_uuid(char out[37]);
void	 sha256(const void *, size_t, unsigned char out[32]);
uint64_t hash64(const void *, size_t, uint64_t seed);
uint64_t hash_text(const char *, uint64_t seed);

/* ---- codings.c ---- */

void	 hex_encode(const void *, size_t, char *out);
int	 hex_decode(const char *, size_t n, unsigned char *out); /* n hex digits */
char	*base64_encode(const void *, size_t, size_t *out_len);
char	*base64_encode_url(const void *, size_t);
int	 base64_decode(const char *, size_t, unsigned char **out, size_t *out_len);

/* Percent coding. The decoder refuses NUL and broken escapes (NULL). */
char	*percent_decode(const char *, size_t, bool plus_is_space);
void	 percent_encode(struct buf *, const char *, bool keep_slash);
char	*query_get(const char *query, const char *name); /* decoded, or NULL */

/* ---- files.c ---- */

/* A small file replaced as a whole or not at all. */
int	 file_replace(int dir, const char *name, const void *, size_t);
int	 file_replace_json(int dir, const char *name, const json_t *);
json_t	*file_read_json(int dir, const char *name, size_t limit);
int	 file_sync(int fd);		/* unless the setting switched it off */
ssize_t	 write_all(int fd, const void *, size_t);

#endif
