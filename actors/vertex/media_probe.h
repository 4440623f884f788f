/* actors/vertex/media_probe.h - what a piece of media says about itself in its first
 * bytes. Pure; the bytes are not trusted.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_VERTEX_MEDIA_PROBE_H
#define STUDIOD_VERTEX_MEDIA_PROBE_H

#include "proto/proto.h"

struct media_facts {
	uint32_t width, height;		/* pixels; 0 not known */
	double seconds;			/* 0 not known */
};

/* Reads PNG, JPEG, WAV and MP4 headers, frames of MP3 and pages of Opus; total is the size of the whole object. */
void media_probe(struct media_facts *f, const void *p, size_t n, uint64_t total);

/* Cuts a WAV file of PCM after `seconds`. True if it was longer and is now shorter. */
bool wav_cut(struct buf *wav, double seconds);
/* The same for one of which only the first n bytes are here: changes them, and says how many bytes it has then,
 * 0 if it stays as it is. False: it is none, or does not say how long it is. */
bool wav_cut_head(char *head, size_t n, double seconds, uint64_t *size);

#endif
