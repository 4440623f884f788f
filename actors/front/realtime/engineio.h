/* actors/front/realtime/engineio.h - what Engine.IO 4 looks like: packets, the payloads of long-polling, the
 * query of its requests, its errors. Pure. Written from the protocol's document
 * (github.com/socketio/engine.io-protocol).
 *
 *     packet    a digit, its type, and text behind it; "b" and base64 for bytes over polling
 *     payload   packets with 0x1e between them
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_ENGINEIO_H
#define STUDIOD_FRONT_ENGINEIO_H

#include "proto/proto.h"

enum engineio_type {
	ENGINEIO_OPEN = '0', ENGINEIO_CLOSE = '1', ENGINEIO_PING = '2', ENGINEIO_PONG = '3', ENGINEIO_MESSAGE = '4',
	ENGINEIO_UPGRADE = '5', ENGINEIO_NOOP = '6'
};
/* What it answers requests with that it does not take: the code of the JSON body. */
enum engineio_error {
	ENGINEIO_TRANSPORT_UNKNOWN, ENGINEIO_SESSION_UNKNOWN, ENGINEIO_BAD_METHOD, ENGINEIO_BAD_REQUEST, ENGINEIO_FORBIDDEN,
	ENGINEIO_VERSION_UNKNOWN, ENGINEIO_FINE
};
enum { ENGINEIO_SEPARATOR = 0x1e, ENGINEIO_SID_MAX = 32 };
/* What the handshake tells; the times are of the protocol's reference server. */
enum { PING_INTERVAL_MS = 25000, PING_TIMEOUT_MS = 20000, MAX_PAYLOAD = 64 << 10 };

struct engineio_packet {
	enum engineio_type type;
	bool binary;			/* a message of bytes: `data` is their base64 */
	struct bytes data;
};
/* Reads one. False: it is none. */
bool engineio_packet(struct bytes text, struct engineio_packet *out);
/* Takes the next packet off a payload; false at its end. An empty payload has none; an empty
 * packet between two separators is one that engineio_packet refuses. */
bool engineio_next(struct bytes *payload, struct bytes *packet);

enum engineio_transport { TRANSPORT_UNKNOWN, TRANSPORT_POLLING, TRANSPORT_WEBSOCKET };
struct engineio_query {
	enum engineio_transport transport;
	uint32_t version;		/* of EIO; 0: none that is a number */
	struct bytes sid;		/* n is 0: none. As it was written */
	bool jsonp;			/* `j` was given */
	bool twice;			/* one of them was given twice */
};
/* Reads a query, without the `?`. What else it holds is let pass: clients add a time, and their own. */
void engineio_query(struct bytes query, struct engineio_query *out);

/* Appends the open packet. 0 or -1. */
int engineio_open(struct buf *b, const char *sid, bool upgrades);
/* Appends {"code":..,"message":..}. 0 or -1. */
int engineio_error_json(struct buf *b, enum engineio_error error);
/* Its HTTP status. */
int engineio_error_status(enum engineio_error error);

#endif
