/* actors/front/frames.h - what comes over HTTP/2, looked at before h2o takes it.
 *
 * h2o 2.2 bounds streams and their answers, but not what a client may send beside them: resets,
 * settings, pings, priorities, empty frames, heads of a million fields. It has no hook there,
 * but it calls its own readers by name, through the dynamic linker (as head.h): ours of the same
 * names stand before them. One counts frames against the connection's calm (calm.h) and ends
 * one that has none left with ENHANCE_YOUR_CALM; one refuses heads that h2o takes and RFC 9113
 * does not; and one before SSL_read notes whose bytes they are.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_FRAMES_H
#define STUDIOD_FRONT_FRAMES_H

/* Finds the readers that ours call; before the confinement. 0 or -1. */
int frames_init(void);
/* The client is gone. */
struct client;
void frames_forget(const struct client *c);

#endif
