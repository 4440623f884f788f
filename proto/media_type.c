/* proto/media_type.c - see media_type.h.
 * Owns: nothing. Fails: NULL for what is none of the types.
 * Licence: Apache-2.0. */
#include "proto/byte_order.h"
#include "proto/media_type.h"
#include "proto/mpeg_audio.h"

enum {
#define MEDIA_TYPE(name, mime, extension) T_##name,
#include "proto/media_types.tbl.h"
	T_COUNT
};
static const struct media_type types[T_COUNT] = {
#define MEDIA_TYPE(name, mime, extension) { #name, mime, extension },
#include "proto/media_types.tbl.h"
};

static bool
at(const unsigned char *p, size_t n, size_t where, const char *text, size_t len)
{
	return n >= where + len && memcmp(p + where, text, len) == 0;
}
#define AT(where, literal) at(p, n, where, literal, sizeof(literal) - 1)

/* An ID3 tag, or a frame that is followed by another where it ends. */
static bool
is_mp3(const unsigned char *p, size_t n)
{
	struct mpeg_frame f;

	if (id3_size(p, n) > 0)
		return true;
	return n >= MPEG_HEAD && mpeg_frame_read(&f, p) && (f.bytes + (size_t)MPEG_HEAD > n || mpeg_frame_read(&f, p + f.bytes));
}

static bool
is_mp4_brand(const unsigned char *p)
{
	static const char brands[][5] = { "isom", "iso2", "iso3", "iso4", "iso5", "iso6", "mp41", "mp42", "avc1", "M4V ", "dash", "mmp4", "MSNV" };

	for (size_t i = 0; i < COUNT(brands); i++)
		if (memcmp(p, brands[i], 4) == 0)
			return true;
	return false;
}

/* A file type box that names a brand of MP4, as its own or as one that it is compatible with. */
static bool
is_mp4(const unsigned char *p, size_t n)
{
	if (n < 16 || !AT(4, "ftyp"))
		return false;
	size_t box = be32(p);
	if (box < 16 || box % 4 != 0)
		return false;
	for (size_t i = 8; i + 4 <= box && i + 4 <= n; i += i == 8 ? 8 : 4)	/* behind the first is a version */
		if (is_mp4_brand(p + i))
			return true;
	return false;
}

const struct media_type *
media_sniff(const void *bytes, size_t n)
{
	const unsigned char *p = bytes;

	if (n > MEDIA_SNIFF_BYTES)
		n = MEDIA_SNIFF_BYTES;
	if (AT(0, "\xff\xd8\xff"))
		return &types[T_JPEG];
	if (AT(0, "\x89PNG\r\n\x1a\n"))
		return &types[T_PNG];
	if (AT(0, "RIFF") && AT(8, "WEBPVP8"))
		return &types[T_WebP];
	if (AT(0, "RIFF") && AT(8, "WAVE"))
		return &types[T_WAV];
	if (is_mp4(p, n))
		return &types[T_MP4];
	return is_mp3(p, n) ? &types[T_MP3] : NULL;
}

const struct media_type *
media_type_of(struct bytes mime)
{
	for (size_t i = 0; i < T_COUNT; i++)
		if (bytes_eq(mime, types[i].mime))
			return &types[i];
	return NULL;
}

const char *
media_extension(struct bytes mime)
{
	static const char *const others[][2] = { { "audio/ogg", "ogg" }, { "audio/x-wav", "wav" }, { "audio/mp3", "mp3" } };
	const struct media_type *t = media_type_of(mime);

	for (size_t i = 0; i < COUNT(others) && t == NULL; i++)
		if (bytes_eq(mime, others[i][0]))
			return others[i][1];
	return t != NULL ? t->extension : "";
}
