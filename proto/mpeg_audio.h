/* proto/mpeg_audio.h - the head of a frame of MPEG audio layer III (MP3). Pure; the bytes are not trusted.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_MPEG_AUDIO_H
#define STUDIOD_PROTO_MPEG_AUDIO_H

#include "proto/proto.h"

enum { MPEG_HEAD = 4, MPEG_FRAME_LEAST = 24 };	/* bytes: of a head; of the shortest frame, with it */

struct mpeg_frame {
	uint32_t rate;			/* samples a second */
	uint16_t samples;		/* of each channel */
	uint16_t bytes;			/* all of it: MPEG_FRAME_LEAST to 1441 */
	uint16_t kbit;			/* a second */
	uint8_t side;			/* bytes of side information behind the head, where there is no checksum between them */
};

/* Reads the MPEG_HEAD bytes at p: MPEG 1, 2 or 2.5, of a bit rate that is told. False: they begin no such frame. */
bool mpeg_frame_read(struct mpeg_frame *f, const uint8_t *p);

/* Bytes of the ID3v2 tag at p, its own head with them; 0 where there is none. It may end behind n. */
size_t id3_size(const uint8_t *p, size_t n);

#endif
