/* voices.tbl.h - the speakers of Chirp 3 HD and Gemini-TTS, and the locales.
 *     VOICE(name, gender)   LOCALES: words separated by spaces */

#ifdef VOICE
VOICE("Achernar", FEMALE) VOICE("Aoede", FEMALE) VOICE("Autonoe", FEMALE)
VOICE("Callirrhoe", FEMALE) VOICE("Despina", FEMALE) VOICE("Erinome", FEMALE)
VOICE("Gacrux", FEMALE) VOICE("Kore", FEMALE) VOICE("Laomedeia", FEMALE)
VOICE("Leda", FEMALE) VOICE("Pulcherrima", FEMALE) VOICE("Sulafat", FEMALE)
VOICE("Vindemiatrix", FEMALE) VOICE("Zephyr", FEMALE)
VOICE("Achird", MALE) VOICE("Algenib", MALE) VOICE("Algieba", MALE)
VOICE("Alnilam", MALE) VOICE("Charon", MALE) VOICE("Enceladus", MALE)
VOICE("Fenrir", MALE) VOICE("Iapetus", MALE) VOICE("Orus", MALE)
VOICE("Puck", MALE) VOICE("Rasalgethi", MALE) VOICE("Sadachbia", MALE)
VOICE("Sadaltager", MALE) VOICE("Schedar", MALE) VOICE("Umbriel", MALE)
VOICE("Zubenelgenubi", MALE)
#undef VOICE
#endif

#define LOCALES "ar-XA bg-BG bn-IN cmn-CN cs-CZ da-DK de-DE el-GR en-AU en-GB en-IN " \
	"en-US es-ES es-US et-EE fi-FI fr-CA fr-FR gu-IN he-IL hi-IN hr-HR hu-HU id-ID " \
	"it-IT ja-JP kn-IN ko-KR lt-LT lv-LV ml-IN mr-IN nb-NO nl-BE nl-NL pa-IN pl-PL " \
	"pt-BR ro-RO ru-RU sk-SK sl-SI sr-RS sv-SE sw-KE ta-IN te-IN th-TH tr-TR uk-UA " \
	"ur-IN vi-VN"
