/* handlers.h - the functions that routes.tbl.h names, by the file they live in.
 * Each reads its request, and leaves exactly one reply in it. */
#ifndef EMULATOR_HANDLERS_H
#define EMULATOR_HANDLERS_H

#include "http.h"

/* oauth.c */
void	oauth_token(struct request *);
/* metadata.c */
void	metadata_get(struct request *);
void	iam_call(struct request *);
/* vertex.c */
void	vertex_call(struct request *);
/* interactions.c */
void	interactions_create(struct request *);
void	interactions_get(struct request *);
void	interactions_cancel(struct request *);
/* tts.c */
void	tts_synthesize(struct request *);
void	tts_voices(struct request *);
/* storage.c; the list: storage_list.c */
void	storage_get(struct request *);
void	storage_delete(struct request *);
void	storage_patch(struct request *);
void	storage_list(struct request *);
void	storage_bucket(struct request *);
/* upload.c; chunks, cancel: upload_session.c */
extern const struct stream_ops upload_start_stream;
extern const struct stream_ops upload_chunk_stream;
extern const struct stream_ops upload_signed_stream;
void	upload_end(struct request *);
void	upload_cancel(struct request *);
/* storage_xml.c */
void	xml_call(struct request *);
/* control.c */
void	control_get(struct request *);
void	control_settings_get(struct request *);
void	control_settings_post(struct request *);
void	control_tokens_delete(struct request *);

#endif
