/* actors/vertex/models/rai.tbl.h - support codes of Google's responsible-AI filters, and the words by
 * which Gemini says why it blocked or ended. What is not defined is nothing.
 *     RAI(support code, reason as clients see it, text)
 *     RAI_WORD(blockReason or finishReason, reason, text) */

#ifndef RAI
#define RAI(code, reason, text)
#endif
#ifndef RAI_WORD
#define RAI_WORD(word, reason, text)
#endif

RAI(58061214, CHILD,                "The request may show or name a child")
RAI(17301594, CHILD,                "The result may have shown a child")
RAI(29310472, CELEBRITY,            "The request names or shows a public figure")
RAI(15236754, CELEBRITY,            "The result may have shown a public figure")
RAI(64151117, VIDEO_SAFETY,         "The video was held back by a safety check")
RAI(42237218, VIDEO_SAFETY,         "The video was held back by a safety check")
RAI(62263041, DANGEROUS,            "The content is possibly dangerous")
RAI(57734940, HATE,                 "The content is related to hate")
RAI(22137204, HATE,                 "The content is related to hate")
RAI(74803281, OTHER,                "The content was held back by a safety check")
RAI(29578790, OTHER,                "The content was held back by a safety check")
RAI(42876398, OTHER,                "The content was held back by a safety check")
RAI(39322892, PERSON_OR_FACE,       "People or faces are not allowed here")
RAI(92201652, PERSONAL_INFORMATION, "The request holds personal information")
RAI(89371032, PROHIBITED,           "The content is prohibited")
RAI(49114662, PROHIBITED,           "The content is prohibited")
RAI(72817394, PROHIBITED,           "The content is prohibited")
RAI(60599140, PROHIBITED,           "The content is prohibited")
RAI(63429089, SEXUAL_OR_PROHIBITED, "The content is sexual or prohibited")
RAI(35561574, THIRD_PARTY_CONTENT,  "The content may belong to somebody else")
RAI(35561575, THIRD_PARTY_CONTENT,  "The content may belong to somebody else")
RAI(90789179, SEXUAL,               "The content is sexual")
RAI(43188360, SEXUAL,               "The content is sexual")
RAI(78610348, TOXIC,                "The content is toxic")
RAI(61493863, VIOLENCE,             "The content is related to violence")
RAI(56562880, VIOLENCE,             "The content is related to violence")
RAI(32635315, VULGAR,               "The content is vulgar")

RAI_WORD(SAFETY,                   OTHER,                "The content was held back by a safety check")
RAI_WORD(IMAGE_SAFETY,             OTHER,                "The image was held back by a safety check")
RAI_WORD(MODEL_ARMOR,              OTHER,                "The content was held back by a safety check")
RAI_WORD(JAILBREAK,                OTHER,                "The request tries to get around the model's rules")
RAI_WORD(LANGUAGE,                 OTHER,                "The model does not know the language")
RAI_WORD(OTHER,                    OTHER,                "The content was held back by a safety check")
RAI_WORD(IMAGE_OTHER,              OTHER,                "The image was held back by a safety check")
RAI_WORD(NO_IMAGE,                 OTHER,                "The model made no image of it")
RAI_WORD(STOP,                     OTHER,                "The model made nothing of it")
RAI_WORD(MAX_TOKENS,               OTHER,                "The model came to no end with it")
RAI_WORD(BLOCKLIST,                PROHIBITED,           "The request holds words that are not allowed")
RAI_WORD(PROHIBITED_CONTENT,       PROHIBITED,           "The content is prohibited")
RAI_WORD(IMAGE_PROHIBITED_CONTENT, PROHIBITED,           "The content is prohibited")
RAI_WORD(SPII,                     PERSONAL_INFORMATION, "The content holds personal information")
RAI_WORD(RECITATION,               RECITATION,           "The result resembled an existing work")
RAI_WORD(IMAGE_RECITATION,         RECITATION,           "The result resembled an existing work")

#undef RAI
#undef RAI_WORD
