/* proto/media_types.tbl.h - the files that users may upload (shared contract, section 6). The
 * includer defines the macro; this file undefines it at its end. What their bytes begin with is
 * in media_type.c; the endings are those of studio.file_extension too (sql/migrations/).
 *     MEDIA_TYPE(name, MIME type, ending) */

MEDIA_TYPE(JPEG, "image/jpeg", "jpg")
MEDIA_TYPE(PNG,  "image/png",  "png")
MEDIA_TYPE(WebP, "image/webp", "webp")
MEDIA_TYPE(WAV,  "audio/wav",  "wav")
MEDIA_TYPE(MP3,  "audio/mpeg", "mp3")
MEDIA_TYPE(MP4,  "video/mp4",  "mp4")

#undef MEDIA_TYPE
