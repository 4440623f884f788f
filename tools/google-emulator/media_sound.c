/* media_sound.c - sounds: a melody by prompt, and tones that follow a text.
 * Owns:  nothing.
 * Fails: NULL when the encoder refuses. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "media.h"
#include "mux.h"
#include "settings.h"
#include "util.h"

#define MUSIC_RATE	48000
#define CHARS_PER_S	14.0

/* ---- RIFF ---- */

static void
le(struct buf *b, uint32_t v, int bytes)
{
	while (bytes-- > 0) {
		buf_char(b, (char)(v & 255));
		v >>= 8;
	}
}

/* format: 1 PCM, 6 A-law, 7 mu-law. Takes the sample bytes by copy. */
static struct blob *
wav_make(int format, int channels, int rate, int bytes_per, const void *data, size_t n)
{
	struct buf	 b = { 0 };
	unsigned char	*out;
	bool		 plain = format == 1;

	buf_str(&b, "RIFF");
	le(&b, (uint32_t)(n + (plain ? 36 : 50)), 4);
	buf_str(&b, "WAVEfmt ");
	le(&b, plain ? 16 : 18, 4);
	le(&b, (uint32_t)format, 2);
	le(&b, (uint32_t)channels, 2);
	le(&b, (uint32_t)rate, 4);
	le(&b, (uint32_t)(rate * channels * bytes_per), 4);
	le(&b, (uint32_t)(channels * bytes_per), 2);
	le(&b, (uint32_t)(bytes_per * 8), 2);
	if (!plain) {	/* other formats carry an extension size and a fact chunk */
		le(&b, 0, 2);
		buf_str(&b, "fact");
		le(&b, 4, 4);
		le(&b, (uint32_t)(n / (size_t)(channels * bytes_per)), 4);
	}
	buf_str(&b, "data");
	le(&b, (uint32_t)n, 4);
	buf_add(&b, data, n);
	out = (unsigned char *)b.data;
	return blob_new(&out, b.len);
}

/* ---- music ---- */

static const double scales[][7] = {
	{ 0, 2, 4, 5, 7, 9, 11 }, { 0, 2, 3, 5, 7, 8, 10 }, { 0, 2, 4, 7, 9, 12, 14 },
};

/* A voice of the band: note by note from the hash, each struck and fading. */
static double
voice_at(uint64_t look, int voice, double t, double beat)
{
	int		 note = (int)(t / beat), key[2] = { voice, note };
	const double	*scale = scales[look % COUNT(scales)];
	uint64_t	 h = hash64(key, sizeof key, look);
	double		 semis = scale[h % 7] + (double)(look >> 8 & 7) - 12.0 * voice;
	double		 hz = 440.0 * pow(2.0, semis / 12.0), into = t - note * beat;

	return sin(2 * M_PI * hz * into) * exp(-3.0 * into / beat) *
	    (into < 0.005 ? into / 0.005 : 1.0);
}

/* Interleaved stereo. */
static int16_t *
music_play(uint64_t look, double seconds, int rate, size_t *samples)
{
	size_t		 n = (size_t)(seconds * rate), i;
	int16_t		*pcm = xmalloc(n * 4);
	double		 beat = 0.2 + (double)(look >> 16 & 15) / 50.0;

	for (i = 0; i < n; i++) {
		double t = (double)i / rate;
		double high = voice_at(look, 0, t, beat), low = voice_at(look, 2, t, beat * 4);
		double fade = seconds - t < 0.3 ? (seconds - t) / 0.3 : 1.0;

		pcm[2 * i] = (int16_t)(8000 * fade * (high + 0.6 * low));
		pcm[2 * i + 1] = (int16_t)(8000 * fade * (0.7 * high + low));
	}
	*samples = n;
	return pcm;
}

static struct blob *
music_draw(uint64_t look, double seconds, bool mp3)
{
	static const struct audio_spec	 song = { "mp3", "libmp3lame", 44100, 2, 192000 };
	size_t				 n;
	int16_t				*pcm = music_play(look, seconds,
					    mp3 ? song.rate : MUSIC_RATE, &n);
	struct blob			*b = mp3 ? mux_audio(&song, pcm, n) :
					    wav_make(1, 2, MUSIC_RATE, 2, pcm, n * 4);

	free(pcm);
	return b;
}

static struct blob *
music_make(uint64_t look, double seconds, bool mp3)
{
	char		*key = xasprintf("music %016llx %g %d", (unsigned long long)look,
			    seconds, mp3);
	struct blob	*b = cache_get(key);

	if (b == NULL) {
		drawing_begin();	/* another may have played it while we waited */
		if ((b = cache_get(key)) == NULL &&
		    (b = music_draw(look, seconds, mp3)) != NULL)
			cache_put(key, b);
		drawing_end();
	}
	free(key);
	return b;
}

struct blob *
sound_music(uint64_t look, double seconds)
{
	return music_make(look, seconds, false);
}

struct blob *
sound_song(uint64_t look, double seconds)
{
	return music_make(look, seconds, true);
}

/* ---- speech ---- */

/* Each character a short tone; white space and stops are silence. */
static double
char_pitch(unsigned char c, double base)
{
	if (c <= ' ' || strchr(".,;:!?-\"'()", c) != NULL)
		return 0;
	return base * (1.0 + (double)(c % 13) / 26.0);
}

