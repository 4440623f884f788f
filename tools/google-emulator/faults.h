/* faults.h - what should go wrong: asked for over HTTP, or inside a prompt.
 * Owns:  the list of armed faults.
 * Fails: a malformed fault is refused with a sentence. */
#ifndef EMULATOR_FAULTS_H
#define EMULATOR_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include "check.h"

#define FAULT_UNSET	(-1)

/* What one request must suffer. All zero: nothing. */
struct fault {
	bool	active;
	int	status;		/* answer this instead of working */
	double	delay_ms;	/* before anything else */
	bool	cut;		/* close the connection instead of answering */
	bool	idle;		/* with cut or status: do not do the work */
	bool	wrong_json;	/* answer 200 with half a JSON text */
	int64_t	truncate;	/* stop the body after so many bytes; 0: no */
	double	slow_bytes_per_s;
	int	filter;		/* so many results are filtered; -1: all; 0: none */
	bool	token_expired;	/* the bearer, and every other token, is good no more */
	bool	blocked;	/* the prompt itself is refused */
	bool	declines;	/* Gemini, interactions: it says that it will not, in words */
	bool	thoughts;	/* Gemini: drafts come along, whether asked for or not */
	bool	jpeg;		/* Gemini: an image is JPEG, whatever was asked */
	int	images;		/* Gemini: so many; 0: one */
	char	reason[48];	/* Gemini: why blocked, or finishReason; "": the usual one */
	int	op_code;	/* a Veo operation ends in this gRPC code; 0: no */
	char	ends[32];	/* an interaction stands at this status for good; "": no */
	char	message[1024];
};

struct request;

/* The fault for this request: armed ones first, then the prompt's own magic. */
void	 faults_pick(const char *service, const char *path, const char *prompt,
	    struct fault *out);
/* Removes nothing: "[emulator:..]" stays part of the prompt, as a word would. */

/* The table of a "fault" object. */
extern const struct field fault_fields[];
/* Reads one that the table allows; -1: "blocked" has a reason that is none. */
int	 fault_read(const json_t *, struct fault *);
/* What the words of a prompt ask for; without any, *f stays as it was. */
void	 fault_read_prompt(const char *, struct fault *);

void	 faults_http_get(struct request *);	/* GET, POST, DELETE /emulator/faults */
void	 faults_http_post(struct request *);
void	 faults_http_delete(struct request *);
void	 faults_fini(void);

#endif
