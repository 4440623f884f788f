/* actors/front/realtime/socket_http.h - how requests of Engine.IO are answered (api_socket.c).
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_SOCKET_HTTP_H
#define STUDIOD_FRONT_SOCKET_HTTP_H

#include "actors/front/realtime/engineio.h"

struct exchange;

/* With packets, or "ok". */
void answer_payload(struct exchange *x, struct bytes payload);
/* With Engine.IO's error. */
void answer_refusal(struct exchange *x, enum engineio_error error);

#endif
