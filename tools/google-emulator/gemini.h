/* gemini.h - what :generateContent asks and answers, whatever the model makes.
 * Owns:  nothing.
 * Fails: by leaving a google.rpc.Status in the request. */
#ifndef EMULATOR_GEMINI_H
#define EMULATOR_GEMINI_H

#include "vertex.h"

/* ---- the request: gemini.c ---- */

/* The body, by the tables of one entry of contents and of generationConfig. */
#define GEMINI_BODY(content, config) \
	{ .name = "contents", .kind = F_LIST, .sub = content, .min = 1, .max = 1000, \
	    .flags = F_REQUIRED }, \
	{ .name = "generationConfig", .kind = F_OBJECT, .sub = config, .flags = F_REQUIRED }, \
	{ .name = "systemInstruction", .kind = F_OBJECT, .sub = gemini_system_fields }, \
	{ .name = "safetySettings", .kind = F_LIST, .sub = gemini_safety_fields, .max = 100 }, \
	{ .name = "labels", .kind = F_MAP }

/* One entry of contents, by the table of its parts. */
#define GEMINI_CONTENT(part) \
	{ .name = "role", .kind = F_STRING, .min = 1, .max = 10, .flags = F_REQUIRED }, \
	{ .name = "parts", .kind = F_LIST, .sub = part, .min = 1, .max = 1000, \
	    .flags = F_REQUIRED }

/* Of generationConfig, for every model. */
#define GEMINI_CONFIG \
	{ .name = "responseModalities", .kind = F_STRINGS, .flags = F_REQUIRED }, \
	{ .name = "candidateCount", .kind = F_INT, .min = 1, .max = 8 }, \
	{ .name = "maxOutputTokens", .kind = F_INT, .min = 1, .max = 65536 }, \
	{ .name = "seed", .kind = F_INT, .min = -2147483648.0, .max = 2147483647.0 }, \
	{ .name = "temperature", .kind = F_NUMBER, .min = 0, .max = 2 }, \
	{ .name = "topP", .kind = F_NUMBER, .min = 0, .max = 1 }, \
	{ .name = "topK", .kind = F_NUMBER, .min = 1, .max = 1000 }

extern const struct field gemini_system_fields[], gemini_safety_fields[];

/* Checks the body by its table, then what every model asks of it: roles, parts of one kind
 * each, one candidate, and of its sampling fields (words) none. contents and safetySettings
 * are lists afterwards. 0, or -1 and a 400. */
int	gemini_check(struct request *, const struct field *body, const char *not_these);
bool	gemini_role_is(const json_t *content, const char *role);	/* in any letter case */
/* The last text of contents (a list or an object), or NULL. */
const char *gemini_prompt(const json_t *contents);
/* What is read of it, roughly as tokens are counted; images: how many of them. */
int	gemini_prompt_tokens(const json_t *contents, int images);

/* ---- the answer: gemini_answer.c ---- */

struct gemini_answer {
	json_t		*parts;		/* of the candidate; empty: it has no content */
	const char	*finish;	/* finishReason, or NULL: no candidate, the prompt is blocked */
	const char	*why;		/* finishMessage or blockReasonMessage, or NULL */
	const char	*modality;	/* of what is made: "IMAGE" */
	int		 prompt_tokens, made_tokens, thought_tokens;
};

/* True: the prompt is blocked by a fault, and that is answered. Before the work begins. */
bool	gemini_blocked(struct request *, struct vertex *, int prompt_tokens);
/* Whole, or part by part as a stream (?alt=sse, else a JSON list). Takes the parts. */
void	gemini_reply(struct request *, struct vertex *, struct gemini_answer *);
/* A candidate that a fault withholds: its finishReason and what is said about it. */
void	gemini_withhold(const struct fault *, const char *usual, struct gemini_answer *);

#endif
