/* vertex_imagen_fields.c - what the instances and parameters of Imagen may hold.
 * Owns:  nothing.
 * Fails: never; check.c says what is wrong with a field. */
#include "vertex_imagen.h"

#define REFERENCES_MAX	4
#define SEED_MAX	4294967295.0

static const struct field output_fields[] = {
	{ .name = "mimeType", .kind = F_WORD, .choices = "image/png image/jpeg" },
	{ .name = "compressionQuality", .kind = F_INT, .min = 0, .max = 100 },
	{ 0 }
};

#define COMMON_FIELDS \
	{ .name = "sampleCount", .kind = F_INT, .min = 1, .max = 8 }, \
	{ .name = "storageUri", .kind = F_GCS_PREFIX }, \
	{ .name = "outputOptions", .kind = F_OBJECT, .sub = output_fields }, \
	{ .name = "includeRaiReason", .kind = F_BOOL }, \
	{ .name = "includeSafetyAttributes", .kind = F_BOOL }, \
	{ .name = "personGeneration", .kind = F_WORD, \
	    .choices = "dont_allow allow_adult allow_all" }, \
	{ .name = "safetySetting", .kind = F_WORD, \
	    .choices = "block_low_and_above block_medium_and_above block_only_high " \
	    "block_none block_most block_some block_few block_fewest" }

#define PROMPTED_FIELDS \
	{ .name = "aspectRatio", .kind = F_WORD, .choices = "1:1 3:4 4:3 9:16 16:9" }, \
	{ .name = "negativePrompt", .kind = F_STRING }, \
	{ .name = "seed", .kind = F_INT, .min = 0, .max = SEED_MAX }, \
	{ .name = "addWatermark", .kind = F_BOOL }, \
	{ .name = "guidanceScale", .kind = F_NUMBER, .min = 0, .max = 500 }, \
	{ .name = "language", .kind = F_WORD, \
	    .choices = "auto en es hi ja ko pt zh zh-CN zh-TW" }

const struct field imagen_generate_parameters[] = {
	COMMON_FIELDS, PROMPTED_FIELDS,
	{ .name = "sampleImageSize", .kind = F_WORD, .choices = "1K 2K" },
	{ .name = "enhancePrompt", .kind = F_BOOL },
	{ 0 }
};
const struct field imagen_generate_instance[] = {
	{ .name = "prompt", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ 0 }
};

static const struct field upscale_config[] = {
	{ .name = "upscaleFactor", .kind = F_WORD, .choices = "x2 x3 x4",
	    .flags = F_REQUIRED },
	{ .name = "enhanceInputImage", .kind = F_BOOL },
	{ .name = "imagePreservationFactor", .kind = F_NUMBER, .min = 0, .max = 1 },
	{ 0 }
};
const struct field imagen_upscale_parameters[] = {
	COMMON_FIELDS,
	{ .name = "mode", .kind = F_WORD, .choices = "upscale", .flags = F_REQUIRED },
	{ .name = "upscaleConfig", .kind = F_OBJECT, .sub = upscale_config,
	    .flags = F_REQUIRED },
	{ 0 }
};
const struct field imagen_upscale_instance[] = {
	{ .name = "prompt", .kind = F_STRING },
	{ .name = "image", .kind = F_OBJECT, .sub = vertex_image_fields,
	    .flags = F_REQUIRED },
	{ 0 }
};

static const struct field mask_config[] = {
	{ .name = "maskMode", .kind = F_WORD, .flags = F_REQUIRED, .choices =
	    "MASK_MODE_DEFAULT MASK_MODE_USER_PROVIDED MASK_MODE_BACKGROUND "
	    "MASK_MODE_FOREGROUND MASK_MODE_SEMANTIC" },
	{ .name = "maskClasses", .kind = F_ANY },
	{ .name = "dilation", .kind = F_NUMBER, .min = 0, .max = 1 },
	{ 0 }
};
static const struct field control_config[] = {
	{ .name = "controlType", .kind = F_WORD, .flags = F_REQUIRED, .choices =
	    "CONTROL_TYPE_DEFAULT CONTROL_TYPE_CANNY CONTROL_TYPE_SCRIBBLE "
	    "CONTROL_TYPE_FACE_MESH" },
	{ .name = "enableControlImageComputation", .kind = F_BOOL },
	{ .name = "computeControl", .kind = F_BOOL },
	{ 0 }
};
static const struct field style_config[] = {
	{ .name = "styleDescription", .kind = F_STRING },
	{ 0 }
};
static const struct field subject_config[] = {
	{ .name = "subjectType", .kind = F_WORD, .flags = F_REQUIRED, .choices =
	    "SUBJECT_TYPE_DEFAULT SUBJECT_TYPE_PERSON SUBJECT_TYPE_ANIMAL "
	    "SUBJECT_TYPE_PRODUCT" },
	{ .name = "subjectDescription", .kind = F_STRING, .min = 1, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field reference_fields[] = {
	{ .name = "referenceImage", .kind = F_OBJECT, .sub = vertex_image_fields },
	{ .name = "referenceId", .kind = F_INT, .min = 0, .max = 1e9, .flags = F_REQUIRED },
	{ .name = "referenceType", .kind = F_WORD, .flags = F_REQUIRED, .choices =
	    "REFERENCE_TYPE_RAW REFERENCE_TYPE_MASK REFERENCE_TYPE_CONTROL "
	    "REFERENCE_TYPE_STYLE REFERENCE_TYPE_SUBJECT" },
	{ .name = "maskImageConfig", .kind = F_OBJECT, .sub = mask_config },
	{ .name = "controlImageConfig", .kind = F_OBJECT, .sub = control_config },
	{ .name = "styleImageConfig", .kind = F_OBJECT, .sub = style_config },
	{ .name = "subjectImageConfig", .kind = F_OBJECT, .sub = subject_config },
	{ 0 }
};
const struct field imagen_edit_instance[] = {
	{ .name = "prompt", .kind = F_STRING, .flags = F_REQUIRED },
	{ .name = "referenceImages", .kind = F_LIST, .sub = reference_fields,
	    .min = 1, .max = REFERENCES_MAX, .flags = F_REQUIRED },
	{ 0 }
};
static const struct field edit_config[] = {
	{ .name = "baseSteps", .kind = F_INT, .min = 1, .max = 500 },
	{ 0 }
};
const struct field imagen_edit_parameters[] = {
	COMMON_FIELDS, PROMPTED_FIELDS,
	{ .name = "editMode", .kind = F_WORD, .choices =
	    "EDIT_MODE_DEFAULT EDIT_MODE_INPAINT_REMOVAL EDIT_MODE_INPAINT_INSERTION "
	    "EDIT_MODE_OUTPAINT EDIT_MODE_CONTROLLED_EDITING EDIT_MODE_STYLE "
	    "EDIT_MODE_BGSWAP EDIT_MODE_PRODUCT_IMAGE" },
	{ .name = "editConfig", .kind = F_OBJECT, .sub = edit_config },
	{ 0 }
};
