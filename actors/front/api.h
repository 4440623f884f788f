/* actors/front/api.h - the handlers that rows of routes.tbl.h name, where on_ask (bind.h) does
 * not do. Each ends its exchange with exactly one answer_, now or from the end of a call.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_FRONT_API_H
#define STUDIOD_FRONT_API_H

struct exchange;

/* api_generate.c */
void on_generate(struct exchange *x);
/* api_models.c */
void on_models(struct exchange *x);
/* api_content.c */
void on_content(struct exchange *x);
void on_download(struct exchange *x);
/* api_events.c */
void on_event_stream(struct exchange *x);
/* api_upload.c */
void on_upload(struct exchange *x);
/* api_reset.c */
void on_reset_password(struct exchange *x);
/* api_health.c */
void on_healthz(struct exchange *x);
void on_readyz(struct exchange *x);
/* api_socket.c */
void on_socket(struct exchange *x);
/* pages.c */
void on_page(struct exchange *x);
/* metrics.c; on the ops listener only */
void on_metrics(struct exchange *x);

#endif
