/* actors/poller/kinds.tbl.h - what a job's kind means to its life.
 *     KIND(name, error code, what it is called in messages) */

KIND(IMAGE, IMAGEN_API_ERROR, "image")
KIND(VIDEO, VEO_API_ERROR,    "video")
KIND(MUSIC, LYRIA_API_ERROR,  "music")
KIND(AUDIO, CHIRP_API_ERROR,  "speech")

#undef KIND
