/* mux.h - libavformat writing into memory, with the encoders that feed it.
 * Owns:  the container, its streams and encoders until mux_end or mux_drop.
 * Fails: -1 or NULL; whatever was made so far is released by mux_drop. */
#ifndef EMULATOR_MUX_H
#define EMULATOR_MUX_H

#include <stddef.h>
#include <stdint.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "cache.h"

#define MUX_STREAMS	2

struct mux {
	AVFormatContext	*format;
	AVIOContext	*io;
	unsigned char	*data;
	size_t		 len, cap, at;
	AVCodecContext	*encoder[MUX_STREAMS];
	AVStream	*stream[MUX_STREAMS];
	int		 n_streams;
	AVPacket	*packet;
};

struct audio_spec {
	const char	*container;	/* "mp3", "ogg", "ipod" */
	const char	*codec;		/* encoder name */
	int		 rate, channels;
	int64_t		 bit_rate;
};

int	mux_init(struct mux *, const char *container);
void	mux_drop(struct mux *);
/* Opens the encoder and makes its stream; takes *encoder. Returns its number. */
int	mux_add(struct mux *, AVCodecContext **encoder, const AVCodec *, AVDictionary **);
int	mux_begin(struct mux *, AVDictionary **);
int	mux_frame(struct mux *, int stream, AVFrame *);	/* NULL flushes */
struct blob *mux_end(struct mux *);

/* An audio encoder for mux_add, its format chosen from what it can take. */
AVCodecContext *mux_audio_encoder(struct mux *, const struct audio_spec *, const AVCodec **);
/* Feeds interleaved 16-bit samples from..; at most one frame; returns samples taken. */
int	mux_audio_feed(struct mux *, int stream, const int16_t *, size_t samples, int64_t pts);
/* A whole file from samples. */
struct blob *mux_audio(const struct audio_spec *, const int16_t *, size_t samples);

#endif
