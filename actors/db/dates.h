/* actors/db/dates.h - ISO 8601 dates and times of a filter, checked before PostgreSQL sees
 * them (it would also take "yesterday").
 * Licence: Apache-2.0. */
#ifndef STUDIOD_DB_DATES_H
#define STUDIOD_DB_DATES_H

#include "proto/proto.h"

enum { DATE_TEXT = 48 };

/* Accepts 2026-11-23, 2026-11-23T10:20, with seconds and a fraction, with Z or an offset
 * (without: UTC), and writes what PostgreSQL takes. A date without a time is its first
 * moment, or with `to` its last millisecond. False when it is none. */
bool date_bound(struct bytes text, bool to, char out[DATE_TEXT]);

#endif
