/* faults.h - what should go wrong: asked for over HTTP, or inside a prompt.
 * Owns:  the list of armed faults.
 * Fails: a malformed fault is refused with a sentence. */
#ifndef EMULATOR_FAULTS_H
#define EMULATOR_FAULTS_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

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
	bool	blocked;	/* the prompt itself is refused */
	int	op_code;	/* a Veo operation ends in this gRPC code; 0: no */
	char	message[200];
};

struct request;

/* The fault for this request: armed ones first, then the prompt's own magic. */
void	 faults_pick(const char *service, const char *path, const char *prompt,
	    struct fault *out);
/* Removes nothing: "[emulator:..]" stays part of the prompt, as a word would. */

void	 faults_http_get(struct request *);	/* GET, POST, DELETE /emulator/faults */
void	 faults_http_post(struct request *);
void	 faults_http_delete(struct request *);
void	 faults_fini(void);

#endif
