/* media_video.c - films: a still gradient, a square that travels, a soft tone.
 * Owns:  nothing.
 * Fails: NULL when an encoder refuses.
 *
 * Real size and length, but little moves: x264 skips what stays, so eight
 * seconds of 1080p cost about a second on one core. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/opt.h>

#include "media.h"
#include "mux.h"
#include "util.h"

#define FPS		24
#define AUDIO_RATE	48000

static AVCodecContext *
video_encoder(const struct video_spec *s, const AVCodec **codec)
{
	AVCodecContext *e;

	if ((*codec = avcodec_find_encoder_by_name("libx264")) == NULL ||
	    (e = avcodec_alloc_context3(*codec)) == NULL)
		return NULL;
	e->width = s->width;
	e->height = s->height;
	e->pix_fmt = AV_PIX_FMT_YUV420P;
	e->time_base = (AVRational){ 1, FPS };
	e->framerate = (AVRational){ FPS, 1 };
	e->gop_size = 2 * FPS;
	e->thread_count = 1;	/* other programs share this machine */
	av_opt_set(e->priv_data, "preset", "ultrafast", 0);
	av_opt_set(e->priv_data, "crf", "30", 0);
	return e;
}

/* ---- frames ---- */

static void
plane_square(uint8_t *p, int stride, int x, int y, int side, int v)
{
	int row;

	for (row = y; row < y + side; row++)
		memset(p + (ptrdiff_t)row * stride + x, v, (size_t)side);
}

static int
background(const struct video_spec *s, int y)
{
	return 40 + (int)(s->look % 60) + y * 120 / s->height;
}

static void
frame_background(AVFrame *f, const struct video_spec *s, int from, int rows)
{
	int y;

	for (y = from; y < from + rows; y++)
		memset(f->data[0] + (ptrdiff_t)y * f->linesize[0], background(s, y),
		    (size_t)s->width);
}

static void
frame_colours(AVFrame *f, const struct video_spec *s)
{
	int y;

	for (y = 0; y < s->height / 2; y++) {
		memset(f->data[1] + (ptrdiff_t)y * f->linesize[1],
		    70 + (int)(s->look >> 8 & 127), (size_t)s->width / 2);
		memset(f->data[2] + (ptrdiff_t)y * f->linesize[2],
		    70 + (int)(s->look >> 16 & 127), (size_t)s->width / 2);
	}
}

/* The square goes to and fro across the middle. */
static void
frame_draw(AVFrame *f, const struct video_spec *s, int64_t n)
{
	int	side = (s->width < s->height ? s->width : s->height) / 5 & ~1;
	int	way = s->width - side, y = (s->height - side) / 2 & ~1;
	int	speed = s->width / 96 + 1 + (int)(s->look >> 24 & 3);
	int	at = way > 0 ? (int)(n * speed % (2 * way)) : 0;

	frame_background(f, s, y, side);
	plane_square(f->data[0], f->linesize[0], (at > way ? 2 * way - at : at) & ~1, y,
	    side, 220);
}

/* ---- sound ---- */

static int
audio_add(struct mux *m)
{
	static const struct audio_spec	 spec = { "mp4", "aac", AUDIO_RATE, 2, 64000 };
	const AVCodec			*codec;
	AVCodecContext			*e = mux_audio_encoder(m, &spec, &codec);

	return e != NULL ? mux_add(m, &e, codec, NULL) : -1;
}

/* Sound up to the given sample of total; at is where it stands. */
static int
audio_until(struct mux *m, int stream, const struct video_spec *s, int64_t *at,
    int64_t until, int64_t total)
{
	int16_t	pcm[2 * 1024];
	double	hz = 220.0 + (double)(s->look % 220);
	int	i;

	while (*at < until) {
		int64_t left = total - *at < 1024 ? total - *at : 1024;

		for (i = 0; i < left; i++)
			pcm[2 * i] = pcm[2 * i + 1] = (int16_t)(2500 *
			    sin(2 * M_PI * hz * (double)(*at + i) / AUDIO_RATE));
		if (mux_audio_feed(m, stream, pcm, (size_t)left, *at) < 0)
			return -1;
		*at += 1024;
	}
	return 0;
}

/* ---- the film ---- */

static int
film_roll(struct mux *m, int video, int audio, const struct video_spec *s)
{
	int64_t	 frames = (int64_t)(s->seconds * FPS + 0.5), n, heard = 0;
	AVFrame	*f = av_frame_alloc();
	int	 rc = -1;

	if (f == NULL)
		return -1;
	f->width = s->width;
	f->height = s->height;
	f->format = AV_PIX_FMT_YUV420P;
	if (av_frame_get_buffer(f, 0) < 0)
		goto out;
	frame_background(f, s, 0, s->height);
	frame_colours(f, s);
	for (n = 0; n < frames; n++) {
		if (av_frame_make_writable(f) < 0)
			goto out;
		frame_draw(f, s, n);
		f->pts = n;
		if (mux_frame(m, video, f) < 0)
			goto out;
		if (audio >= 0 && audio_until(m, audio, s, &heard,
		    (n + 1) * AUDIO_RATE / FPS, frames * AUDIO_RATE / FPS) < 0)
			goto out;
	}
	rc = 0;
out:
	av_frame_free(&f);
	return rc;
}

static struct blob *
video_draw(const struct video_spec *s)
{
	struct mux	 m;
	const AVCodec	*codec;
	AVCodecContext	*e;
	AVDictionary	*options = NULL;
	int		 video = -1, audio = -1;

	if (mux_init(&m, "mp4") < 0)
		return NULL;
	if ((e = video_encoder(s, &codec)) != NULL)
		video = mux_add(&m, &e, codec, NULL);
	if (video >= 0 && s->audio)
		audio = audio_add(&m);
	/* the index goes in front, into room kept for it: a player can start at once */
	av_dict_set_int(&options, "moov_size", 8192 + (int64_t)(s->seconds * 2400), 0);
	if (video < 0 || (s->audio && audio < 0) || mux_begin(&m, &options) < 0 ||
	    film_roll(&m, video, audio, s) < 0) {
		av_dict_free(&options);
		mux_drop(&m);
		return NULL;
	}
	av_dict_free(&options);
	return mux_end(&m);
}

struct blob *
video_make(const struct video_spec *s)
{
	char		*key = xasprintf("video %dx%d %g %016llx %d", s->width, s->height,
			    s->seconds, (unsigned long long)s->look, s->audio);
	struct blob	*b = cache_get(key);

	if (b == NULL) {
		drawing_begin();
		if ((b = cache_get(key)) == NULL && (b = video_draw(s)) != NULL)
			cache_put(key, b);
		drawing_end();
	}
	free(key);
	return b;
}
