/* vertex.h - what the Vertex AI models share: the model table, media objects.
 * Owns:  the model table, and the list of ids that --gone takes away.
 * Fails: by leaving a google.rpc.Status in the request. */
#ifndef EMULATOR_VERTEX_H
#define EMULATOR_VERTEX_H

#include "cache.h"
#include "check.h"
#include "gcs_uri.h"
#include "http.h"

enum family { IMAGEN, VEO, LYRIA, GEMINI_IMAGE, GEMINI_SPEECH };

enum ability {
	CAN_GENERATE = 1, CAN_UPSCALE = 2, CAN_EDIT = 4,
	NO_WATERMARK = 8,	/* addWatermark is false unless asked for */
	CAN_SOUND = 16, CAN_EXTEND = 32, CAN_REFERENCE = 64, CAN_STYLE = 128,
	CAN_THINK = 256,	/* thinkingConfig */
	NO_LOW = 512,		/* .. but not its level LOW */
	NO_SAMPLING = 1024,	/* no seed, temperature, topP and topK */
	SIGNS = 2048,		/* its images come signed, and return so */
	RATIOS_TALL = 4096,	/* 1:4 4:1 1:8 8:1 */
	RATIO_9_21 = 8192,
	OLD_PIXELS = 16384	/* image sizes of Gemini 2.5 */
};

struct model {
	const char	*id;
	enum family	 family;
	unsigned	 abilities;
	int		 most;
	const char	*sizes;
	const char	*seconds;
	const char	*locations;
	bool		 retired;
};

/* A call, its path taken apart. */
struct vertex {
	const struct model	*model;
	const char		*project, *location;
	bool			 streams;	/* the answer is told in pieces */
	const json_t		*instance;	/* instances[0], an object */
	json_t			*parameters;	/* an object, perhaps empty */
};

void	vertex_gone(const char *ids);	/* comma separated; they answer 404 */
bool	vertex_is_gone(const char *id);
bool	vertex_location_known(const char *);
/* The 404 for an id that is not served, or not in this place. */
void	vertex_not_found(struct request *, const char *project, const char *location,
	    const char *id);

/* The verbs: vertex_imagen.c, vertex_lyria.c, vertex_veo.c, gemini_image.c,
 * gemini_speech.c. */
void	imagen_predict(struct request *, struct vertex *);
void	lyria_predict(struct request *, struct vertex *);
void	veo_start(struct request *, struct vertex *);
void	veo_fetch(struct request *, struct vertex *);
void	gemini_image_make(struct request *, struct vertex *);
void	gemini_speech_make(struct request *, struct vertex *);

/* 0, or -1 and a 400. */
int	vertex_check(struct request *, const json_t *, const struct field *, const char *where);
void	vertex_problem(struct request *, const struct problem *);
/* -1 and a 400 that names the field. */
int	vertex_refuse(struct request *, const char *field, const char *fmt, ...)
	    __attribute__((format(printf, 3, 4)));
/* The same; the message begins with the field. */
int	vertex_wrong(struct request *, const char *where, const char *text);

/* ---- vertex_media.c ---- */

/* The table of {"bytesBase64Encoded"|"gcsUri", "mimeType"} for images. */
extern const struct field vertex_image_fields[];
/* Base64 text, or the object at uri if there is one; -1 and a 400. *out is the caller's. */
int	vertex_bytes(struct request *, const json_t *base64, const char *uri, const char *where,
	    size_t limit, unsigned char **out, size_t *);
/* Reads such an object, from the request or from a bucket; -1 and a 400. */
int	vertex_media(struct request *, const json_t *, const char *where, size_t limit,
	    unsigned char **, size_t *);
/* The same for a PNG or JPEG, its pixels counted. */
int	vertex_image(struct request *, const json_t *, const char *where, size_t limit,
	    unsigned char **, size_t *, int *width, int *height);

/* Writes an object below a gs:// prefix; its URI (the caller's), or NULL. */
char	*vertex_store(const char *prefix, const char *name, const char *mime,
	    const struct blob *);

double	vertex_number(const json_t *obj, const char *key, double otherwise);
bool	vertex_bool(const json_t *obj, const char *key, bool otherwise);

#endif
