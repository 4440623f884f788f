/* interactions.h - one call of the Interactions API, and what a family makes of it.
 * Owns:  nothing; operations.c keeps what was started.
 * Fails: by leaving a google.rpc.Status in the request. */
#ifndef EMULATOR_INTERACTIONS_H
#define EMULATOR_INTERACTIONS_H

#include "check.h"
#include "http.h"
#include "operations.h"

struct interaction_family;

struct interaction_model {
	const char				*id;
	const struct interaction_family		*family;
	double					 longest;	/* seconds */
};

/* A call whose body has been checked. */
struct interaction {
	const struct interaction_model	*model;
	const char			*project;
	const json_t			*body;
	const json_t			*format;	/* that of the medium; NULL: not given */
	const json_t			*items;		/* of the input; NULL: it is text */
	char				*prompt;	/* all its text */
	double				 film_seconds;	/* of all films in it */
};

/* What an input item, or an entry of response_format, of this type may hold. */
struct interaction_type {
	const char		*type;
	const struct field	*fields;
	size_t			 most;		/* so many of them at most */
};

struct interaction_family {
	const char			*medium;	/* "audio", "video" */
	const struct interaction_type	*inputs, *formats;	/* each ends with { 0 } */
	const char			*configs;	/* served words of generation_config */
	const char			*modalities;	/* words of response_modalities */
	bool				 stateless;	/* no previous_interaction_id */
	bool				 thinks;	/* a thought step comes first */
	const char			*refusal;	/* how it words a blocked prompt */
	double				(*takes_ms)(void);
	/* 0, or -1 and a 400, for what no table says; or NULL. */
	int	(*check)(struct request *, const struct interaction *);
	void	(*fill)(const struct interaction *, json_t *job);
	void	(*draw)(const json_t *job);
	void	(*end)(json_t *job);
	json_t	*(*content)(const json_t *job);	/* of the model_output step */
};

extern const struct interaction_family interaction_songs, interaction_films;

/* interactions.c */
const struct interaction_model *interaction_model_find(const char *id);

/* interactions_check.c: the body; then, its model known, whether all goes together: 0, or
 * -1 and an error. Fills items, prompt, format. */
extern const struct field interaction_body_fields[];
int	interaction_check(struct request *, struct interaction *);

/* interactions_input.c: what every family takes. */
extern const struct field interaction_text_fields[], interaction_image_fields[];
extern const struct field interaction_text_format[];
/* 0, or -1 and a 400. Fill items and prompt, or format. */
int	interaction_input(struct request *, struct interaction *);
int	interaction_format(struct request *, struct interaction *);

/* interactions_answer.c: the interaction of a job, as an answer; with its input? */
json_t	*interaction_json(const json_t *job, bool with_input);

#endif
