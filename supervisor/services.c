/* supervisor/services.c - see services.h.
 * Licence: Apache-2.0. */
#include "supervisor/services.h"

const struct service_row service_rows[SERVICE_COUNT] = {
#define SERVICE(name, kind, program, instances, files, memory, network, after, leaves, ready, gone, prose) \
	[SERVICE_##name] = { #name, KIND_##kind, program, instances, files, memory, NETWORK_##network, \
	    SERVICE_##after, leaves, ready, gone, prose },
#include "supervisor/services.tbl.h"
};
