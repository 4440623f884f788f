/* supervisor/report.h - the state of the tree as JSON, for studioctl.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_REPORT_H
#define STUDIOD_REPORT_H

#include "supervisor/json.h"
#include "supervisor/tree.h"

void report_status(struct json *j, const struct tree *t);
void report_tree(struct json *j, const struct tree *t);
/* The confinement of one process; its sandbox tables are in studioctl itself. */
void report_sandbox(struct json *j, const struct process *p);

#endif
