/* actors/poller/kinds.tbl.h - what a job's kind means to its life.
 *     KIND(name, error code, Google writes the result to storage itself, what it is called in messages)
 * The third column says how long it is worth looking for the result of an unclear start:
 * what Google stores by itself may still appear, an answer that was lost on the way never will. */

KIND(IMAGE, IMAGEN_API_ERROR, true,  "image")
KIND(VIDEO, VEO_API_ERROR,    true,  "video")
KIND(MUSIC, LYRIA_API_ERROR,  false, "music")
KIND(AUDIO, CHIRP_API_ERROR,  false, "speech")

#undef KIND
