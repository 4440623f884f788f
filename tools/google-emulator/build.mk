# build.mk - what the main Makefile needs to know to build build/google-emulator.
EMULATOR_SRCS := $(addprefix tools/google-emulator/, \
	main.c settings.c util.c clock.c digest.c codings.c files.c cache.c \
	daemon.c http.c request.c reply.c router.c errors.c errors_details.c check.c control.c faults.c faults_form.c ledger.c \
	account.c oauth.c metadata.c \
	objects.c object_index.c object_resource.c object_writer.c crc32c.c gcs_uri.c storage.c storage_bytes.c storage_list.c upload.c upload_object.c upload_session.c multipart.c signed_url.c signed_url_text.c storage_xml.c \
	vertex.c vertex_media.c vertex_imagen.c vertex_imagen_fields.c vertex_lyria.c vertex_veo.c vertex_veo_poll.c operations.c jobs.c films.c \
	interactions.c interactions_check.c interactions_input.c interactions_answer.c interactions_lyria.c \
	interactions_omni.c \
	gemini.c gemini_answer.c gemini_image.c gemini_shape.c gemini_draw.c gemini_speech.c gemini_turns.c \
	tts.c tts_fields.c tts_input.c tts_voice.c \
	media_image.c media_probe.c media_sound.c media_video.c media_mp4.c mux.c)
EMULATOR_PKGS := libmicrohttpd jansson libcrypto libavcodec libavformat libswscale libavutil
EMULATOR_LIBS := -lm -lpthread
