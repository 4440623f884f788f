/* media.h - real pictures, sounds and films, made on the spot.
 * Owns:  nothing; finished ones are kept by cache.c.
 * Fails: NULL when the encoder refuses. */
#ifndef EMULATOR_MEDIA_H
#define EMULATOR_MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cache.h"

/* ---- pictures: media_image.c ---- */

struct image_spec {
	int		 width, height;
	uint64_t	 look;		/* decides colours and shapes */
	int		 index;		/* so many dots in the corner */
	bool		 jpeg;
	int		 quality;	/* 0 to 100, JPEG only */
	const unsigned char *base;	/* an image to work upon, or NULL */
	size_t		 base_len;
	bool		 base_only;	/* scale it and change nothing (upscale) */
};

struct blob	*image_make(const struct image_spec *);
/* As much smaller as the setting image_scale says. */
void	image_scale_down(struct image_spec *);
/* media_probe.c: size and kind by the header alone: "image/png", "image/jpeg", "image/webp", or NULL. */
const char	*image_probe(const unsigned char *, size_t, int *width, int *height);

/* ---- sounds: media_sound.c ---- */

enum sound_format {
	SOUND_WAV, SOUND_MP3, SOUND_OPUS, SOUND_MULAW, SOUND_ALAW, SOUND_PCM, SOUND_M4A
};

struct speech_spec {
	const char	*text;
	uint64_t	 look;		/* the voice */
	double		 rate, pitch, gain_db;
	int		 sample_rate;
	enum sound_format format;
	bool		 raw;		/* SOUND_MULAW, SOUND_ALAW: no RIFF around it */
};

struct blob	*sound_music(uint64_t look, double seconds);	/* WAV, 48 kHz stereo */
struct blob	*sound_song(uint64_t look, double seconds);	/* MP3, 44.1 kHz stereo, 192 kbit/s */
struct blob	*sound_speech(const struct speech_spec *);

/* ---- films: media_video.c ---- */

struct video_spec {
	int		width, height;
	double		seconds;
	uint64_t	look;
	bool		audio;
};

struct blob	*video_make(const struct video_spec *);	/* MP4, H.264, faststart */
/* The length of an MP4 by its boxes (media_mp4.c), or -1. */
double		 video_seconds(const unsigned char *, size_t);

#endif
