/* media_image.c - pictures: gradients and shapes by hash, or a given image changed.
 * Owns:  nothing.
 * Fails: NULL when an input cannot be read or the encoder refuses. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>

#include "media.h"
#include "settings.h"
#include "util.h"

#define SHAPES		7
#define PIXELS_MAX	(40u * 1000 * 1000)	/* of an input image */

struct picture {
	int		 width, height;
	size_t		 stride;
	unsigned char	*rgb;
};

/* ---- pixels ---- */

static int
picture_init(struct picture *p, int width, int height)
{
	p->width = width;
	p->height = height;
	p->stride = ((size_t)width * 3 + 63) & ~(size_t)63;	/* swscale likes it so */
	p->rgb = calloc((size_t)height + 1, p->stride);
	return p->rgb != NULL ? 0 : -1;
}

static void
colour(uint64_t look, int which, int out[3])
{
	uint64_t h = hash64(&which, sizeof which, look);
	int	 i;

	for (i = 0; i < 3; i++)
		out[i] = (int)(h >> (8 * i) & 255);
}

/* A gradient between two colours along a direction of its own. */
static void
draw_gradient(struct picture *p, uint64_t look)
{
	int	a[3], b[3], x, y, i;
	int	dx = 1 + (int)(look % 5), dy = 1 + (int)(look / 5 % 5);
	int	far = p->width * dx + p->height * dy;

	colour(look, 1, a);
	colour(look, 2, b);
	for (y = 0; y < p->height; y++) {
		unsigned char *row = p->rgb + (size_t)y * p->stride;

		for (x = 0; x < p->width; x++) {
			int t = (x * dx + y * dy) * 64 / far * 4;	/* soft bands */

			for (i = 0; i < 3; i++)
				*row++ = (unsigned char)(a[i] + (b[i] - a[i]) * t / 256);
		}
	}
}

static void
draw_span(struct picture *p, int y, int from, int to, const int c[3])
{
	unsigned char	*row;
	int		 x, i;

	if (y < 0 || y >= p->height)
		return;
	from = from < 0 ? 0 : from;
	to = to > p->width ? p->width : to;
	row = p->rgb + (size_t)y * p->stride;
	for (x = from; x < to; x++)
		for (i = 0; i < 3; i++)
			row[x * 3 + i] = (unsigned char)((row[x * 3 + i] + 3 * c[i]) / 4);
}

static void
draw_shape(struct picture *p, uint64_t h, const int c[3])
{
	int	 side = p->width < p->height ? p->width : p->height;
	int	 r = side / 12 + (int)(h % 97) * side / 500;
	int	 cx = (int)(h >> 8 & 1023) * p->width / 1023;
	int	 cy = (int)(h >> 18 & 1023) * p->height / 1023, y, half;
	bool	 round = h >> 28 & 1;

	for (y = -r; y <= r; y++) {
		half = r;
		if (round)	/* the chord at this height, by steps */
			while (half > 0 && half * half + y * y > r * r)
				half--;
		draw_span(p, cy + y, cx - half, cx + half, c);
	}
}

/* index + 1 white dots: which of several samples this is. */
static void
draw_index(struct picture *p, int index)
{
	static const int white[3] = { 255, 255, 255 };
	int side = p->width / 40 + 2, i, y;

	for (i = 0; i <= index; i++)
		for (y = side; y < 2 * side; y++)
			draw_span(p, y, side + 2 * side * i, 2 * side + 2 * side * i, white);
}

static void
draw_shapes(struct picture *p, uint64_t look, int count)
{
	int i, c[3];

	for (i = 0; i < count; i++) {
		colour(look, 10 + i, c);
		draw_shape(p, hash64(&i, sizeof i, look ^ 0x5eed), c);
	}
}

/* ---- reading an image ---- */

static AVFrame *
decode_frame(const AVCodec *codec, const unsigned char *data, size_t len)
{
	AVCodecContext	*d = avcodec_alloc_context3(codec);
	AVPacket	*pkt = av_packet_alloc();
	AVFrame		*f = av_frame_alloc();
	bool		 ok = false;

	if (d != NULL && pkt != NULL && f != NULL && av_new_packet(pkt, (int)len) == 0) {
		memcpy(pkt->data, data, len);
		d->thread_count = 1;
		d->max_pixels = PIXELS_MAX;
		ok = avcodec_open2(d, codec, NULL) == 0 &&
		    avcodec_send_packet(d, pkt) == 0 && avcodec_send_packet(d, NULL) == 0 &&
		    avcodec_receive_frame(d, f) == 0;
	}
	avcodec_free_context(&d);
	av_packet_free(&pkt);
	if (!ok)
		av_frame_free(&f);
	return f;
}

/* Decodes data and scales it to fill the picture. */
static int
picture_from(struct picture *p, const unsigned char *data, size_t len)
{
	int		 w, h, rc = -1;
	const char	*mime = image_probe(data, len, &w, &h);
	const AVCodec	*codec;
	AVFrame		*f;
	struct SwsContext *scale;
	uint8_t		*planes[4] = { p->rgb };
	int		 strides[4] = { (int)p->stride };

	if (mime == NULL || len > INT32_MAX / 2)
		return -1;
	codec = avcodec_find_decoder(strcmp(mime, "image/png") == 0 ? AV_CODEC_ID_PNG :
	    strcmp(mime, "image/webp") == 0 ? AV_CODEC_ID_WEBP : AV_CODEC_ID_MJPEG);
	if (codec == NULL || (f = decode_frame(codec, data, len)) == NULL)
		return -1;
	scale = sws_getContext(f->width, f->height, f->format, p->width, p->height,
	    AV_PIX_FMT_RGB24, SWS_BICUBIC, NULL, NULL, NULL);
	if (scale != NULL) {
		rc = sws_scale(scale, (const uint8_t *const *)f->data, f->linesize, 0,
		    f->height, planes, strides) > 0 ? 0 : -1;
		sws_freeContext(scale);
	}
	av_frame_free(&f);
	return rc;
}

