/* supervisor/services.h - the rows of services.tbl.h as data.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_SERVICES_H
#define STUDIOD_SERVICES_H

#include "supervisor/settings.h"

enum service_kind { KIND_ACTOR, KIND_POSTGRES, KIND_EMULATOR };
/* OWN, HOST, what is decided by more, or the setting that decides. */
enum service_network {
	NETWORK_OWN = -1,
	NETWORK_HOST = -2,
	NETWORK_MAIL_OR_HOOKS = -3,
#define SETTING(name, type, production, development, range, receivers, prose) NETWORK_##name = SET_##name,
#include "supervisor/settings.tbl.h"
};
enum service_id {
	SERVICE_none = -1,
#define SERVICE(name, kind, program, instances, files, memory, network, after, leaves, ready, gone, prose) SERVICE_##name,
#include "supervisor/services.tbl.h"
	SERVICE_COUNT
};
struct service_row {
	const char *name;
	enum service_kind kind;
	const char *program;
	uint32_t instances;
	uint64_t files, memory_mib;
	enum service_network network;
	enum service_id after;
	unsigned leaves;
	uint64_t ready_ms, gone_ms;
	const char *prose;
};
extern const struct service_row service_rows[SERVICE_COUNT];

#endif
