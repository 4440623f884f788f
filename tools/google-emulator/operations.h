/* operations.h - long-running jobs: worked off in time.
 * Owns:  the jobs that run, and two threads: one that draws ahead, one that ends jobs
 *        when their time has come. Their files are those of jobs.c.
 * Fails: a job that cannot be kept is not started. */
#ifndef EMULATOR_OPERATIONS_H
#define EMULATOR_OPERATIONS_H

#include "jobs.h"

int	operations_init(int data_dir, char *why, size_t size);
void	operations_fini(void);

/* Keeps and starts a job. Takes the reference. */
int	operation_start(json_t *job);
/* Stops a job that runs; sets "cancelled". The job, or NULL if none runs by this id. */
json_t	*operation_cancel(const struct job_kind *, const char *id);

#endif