/* ---- writing an image ---- */

static AVFrame *
frame_from(const struct picture *p, enum AVPixelFormat format)
{
	AVFrame			*f = av_frame_alloc();
	struct SwsContext	*scale = NULL;
	const uint8_t		*planes[4] = { p->rgb };
	int			 strides[4] = { (int)p->stride };

	if (f == NULL)
		return NULL;
	f->width = p->width;
	f->height = p->height;
	f->format = format;
	if (av_frame_get_buffer(f, 0) == 0)
		scale = sws_getContext(p->width, p->height, AV_PIX_FMT_RGB24, p->width,
		    p->height, format, SWS_BILINEAR, NULL, NULL, NULL);
	if (scale == NULL) {
		av_frame_free(&f);
		return NULL;
	}
	sws_scale(scale, planes, strides, 0, p->height, f->data, f->linesize);
	sws_freeContext(scale);
	return f;
}

static AVCodecContext *
image_encoder(const struct picture *p, const struct image_spec *s, AVFrame *f)
{
	const AVCodec	*codec = avcodec_find_encoder(s->jpeg ? AV_CODEC_ID_MJPEG :
			    AV_CODEC_ID_PNG);
	AVCodecContext	*e = codec ? avcodec_alloc_context3(codec) : NULL;

	if (e == NULL)
		return NULL;
	e->width = p->width;
	e->height = p->height;
	e->pix_fmt = f->format;
	e->time_base = (AVRational){ 1, 25 };
	e->thread_count = 1;
	e->flags |= AV_CODEC_FLAG_BITEXACT;
	if (s->jpeg) {
		int q = 2 + (100 - s->quality) * 29 / 100;

		e->flags |= AV_CODEC_FLAG_QSCALE;
		e->global_quality = f->quality = q * FF_QP2LAMBDA;
		e->color_range = AVCOL_RANGE_JPEG;
	} else {
		e->compression_level = 3;
		av_opt_set(e->priv_data, "pred", "up", 0);
	}
	if (avcodec_open2(e, codec, NULL) < 0)
		avcodec_free_context(&e);
	return e;
}

static struct blob *
image_encode(const struct picture *p, const struct image_spec *s)
{
	AVFrame		*f = frame_from(p, s->jpeg ? AV_PIX_FMT_YUVJ420P : AV_PIX_FMT_RGB24);
	AVCodecContext	*e = f ? image_encoder(p, s, f) : NULL;
	AVPacket	*pkt = av_packet_alloc();
	struct blob	*out = NULL;
	unsigned char	*copy;

	if (e != NULL && pkt != NULL && avcodec_send_frame(e, f) == 0 &&
	    avcodec_send_frame(e, NULL) == 0 && avcodec_receive_packet(e, pkt) == 0) {
		copy = xmalloc((size_t)pkt->size);
		memcpy(copy, pkt->data, (size_t)pkt->size);
		out = blob_new(&copy, (size_t)pkt->size);
	}
	av_packet_free(&pkt);
	avcodec_free_context(&e);
	av_frame_free(&f);
	return out;
}

static struct blob *
image_draw(const struct image_spec *s)
{
	struct picture	 p;
	struct blob	*out = NULL;
	uint64_t	 look = hash64(&s->index, sizeof s->index, s->look);
	int		 rc = 0;

	if (picture_init(&p, s->width, s->height) < 0)
		return NULL;
	if (s->base != NULL)
		rc = picture_from(&p, s->base, s->base_len);
	else
		draw_gradient(&p, look);
	if (!s->base_only) {
		draw_shapes(&p, look, s->base != NULL ? SHAPES / 2 : SHAPES);
		draw_index(&p, s->index);
	}
	if (rc == 0)
		out = image_encode(&p, s);
	free(p.rgb);
	return out;
}

void
image_scale_down(struct image_spec *s)
{
	double k = setting(SET_image_scale);

	if (k < 1 && !s->base_only) {
		s->width = s->width * k < 16 ? 16 : (int)(s->width * k);
		s->height = s->height * k < 16 ? 16 : (int)(s->height * k);
	}
}

struct blob *
image_make(const struct image_spec *s)
{
	char		*key;
	struct blob	*b;

	if (s->base != NULL) {
		drawing_begin();
		b = image_draw(s);
		drawing_end();
		return b;
	}
	key = xasprintf("image %dx%d %016llx %d %s %d", s->width, s->height,
	    (unsigned long long)s->look, s->index, s->jpeg ? "jpeg" : "png",
	    s->jpeg ? s->quality : 0);
	if ((b = cache_get(key)) == NULL) {
		drawing_begin();	/* another may have drawn it while we waited */
		if ((b = cache_get(key)) == NULL && (b = image_draw(s)) != NULL)
			cache_put(key, b);
		drawing_end();
	}
	free(key);
	return b;
}
