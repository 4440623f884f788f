/* settings.tbl.h - every number that shapes the emulator's behaviour, once.
 * Yields the command line flags (--video-seconds), the keys of
 * POST /emulator/settings ("video_seconds"), their ranges and the help text.
 *     SETTING(name, default, lowest, highest, prose) */

SETTING(video_seconds,	4,	0,	3600,	"how long a Veo operation, or an Omni interaction, stays running")
SETTING(polls,		0,	0,	1000,	"so many polls after its time still find an operation, or an interaction, running")
SETTING(image_ms,	150,	0,	600000,	"delay before an Imagen answer")
SETTING(music_ms,	150,	0,	600000,	"delay before a Lyria answer, of 2 and of 3")
SETTING(speech_ms,	30,	0,	600000,	"delay before a Text-to-Speech answer")
SETTING(storage_ms,	0,	0,	600000,	"delay before a storage answer")
SETTING(token_ms,	0,	0,	600000,	"delay before a token answer")
SETTING(music_seconds,	4,	0.1,	184,	"length of a music clip (the real one gives about 32.8); of lyria-3-pro twice that")
SETTING(speech_max_seconds, 30,	1,	700,	"speech is cut at this length")
SETTING(video_scale,	1,	0.05,	1,	"frame size of a clip as a part of the real one")
SETTING(video_looks,	16,	1,	1000000, "how many different-looking clips are drawn; bytes always differ by prompt")
SETTING(image_scale,	1,	0.05,	1,	"size of an image as a part of the real one")
SETTING(cache_mib,	96,	0,	4096,	"memory for media already made")
SETTING(token_seconds,	3599,	1,	43200,	"life of an access token")
SETTING(retired,	0,	0,	1,	"1: retired model ids answer 404")
SETTING(require_storage_auth, 0, 0,	1,	"1: storage JSON calls need a bearer token")
SETTING(signed_url_skew, 900,	0,	86400,	"seconds a signed URL may be dated ahead of the clock")
SETTING(sync_duration_error, 0,	0,	1,	"1: a Veo length the model cannot make is a 400, not a failed operation")
SETTING(lyria_audio_content, 0,	0,	1,	"1: Lyria answers in audioContent, not bytesBase64Encoded")
SETTING(interactions_outputs, 0, 0,	1,	"1: Interactions answer in the older outputs[], not in steps[]")
SETTING(fsync,		1,	0,	1,	"0: do not wait for the disk (faster, not durable)")

#undef SETTING
