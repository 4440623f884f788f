/* mux.c - libavformat writing into memory, with the encoders that feed it.
 * Owns:  the container, its streams and encoders until mux_end or mux_drop.
 * Fails: -1 or NULL; whatever was made so far is released by mux_drop. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>

#include "mux.h"
#include "util.h"

#define IO_PIECE	32768
#define SIZE_MAX_OUT	(512u << 20)

/* ---- a file in memory ---- */

static int
memory_write(void *cls, uint8_t *p, int n)
{
	struct mux *m = cls;

	if (m->at + (size_t)n > SIZE_MAX_OUT)
		return AVERROR(ENOSPC);
	if (m->at + (size_t)n > m->cap) {
		m->cap = m->cap ? m->cap * 2 : 1 << 18;
		if (m->cap < m->at + (size_t)n)
			m->cap = m->at + (size_t)n;
		m->data = xrealloc(m->data, m->cap);
	}
	if (m->at > m->len)
		memset(m->data + m->len, 0, m->at - m->len);
	memcpy(m->data + m->at, p, (size_t)n);
	m->at += (size_t)n;
	if (m->at > m->len)
		m->len = m->at;
	return n;
}

static int64_t
memory_seek(void *cls, int64_t to, int whence)
{
	struct mux *m = cls;

	if (whence & AVSEEK_SIZE)
		return (int64_t)m->len;
	if (whence == SEEK_CUR)
		to += (int64_t)m->at;
	else if (whence == SEEK_END)
		to += (int64_t)m->len;
	if (to < 0 || to > (int64_t)SIZE_MAX_OUT)
		return AVERROR(EINVAL);
	m->at = (size_t)to;
	return to;
}

/* ---- the container ---- */

int
mux_init(struct mux *m, const char *container)
{
	unsigned char *piece;

	memset(m, 0, sizeof *m);
	if (avformat_alloc_output_context2(&m->format, NULL, container, NULL) < 0)
		return -1;
	piece = av_malloc(IO_PIECE);
	m->packet = av_packet_alloc();
	m->io = avio_alloc_context(piece, IO_PIECE, 1, m, NULL, memory_write, memory_seek);
	m->format->pb = m->io;
	m->format->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
	return piece != NULL && m->packet != NULL && m->io != NULL ? 0 : -1;
}

void
mux_drop(struct mux *m)
{
	int i;

	for (i = 0; i < m->n_streams; i++)
		avcodec_free_context(&m->encoder[i]);
	avformat_free_context(m->format);
	if (m->io != NULL)
		av_freep(&m->io->buffer);
	avio_context_free(&m->io);
	av_packet_free(&m->packet);
	free(m->data);
	memset(m, 0, sizeof *m);
}

int
mux_add(struct mux *m, AVCodecContext **encoder, const AVCodec *codec,
    AVDictionary **options)
{
	AVCodecContext	*e = *encoder;
	AVStream	*s = NULL;

	*encoder = NULL;
	if (m->format->oformat->flags & AVFMT_GLOBALHEADER)
		e->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
	if (m->n_streams < MUX_STREAMS && avcodec_open2(e, codec, options) == 0)
		s = avformat_new_stream(m->format, NULL);
	if (s == NULL || avcodec_parameters_from_context(s->codecpar, e) < 0) {
		avcodec_free_context(&e);
		return -1;
	}
	s->time_base = e->time_base;
	if (e->codec_type == AVMEDIA_TYPE_VIDEO)
		s->avg_frame_rate = e->framerate;
	m->encoder[m->n_streams] = e;
	m->stream[m->n_streams] = s;
	return m->n_streams++;
}

int
mux_begin(struct mux *m, AVDictionary **options)
{
	return avformat_write_header(m->format, options) < 0 ? -1 : 0;
}

int
mux_frame(struct mux *m, int i, AVFrame *frame)
{
	int rc = avcodec_send_frame(m->encoder[i], frame);

	while (rc >= 0) {
		rc = avcodec_receive_packet(m->encoder[i], m->packet);
		if (rc == AVERROR(EAGAIN) || rc == AVERROR_EOF)
			return 0;
		if (rc < 0)
			break;
		av_packet_rescale_ts(m->packet, m->encoder[i]->time_base,
		    m->stream[i]->time_base);
		m->packet->stream_index = i;
		rc = av_interleaved_write_frame(m->format, m->packet);
	}
	return -1;
}

