/* media_mp4.c - how long is this film? By its boxes alone.
 * Owns:  nothing.
 * Fails: -1 for what is no MP4, or is damaged where it is looked at. */
#include <stdint.h>
#include <string.h>

#include "media.h"

/* What of a file lies inside a box. */
struct span {
	const unsigned char	*p;
	size_t			 n;
};

static uint64_t
be(const unsigned char *p, int bytes)
{
	uint64_t v = 0;

	while (bytes-- > 0)
		v = v << 8 | *p++;
	return v;
}

/* The first box at the front of s: its type and content; s goes on behind it. */
static int
box_next(struct span *s, const unsigned char **type, struct span *content)
{
	uint64_t	size;
	size_t		head = 8;

	if (s->n < 8)
		return -1;
	size = be(s->p, 4);
	if (size == 1 && s->n >= 16) {
		size = be(s->p + 8, 8);
		head = 16;
	} else if (size == 0) {		/* to the end of the file */
		size = s->n;
	}
	if (size < head || size > s->n)
		return -1;
	*type = s->p + 4;
	content->p = s->p + head;
	content->n = (size_t)size - head;
	s->p += size;
	s->n -= (size_t)size;
	return 0;
}

static int
box_find(struct span s, const char *wanted, struct span *content)
{
	const unsigned char *type;

	while (box_next(&s, &type, content) == 0)
		if (memcmp(type, wanted, 4) == 0)
			return 0;
	return -1;
}

double
video_seconds(const unsigned char *p, size_t n)
{
	struct span	 s = { p, n }, box;
	bool		 wide;
	uint64_t	 scale;

	if (n < 12 || memcmp(p + 4, "ftyp", 4) != 0 || box_find(s, "moov", &box) < 0 ||
	    box_find(box, "mvhd", &box) < 0 || box.n < 32)
		return -1;
	wide = box.p[0] == 1;		/* version 1 has times of 64 bits */
	scale = be(box.p + (wide ? 20 : 12), 4);
	if (scale == 0)
		return -1;
	return (double)be(box.p + (wide ? 24 : 16), wide ? 8 : 4) / (double)scale;
}
