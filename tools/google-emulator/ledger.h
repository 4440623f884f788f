/* ledger.h - the book of generations started, so a test can count them.
 * Owns:  the last LEDGER_MAX entries and a running total.
 * Fails: never; the oldest entries make room. */
#ifndef EMULATOR_LEDGER_H
#define EMULATOR_LEDGER_H

#include <jansson.h>

struct request;

/* Called when a generation has passed every check and begins. */
void	ledger_add(const struct request *, const char *service, const char *model,
	    const char *storage_uri, const char *prompt, int count);
void	ledger_http_get(struct request *);
void	ledger_http_delete(struct request *);
void	ledger_fini(void);

#endif
