/* models.tbl.h - every publisher model, what it can do and within which limits.
 * Retired ones are served unless the setting "retired" is 1.
 *     MODEL(id, family, abilities, most results, sizes, seconds, retired) */

MODEL("imagegeneration@002", IMAGEN, CAN_GENERATE | CAN_UPSCALE | NO_WATERMARK, 8, "", "", 1)
MODEL("imagegeneration@005", IMAGEN, CAN_GENERATE | NO_WATERMARK, 4, "", "", 1)
MODEL("imagegeneration@006", IMAGEN, CAN_GENERATE, 4, "", "", 1)
MODEL("imagen-3.0-generate-001", IMAGEN, CAN_GENERATE, 4, "", "", 1)
MODEL("imagen-3.0-generate-002", IMAGEN, CAN_GENERATE, 4, "", "", 1)
MODEL("imagen-3.0-fast-generate-001", IMAGEN, CAN_GENERATE, 4, "", "", 1)
MODEL("imagen-3.0-capability-001", IMAGEN, CAN_EDIT, 4, "", "", 1)
MODEL("imagen-3.0-capability-002", IMAGEN, CAN_EDIT, 4, "", "", 1)
MODEL("imagen-4.0-generate-001", IMAGEN, CAN_GENERATE, 4, "1K 2K", "", 1)
MODEL("imagen-4.0-ultra-generate-001", IMAGEN, CAN_GENERATE, 4, "1K 2K", "", 1)
MODEL("imagen-4.0-fast-generate-001", IMAGEN, CAN_GENERATE, 4, "", "", 1)
MODEL("imagen-4.0-generate-preview-06-06", IMAGEN, CAN_GENERATE, 4, "1K 2K", "", 1)
MODEL("imagen-4.0-ultra-generate-preview-06-06", IMAGEN, CAN_GENERATE, 1, "1K 2K", "", 1)
MODEL("imagen-4.0-fast-generate-preview-06-06", IMAGEN, CAN_GENERATE, 4, "", "", 1)
MODEL("imagen-4.0-upscale-preview", IMAGEN, CAN_UPSCALE, 1, "", "", 0)

MODEL("veo-2.0-generate-001", VEO, CAN_EXTEND | CAN_REFERENCE | CAN_STYLE, 4, "720p", "5 6 7 8", 1)
MODEL("veo-2.0-generate-exp", VEO, CAN_EXTEND | CAN_REFERENCE | CAN_STYLE, 4, "720p", "5 6 7 8", 1)
MODEL("veo-2.0-generate-preview", VEO, CAN_EXTEND, 4, "720p", "5 6 7 8", 1)
MODEL("veo-3.0-generate-001", VEO, CAN_SOUND, 4, "720p 1080p", "4 6 8", 1)
MODEL("veo-3.0-fast-generate-001", VEO, CAN_SOUND, 4, "720p 1080p", "4 6 8", 1)
MODEL("veo-3.0-generate-preview", VEO, CAN_SOUND, 4, "720p 1080p", "4 6 8", 1)
MODEL("veo-3.0-fast-generate-preview", VEO, CAN_SOUND, 4, "720p 1080p", "4 6 8", 1)
MODEL("veo-3.1-generate-001", VEO, CAN_SOUND | CAN_EXTEND | CAN_REFERENCE, 4, "720p 1080p 4k", "4 6 8", 0)
MODEL("veo-3.1-fast-generate-001", VEO, CAN_SOUND | CAN_EXTEND | CAN_REFERENCE, 4, "720p 1080p 4k", "4 6 8", 0)
MODEL("veo-3.1-lite-generate-001", VEO, CAN_SOUND | CAN_EXTEND, 4, "720p 1080p", "4 6 8", 0)
MODEL("veo-3.1-generate-preview", VEO, CAN_SOUND | CAN_EXTEND | CAN_REFERENCE, 4, "720p 1080p 4k", "4 6 8", 1)
MODEL("veo-3.1-fast-generate-preview", VEO, CAN_SOUND | CAN_EXTEND | CAN_REFERENCE, 4, "720p 1080p 4k", "4 6 8", 1)

MODEL("lyria-002", LYRIA, 0, 4, "", "", 0)

#undef MODEL