static int16_t *
speech_draw(const struct speech_spec *s, int rate, size_t *samples)
{
	size_t	 chars = strlen(s->text), i;
	double	 seconds = (double)(chars ? chars : 1) / CHARS_PER_S / s->rate + 0.2;
	double	 limit = setting(SET_speech_max_seconds), phase = 0;
	double	 base = (110.0 + (double)(s->look % 110)) * pow(2.0, s->pitch / 12.0);
	double	 loud = 7000.0 * pow(10.0, s->gain_db / 20.0);
	double	 per = (double)rate / CHARS_PER_S / s->rate;	/* samples a character */
	int16_t	*pcm;

	if (seconds > limit)
		seconds = limit;
	*samples = (size_t)(seconds * rate);
	pcm = xmalloc(*samples * 2 + 2);
	for (i = 0; i < *samples; i++) {
		size_t	 at = (size_t)((double)i / per);
		double	 hz = at < chars ? char_pitch((unsigned char)s->text[at], base) : 0;
		double	 into = ((double)i - (double)at * per) / per, v;

		phase += 2 * M_PI * hz / rate;
		v = hz > 0 ? loud * sin(phase) * sin(M_PI * into) : 0;
		pcm[i] = (int16_t)(v > 32767 ? 32767 : v < -32768 ? -32768 : v);
	}
	return pcm;
}

static unsigned char
mulaw(int v)
{
	int sign = v < 0 ? 0x80 : 0, exponent = 7, mask;

	v = (v < 0 ? -v : v) + 132;
	if (v > 32767)
		v = 32767;
	for (mask = 0x4000; (v & mask) == 0 && exponent > 0; mask >>= 1)
		exponent--;
	return (unsigned char)~(sign | exponent << 4 | (v >> (exponent + 3) & 15));
}

static unsigned char
alaw(int v)
{
	int sign = v >= 0 ? 0x80 : 0, exponent = 7, mask, code;

	v = v < 0 ? -v - 1 : v;
	if (v > 32767)
		v = 32767;
	for (mask = 0x4000; (v & mask) == 0 && exponent > 0; mask >>= 1)
		exponent--;
	code = exponent == 0 ? v >> 4 : exponent << 4 | (v >> (exponent + 3) & 15);
	return (unsigned char)((sign | code) ^ 0x55);
}

static struct blob *
g711_make(enum sound_format f, int rate, bool raw, const int16_t *pcm, size_t n)
{
	unsigned char	*b = xmalloc(n);
	struct blob	*out;
	size_t		 i;

	for (i = 0; i < n; i++)
		b[i] = f == SOUND_MULAW ? mulaw(pcm[i]) : alaw(pcm[i]);
	if (raw)
		return blob_new(&b, n);
	out = wav_make(f == SOUND_MULAW ? 7 : 6, 1, rate, 1, b, n);
	free(b);
	return out;
}

/* Encoders take only some rates: the nearest one above, else the highest. */
static int
rate_for(enum sound_format f, int rate)
{
	static const int mp3[] = { 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100,
	    48000, 0 };
	static const int opus[] = { 8000, 12000, 16000, 24000, 48000, 0 };
	const int *list = f == SOUND_OPUS ? opus : mp3;

	if (f != SOUND_OPUS && f != SOUND_MP3 && f != SOUND_M4A)
		return rate;
	while (list[1] != 0 && *list < rate)
		list++;
	return *list;
}

static struct blob *
speech_encode(enum sound_format f, int rate, bool raw, int16_t *pcm, size_t n)
{
	struct audio_spec	 mp3 = { "mp3", "libmp3lame", rate, 1, 32000 };
	struct audio_spec	 opus = { "ogg", "libopus", rate, 1, 32000 };
	struct audio_spec	 m4a = { "ipod", "aac", rate, 1, 48000 };
	unsigned char		*copy;

	switch (f) {
	case SOUND_WAV:
		return wav_make(1, 1, rate, 2, pcm, n * 2);
	case SOUND_PCM:
		copy = xmalloc(n * 2);
		memcpy(copy, pcm, n * 2);
		return blob_new(&copy, n * 2);
	case SOUND_MULAW:
	case SOUND_ALAW:
		return g711_make(f, rate, raw, pcm, n);
	case SOUND_MP3:
		return mux_audio(&mp3, pcm, n);
	case SOUND_OPUS:
		return mux_audio(&opus, pcm, n);
	case SOUND_M4A:
		return mux_audio(&m4a, pcm, n);
	}
	return NULL;
}

struct blob *
sound_speech(const struct speech_spec *s)
{
	int		 rate = rate_for(s->format, s->sample_rate);
	char		*key = xasprintf("speech %016llx %016llx %zu %g %g %g %d %d %d %g",
			    (unsigned long long)hash_text(s->text, 7),
			    (unsigned long long)s->look, strlen(s->text), s->rate, s->pitch,
			    s->gain_db, rate, (int)s->format, s->raw,
			    setting(SET_speech_max_seconds));
	struct blob	*b = cache_get(key);
	size_t		 n;
	int16_t		*pcm;

	if (b == NULL) {
		drawing_begin();
		pcm = speech_draw(s, rate, &n);
		b = speech_encode(s->format, rate, s->raw, pcm, n);
		free(pcm);
		if (b != NULL)
			cache_put(key, b);
		drawing_end();
	}
	free(key);
	return b;
}
