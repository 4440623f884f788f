/* models.tbl.h - every publisher model, what it can do and within which limits.
 * Retired ones are served unless the setting "retired" is 1.
 *     MODEL(id, family, abilities, most, sizes, seconds, locations, retired)
 *
 * most       results of a call; GEMINI_IMAGE: input images
 * sizes      words; GEMINI_IMAGE: each with the tokens of an image of it
 * locations  words; the first is called where the path names none. REGIONS is all of them but
 *            global, us and eu. */

MODEL("imagegeneration@002", IMAGEN, CAN_GENERATE | CAN_UPSCALE | NO_WATERMARK, 8, "", "", REGIONS, 1)
MODEL("imagegeneration@005", IMAGEN, CAN_GENERATE | NO_WATERMARK, 4, "", "", REGIONS, 1)
MODEL("imagegeneration@006", IMAGEN, CAN_GENERATE, 4, "", "", REGIONS, 1)
MODEL("imagen-3.0-generate-001", IMAGEN, CAN_GENERATE, 4, "", "", REGIONS, 1)
MODEL("imagen-3.0-generate-002", IMAGEN, CAN_GENERATE, 4, "", "", REGIONS, 1)
MODEL("imagen-3.0-fast-generate-001", IMAGEN, CAN_GENERATE, 4, "", "", REGIONS, 1)
MODEL("imagen-3.0-capability-001", IMAGEN, CAN_EDIT, 4, "", "", REGIONS, 1)
MODEL("imagen-3.0-capability-002", IMAGEN, CAN_EDIT, 4, "", "", REGIONS, 1)
MODEL("imagen-4.0-generate-001", IMAGEN, CAN_GENERATE, 4, "1K 2K", "", REGIONS, 1)
MODEL("imagen-4.0-ultra-generate-001", IMAGEN, CAN_GENERATE, 4, "1K 2K", "", REGIONS, 1)
MODEL("imagen-4.0-fast-generate-001", IMAGEN, CAN_GENERATE, 4, "", "", REGIONS, 1)
MODEL("imagen-4.0-generate-preview-06-06", IMAGEN, CAN_GENERATE, 4, "1K 2K", "", REGIONS, 1)
MODEL("imagen-4.0-ultra-generate-preview-06-06", IMAGEN, CAN_GENERATE, 1, "1K 2K", "", REGIONS, 1)
MODEL("imagen-4.0-fast-generate-preview-06-06", IMAGEN, CAN_GENERATE, 4, "", "", REGIONS, 1)
MODEL("imagen-4.0-upscale-preview", IMAGEN, CAN_UPSCALE, 1, "", "", REGIONS, 0)

MODEL("veo-2.0-generate-001", VEO, CAN_EXTEND | CAN_REFERENCE | CAN_STYLE, 4, "720p", "5 6 7 8", REGIONS, 1)
MODEL("veo-2.0-generate-exp", VEO, CAN_EXTEND | CAN_REFERENCE | CAN_STYLE, 4, "720p", "5 6 7 8", REGIONS, 1)
MODEL("veo-2.0-generate-preview", VEO, CAN_EXTEND, 4, "720p", "5 6 7 8", REGIONS, 1)
MODEL("veo-3.0-generate-001", VEO, CAN_SOUND, 4, "720p 1080p", "4 6 8", REGIONS, 1)
MODEL("veo-3.0-fast-generate-001", VEO, CAN_SOUND, 4, "720p 1080p", "4 6 8", REGIONS, 1)
MODEL("veo-3.0-generate-preview", VEO, CAN_SOUND, 4, "720p 1080p", "4 6 8", REGIONS, 1)
MODEL("veo-3.0-fast-generate-preview", VEO, CAN_SOUND, 4, "720p 1080p", "4 6 8", REGIONS, 1)
MODEL("veo-3.1-generate-001", VEO, CAN_SOUND | CAN_EXTEND | CAN_REFERENCE, 4, "720p 1080p 4k", "4 6 8", "us-central1", 0)
MODEL("veo-3.1-fast-generate-001", VEO, CAN_SOUND | CAN_EXTEND | CAN_REFERENCE, 4, "720p 1080p 4k", "4 6 8", "us-central1", 0)
MODEL("veo-3.1-lite-generate-001", VEO, CAN_SOUND | CAN_EXTEND, 4, "720p 1080p", "4 6 8", "us-central1", 0)
MODEL("veo-3.1-generate-preview", VEO, CAN_SOUND | CAN_EXTEND | CAN_REFERENCE, 4, "720p 1080p 4k", "4 6 8", REGIONS, 1)
MODEL("veo-3.1-fast-generate-preview", VEO, CAN_SOUND | CAN_EXTEND | CAN_REFERENCE, 4, "720p 1080p 4k", "4 6 8", REGIONS, 1)

MODEL("lyria-002", LYRIA, 0, 4, "", "", "us-central1 global", 0)

/* Two generations of image models, by what they differ in. */
#define GEMINI_3	(CAN_THINK | SIGNS)
#define NANO_BANANA	(GEMINI_3 | RATIOS_TALL | RATIO_9_21 | NO_SAMPLING | NO_LOW)
#define FLASH		(GEMINI_3 | RATIOS_TALL | RATIO_9_21)
MODEL("gemini-nano-banana-2.1", GEMINI_IMAGE, NANO_BANANA, 14, "1K=1120 2K=1680 4K=3780", "", "global", 0)
MODEL("gemini-3.1-flash-image", GEMINI_IMAGE, FLASH, 14, "512=747 1K=1120 2K=1680 4K=2520", "", "global us eu", 0)
MODEL("gemini-3.1-flash-image-preview", GEMINI_IMAGE, FLASH, 14, "512=747 1K=1120 2K=1680 4K=2520", "", "global us eu", 1)
MODEL("gemini-3.1-flash-lite-image", GEMINI_IMAGE, GEMINI_3 | RATIOS_TALL, 14, "1K=1120", "", "global", 0)
MODEL("gemini-3-pro-image", GEMINI_IMAGE, GEMINI_3, 14, "1K=1120 2K=1120 4K=2000", "", "global", 0)
MODEL("gemini-3-pro-image-preview", GEMINI_IMAGE, GEMINI_3, 14, "1K=1120 2K=1120 4K=2000", "", "global", 1)
MODEL("gemini-2.5-flash-image", GEMINI_IMAGE, OLD_PIXELS, 3, "", "", "global us-central1 us-east1 us-east4 us-east5 "
    "us-south1 us-west1 us-west4 europe-central2 europe-north1 europe-southwest1 europe-west1 europe-west4 europe-west8", 0)
#undef GEMINI_3
#undef NANO_BANANA
#undef FLASH

MODEL("gemini-3.8-flash-tts", GEMINI_SPEECH, 0, 1, "", "", "global", 0)
MODEL("gemini-3.8-flash-lite-tts", GEMINI_SPEECH, 0, 1, "", "", "global", 0)

#undef MODEL
