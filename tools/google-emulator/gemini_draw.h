/* gemini_draw.h - an image job of a Gemini model, read from its request.
 * Owns:  nothing.
 * Fails: by leaving a google.rpc.Status in the request. */
#ifndef EMULATOR_GEMINI_DRAW_H
#define EMULATOR_GEMINI_DRAW_H

#include "gemini.h"
#include "media.h"

struct gemini_job {
	struct image_spec	 spec;		/* but for its base */
	const char		*prompt, *prefix;	/* prefix: gs://.., or NULL */
	int			 tokens;	/* of one image */
	bool			 says;		/* words come with the image */
	bool			 thinks, tells;	/* and what it thought comes too */
	unsigned char		*base;		/* the first input image; the job's own */
	size_t			 base_len;
	int			 base_width, base_height, inputs;
};

/* Reads aspectRatio and imageSize of imageConfig (may be NULL) into width, height and tokens;
 * without a ratio the shape of the base, else a square. -1 and a 400. */
int	gemini_shape(struct request *, const struct model *, struct gemini_job *,
	    const json_t *config);
/* Makes what is asked, or what a fault makes of it, and answers. */
void	gemini_draw(struct request *, struct vertex *, struct gemini_job *);
/* What an image of these bytes is signed with, as base64 text (a new reference). */
json_t	*gemini_signature(const void *, size_t);

#endif
