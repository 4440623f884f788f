/* actors/front/realtime/socketio.h - what Socket.IO 5 looks like: packets, each within a message of Engine.IO.
 * Pure. Written from the protocol's document (github.com/socketio/socket.io-protocol).
 *
 *     type [attachments "-"] [namespace ","] [number of the wanted acknowledgement] [JSON]
 *
 * What is written here begins with Engine.IO's "4".
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_SOCKETIO_H
#define STUDIOD_FRONT_SOCKETIO_H

#include "proto/proto.h"

enum socketio_type {
	SOCKETIO_CONNECT = '0', SOCKETIO_DISCONNECT = '1', SOCKETIO_EVENT = '2', SOCKETIO_ACK = '3', SOCKETIO_CONNECT_ERROR = '4',
	SOCKETIO_BINARY_EVENT = '5', SOCKETIO_BINARY_ACK = '6'
};
enum {
	SOCKETIO_NAMESPACE_MAX = 128,	/* bytes */
	SOCKETIO_ID_DIGITS = 15,	/* what a number of JavaScript holds exactly */
	SOCKETIO_ATTACHMENTS_MAX = 999
};

struct socketio_packet {
	enum socketio_type type;
	uint32_t attachments;		/* of the binary types: frames that follow */
	struct bytes name;		/* of the namespace: "/" where none is said */
	bool has_id;
	uint64_t id;
	struct bytes data;		/* JSON that nobody looked at; n is 0: none */
};
/* Reads one, without the "4". False: it is none, or over a bound. */
bool socketio_packet(struct bytes text, struct socketio_packet *out);

/* Each appends a packet for a namespace. 0 or -1. Texts are taken for UTF-8. */
int socketio_connected(struct buf *b, const char *sid, const char *pid);
/* `code` is for programs, and comes as the error's `data`; NULL: none. */
int socketio_refused(struct buf *b, struct bytes name, struct bytes message, const char *code);
int socketio_disconnected(struct buf *b);
/* [name, json, "seq"]: the position as the last argument, as clients keep it. */
int socketio_event(struct buf *b, const char *name, struct bytes json, uint64_t seq);
/* [json] */
int socketio_acknowledged(struct buf *b, uint64_t id, struct bytes json);

/* A position as text: 1 to 19 digits. */
bool socketio_position(struct bytes text, uint64_t *out);

#endif
