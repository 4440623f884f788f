/* upload_internal.h - an upload in progress, for the files that share it. */
#ifndef EMULATOR_UPLOAD_INTERNAL_H
#define EMULATOR_UPLOAD_INTERNAL_H

#include "http.h"
#include "multipart.h"
#include "objects.h"

#define JSON_MAX	(1u << 20)	/* bytes of metadata */
#define NO_TOTAL	UINT64_MAX

enum upload_kind { UP_MEDIA, UP_MULTIPART, UP_OPEN, UP_CHUNK, UP_STATUS };

struct upload {
	enum upload_kind	 kind;
	char			*bucket, *name;
	json_t			*attrs;
	struct conditions	 conditions;
	struct object_writer	 writer;
	struct multipart	 parts;
	struct buf		 json;		/* body of UP_OPEN */
	bool			 failed;	/* the disk refused */
	char			 id[33];	/* resumable session */
	int			 fd;		/* its data file, locked */
	uint64_t		 stored;	/* bytes in it */
	uint64_t		 skip;		/* of this body: stored already */
	uint64_t		 total;		/* of the object, or NO_TOTAL */
	uint64_t		 expect;	/* of this body, or NO_TOTAL */
	bool			 last;		/* the end of the body is the end */
};

struct upload	*upload_new(enum upload_kind);
void		 upload_free(struct request *);	/* the request's */

/* ---- upload_object.c ---- */

/* Hashes that the headers tell, as fields of the resource. */
void	upload_hashes(struct request *, json_t *attrs);
/* Sets what is not said yet; value may be NULL or "". */
void	upload_attr(json_t *attrs, const char *key, const char *value);
/* The metadata JSON of a multipart or resumable upload; -1 leaves an error. */
int	upload_attrs_read(struct request *, struct upload *, const struct buf *text);
/* The name: from the query, else from the metadata; -1 leaves an error. */
int	upload_name(struct request *, struct upload *);
/* Makes the object and answers. */
void	upload_commit(struct request *, struct upload *);
void	upload_media_end(struct request *, struct upload *);
void	upload_multipart_end(struct request *, struct upload *);

/* ---- upload_session.c ---- */

void	upload_open_end(struct request *, struct upload *);
void	upload_chunk_end(struct request *, struct upload *);

#endif