struct blob *
mux_end(struct mux *m)
{
	struct blob	*out = NULL;
	int		 i, rc = 0;

	for (i = 0; i < m->n_streams; i++)
		rc |= mux_frame(m, i, NULL);
	if (rc == 0 && av_write_trailer(m->format) == 0) {
		avio_flush(m->io);
		out = blob_new(&m->data, m->len);
	}
	mux_drop(m);
	return out;
}

/* ---- sound ---- */

AVCodecContext *
mux_audio_encoder(struct mux *m, const struct audio_spec *a, const AVCodec **codec)
{
	AVCodecContext *e;

	(void)m;
	if ((*codec = avcodec_find_encoder_by_name(a->codec)) == NULL ||
	    (e = avcodec_alloc_context3(*codec)) == NULL)
		return NULL;
	e->sample_fmt = (*codec)->sample_fmts[0];
	e->sample_rate = a->rate;
	e->bit_rate = a->bit_rate;
	e->time_base = (AVRational){ 1, a->rate };
	e->flags |= AV_CODEC_FLAG_BITEXACT;
	av_channel_layout_default(&e->ch_layout, a->channels);
	return e;
}

static void
sample_store(AVFrame *f, int channels, int ch, int at, int16_t v)
{
	int plane = av_sample_fmt_is_planar(f->format) ? ch : 0;
	int pos = plane == ch && channels > 1 && av_sample_fmt_is_planar(f->format) ?
	    at : at * channels + ch;

	if (channels == 1)
		pos = at;
	if (f->format == AV_SAMPLE_FMT_FLTP || f->format == AV_SAMPLE_FMT_FLT)
		((float *)f->extended_data[plane])[pos] = (float)v / 32768.0f;
	else if (f->format == AV_SAMPLE_FMT_S32P || f->format == AV_SAMPLE_FMT_S32)
		((int32_t *)f->extended_data[plane])[pos] = (int32_t)v * 65536;
	else
		((int16_t *)f->extended_data[plane])[pos] = v;
}

int
mux_audio_feed(struct mux *m, int stream, const int16_t *pcm, size_t samples,
    int64_t pts)
{
	AVCodecContext	*e = m->encoder[stream];
	AVFrame		*f = av_frame_alloc();
	int		 n = e->frame_size > 0 ? e->frame_size : 1024, i, ch, rc = -1;
	int		 channels = e->ch_layout.nb_channels;

	if (f == NULL)
		return -1;
	f->nb_samples = n;
	f->format = e->sample_fmt;
	f->sample_rate = e->sample_rate;
	f->pts = pts;
	av_channel_layout_copy(&f->ch_layout, &e->ch_layout);
	if (av_frame_get_buffer(f, 0) == 0) {
		for (i = 0; i < n; i++)	/* the last frame ends in silence */
			for (ch = 0; ch < channels; ch++)
				sample_store(f, channels, ch, i, (size_t)i < samples ?
				    pcm[i * channels + ch] : 0);
		rc = mux_frame(m, stream, f) == 0 ? n : -1;
	}
	av_frame_free(&f);
	return rc;
}

struct blob *
mux_audio(const struct audio_spec *a, const int16_t *pcm, size_t samples)
{
	struct mux	 m;
	const AVCodec	*codec;
	AVCodecContext	*e;
	AVDictionary	*options = NULL;
	size_t		 at;
	int		 stream = -1, n = 0;

	if (mux_init(&m, a->container) < 0)
		return NULL;
	if ((e = mux_audio_encoder(&m, a, &codec)) != NULL)
		stream = mux_add(&m, &e, codec, NULL);
	if (strcmp(a->container, "ipod") == 0)	/* room in front for the index */
		av_dict_set_int(&options, "moov_size", 16384 +
		    (int64_t)(samples / 1024) * 40, 0);
	if (strcmp(a->container, "mp3") == 0) {	/* bare frames, as the real one sends */
		av_dict_set(&options, "id3v2_version", "0", 0);
		av_dict_set(&options, "write_xing", "0", 0);
	}
	if (stream < 0 || mux_begin(&m, &options) < 0)
		n = -1;
	av_dict_free(&options);
	for (at = 0; n >= 0 && at < samples; at += (size_t)n)
		n = mux_audio_feed(&m, stream, pcm + at * (size_t)a->channels, samples - at,
		    (int64_t)at);
	if (n < 0) {
		mux_drop(&m);
		return NULL;
	}
	return mux_end(&m);
}
