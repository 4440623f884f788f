/* supervisor/handover.c - see handover.h.
 * Licence: Apache-2.0. */
#include "actors/common/secret.h"
#include "supervisor/handover.h"

static const struct {
	const char *name;
	unsigned receivers;
} key_rows[KEY_COUNT] = {
#define KEY(name, receivers, prose) [KEY_##name] = { #name, receivers },
#include "supervisor/keys.tbl.h"
};

int
handover_init(struct handover *h)
{
	h->keys = secret_alloc(KEY_COUNT * KEY_BYTES);
	if (h->keys == NULL)
		return -1;
	random_bytes(h->keys, KEY_COUNT * KEY_BYTES);
	return 0;
}

void
handover_free(struct handover *h)
{
	secret_free(h->keys, KEY_COUNT * KEY_BYTES);
	h->keys = NULL;
}

/* Settings that name a file: what is handed over is what it holds. */
static const char *
content_of(const struct prepared *p, enum setting_id id)
{
	switch (id) {
	case SET_TLS_CERT:
		return p->tls_cert;
	case SET_TLS_KEY:
		return p->tls_key;
	case SET_GOOGLE_APPLICATION_CREDENTIALS:
		return p->google_credentials;
	case SET_SMTP_CA:
		return p->smtp_ca;
	default:
		return NULL;
	}
}

void
handover_settings(const struct handover *h, const struct prepared *p, enum role role,
    void (*give)(void *arg, const char *name, struct bytes value, bool secret), void *arg)
{
	for (int i = 0; i < SET_COUNT; i++) {
		const struct setting_row *row = &setting_rows[i];
		const char *name = i == SET_GOOGLE_APPLICATION_CREDENTIALS ? "GOOGLE_CREDENTIALS" : row->name;
		char number[24];

		if (!(row->receivers & 1u << role) || p->settings.value[i] == NULL)
			continue;
		if (row->type == ST_file || row->type == ST_secret_file) {
			const char *content = content_of(p, (enum setting_id)i);
			if (content != NULL)
				give(arg, name, bytes_str(content), row->type == ST_secret_file);
		} else if (setting_is_numeric(row->type)) {
			int n = snprintf(number, sizeof number, "%llu", (unsigned long long)p->settings.number[i]);
			give(arg, name, bytes_of(number, (size_t)n), false);
		} else {
			give(arg, name, bytes_str(p->settings.value[i]), setting_is_secret(row->type));
		}
	}
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (key_rows[i].receivers & 1u << role)
			give(arg, key_rows[i].name, bytes_of(h->keys + i * KEY_BYTES, KEY_BYTES), true);
}

void
handover_resources(const struct prepared *p, enum role role, uint32_t instance,
    void (*lend)(void *arg, const char *name, int fd), void *arg)
{
	if (role == ROLE_front)
		for (size_t i = 0; i < LISTENERS; i++)
			if (p->listeners[i].fd >= 0 && (instance == 0 || strcmp(p->listeners[i].name, "ops") != 0))
				lend(arg, p->listeners[i].name, p->listeners[i].fd);
	if (role == ROLE_db && p->has_postgres)
		lend(arg, "pgsocket", p->postgres.run_fd);
	if (role == ROLE_notifier && p->mail_dir >= 0)
		lend(arg, "maildir", p->mail_dir);
}
