/* jobs.h - long-running jobs as they are on disk: one JSON file each.
 * Owns:  --data/operations.
 * Fails: -1 with errno where a file cannot be written; NULL for a job that is not there.
 *
 * Of a job the store knows kind, id, created_ms, due_ms, ended_ms, done, cancelled, polls
 * and error; the rest is its kind's own. */
#ifndef EMULATOR_JOBS_H
#define EMULATOR_JOBS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* What a family does with its jobs. */
struct job_kind {
	const char	*name;			/* "kind" of its jobs */
	/* Ahead of time, into the cache. Others may read the job meanwhile. */
	void		(*draw)(const json_t *job);
	void		(*end)(json_t *job);	/* the last touch before it is done */
};
extern const struct job_kind veo_jobs, interaction_jobs;

int	 jobs_open(int data_dir, char *why, size_t size);
void	 jobs_close(void);
/* Hands every unfinished job on, which becomes the taker's; sweeps old ones out. */
void	 jobs_unfinished(void (*take)(json_t *job));

/* A new job with an id, to be ended in so many milliseconds from now. */
json_t	*job_new(const struct job_kind *, double ms);
const struct job_kind *job_kind(const json_t *job);	/* or NULL */
int64_t	 job_int(const json_t *job, const char *key);
void	 job_fail(json_t *job, int grpc_code, const char *message);	/* sets error */
void	 job_done(json_t *job);			/* sets done, ended_ms */

int	 job_save(const json_t *job);
/* The same where nobody can be told: a line on stderr instead. */
void	 job_keep(const json_t *job);
/* The job as it stands, or NULL if there is none of this kind; the caller's. */
json_t	*job_get(const struct job_kind *, const char *id);
/* The same as a poll finds it: not done, while "polls" of it are left. */
json_t	*job_poll(const struct job_kind *, const char *id);

#endif
