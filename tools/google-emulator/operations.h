/* operations.h - long-running jobs: kept on disk, worked off in time.
 * Owns:  --data/operations, one JSON file per job, and two threads: one that draws
 *        ahead, one that ends jobs when their time has come.
 * Fails: a job that cannot be kept is not started. */
#ifndef EMULATOR_OPERATIONS_H
#define EMULATOR_OPERATIONS_H

#include <stddef.h>
#include <stdint.h>

#include <jansson.h>

/* What a family does with its jobs; the store knows of a job only its kind, id,
 * due_ms and done. Both may run while others read the job. */
struct job_kind {
	const char	*name;			/* "kind" of its jobs */
	void		(*draw)(const json_t *job);	/* ahead of time, into the cache */
	void		(*end)(json_t *job);	/* the last touch before it is done */
};
extern const struct job_kind veo_jobs, interaction_jobs;

int	operations_init(int data_dir, char *why, size_t size);
void	operations_fini(void);

/* A new job with an id, to be ended in so many milliseconds from now. */
json_t	*job_new(const struct job_kind *, double ms);
int64_t	 job_int(const json_t *job, const char *key);
void	 job_fail(json_t *job, int grpc_code, const char *message);	/* sets "error" */
void	 job_done(json_t *job);			/* sets done, ended_ms */

/* Keeps and starts a job. Takes the reference. */
int	operation_start(json_t *job);
/* Keeps a job as it stands, one that need not be started; else a line on stderr. */
void	operation_keep(const json_t *job);
/* The job as it stands, or NULL if there is none of this kind; the caller's. */
json_t	*operation_get(const struct job_kind *, const char *id);
/* Stops a job that runs; sets "cancelled". The job, or NULL if none runs by this id. */
json_t	*operation_cancel(const struct job_kind *, const char *id);

#endif
