/* actors/front/realtime/websocket.h - WebSockets (RFC 6455) by h2o and wslay, over HTTP/1.1: a channel of an
 * engine (engine.h).
 *
 * Text only, messages of MAX_PAYLOAD bytes. Frames take calm (calm.h), so neither fragments nor
 * pings come without end. What waits to be sent counts as the client's unsent bytes.
 *
 * Owns:  the connection, from the upgrade to its end; it frees itself.
 * Fails: into engine_channel_gone.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_WEBSOCKET_H
#define STUDIOD_FRONT_WEBSOCKET_H

#include "actors/front/realtime/engine.h"

struct exchange;

/* Answers 101 to a request that wants one with this key. The exchange ends when that was sent, not
 * before this turn is over; what is sent over the channel waits for it. */
struct channel *websocket_open(struct exchange *x, const char *key);

/* Call it once a turn, outside of h2o: what waits is written. True while some are being closed. */
bool websockets_look(uint64_t now);

#endif
