/* tests/fuzz/fuzz_google.c - what vertex reads of Google's answers and of stored media, and
 * the fields of a generation that it maps. The first byte of the input chooses the reader.
 * Licence: Apache-2.0. */
#include <stdlib.h>

#include "actors/vertex/encode.h"
#include "actors/vertex/http.h"
#include "actors/vertex/models/maker.h"
#include "actors/vertex/media_probe.h"
#include "proto/media_check.h"
#include "proto/media_type.h"
#include "tests/fuzz/fuzz.h"

static void
must_be_text(const char *s)
{
	if (!utf8_valid(s, strlen(s)))
		abort();
}

static void
read_items(enum maker_method method, const char *p, size_t n)
{
	json_t *json = json_loadb(p, n, 0, NULL), *wire = json_object();
	struct items items = { .n = 0 };
	const json_t *status = NULL;
	struct outcome o;

	if (json_is_object(json)) {
		if (method == MAKER_COUNT)
			operation_read(json, &items, &status);
		else
			maker_of(method)->read(json, wire, &items);
		if (items.n > ITEMS_MAX)
			abort();
		outcome_filtered(&o, items.reasons, "p");
		must_be_text(o.detail);
		outcome_of_status(&o, status, E_VEO_API_ERROR, "p");
		must_be_text(o.detail);
	}
	items_free(&items);
	json_decref(wire);
	json_decref(json);
}

static void
read_error(const char *p, size_t n)
{
	struct http_answer a = { .end = HTTP_ANSWERED, .status = 400, .content_type = "", .why = "" };
	struct outcome o;

	if (buf_add(&a.body, p, n) != 0)
		return;
	outcome_of_http(&o, &a, PHASE_START, E_IMAGEN_API_ERROR, "studio-test");
	must_be_text(o.detail);
	buf_free(&a.body);
}

static void
read_media(const char *p, size_t n)
{
	struct media_facts f;
	struct buf b = { 0 };

	for (unsigned i = 0; i < 2; i++) {	/* all of it, and its beginning */
		media_probe(&f, p, n, n + i * 5000000u);
		if (!(f.seconds >= 0 && f.seconds <= 86400))
			abort();
	}
	uint64_t size;
	if (buf_add(&b, p, n) == 0 && wav_cut_head(b.p, b.n, 0.01, &size) && size > (uint64_t)b.n + INT32_MAX)
		abort();
	b.n = 0;
	if (buf_add(&b, p, n) == 0 && wav_cut(&b, 0.01) && b.n >= n)
		abort();
	buf_free(&b);
}

static void
read_base64(const char *p, size_t n)
{
	struct buf plain = { 0 }, again = { 0 }, same = { 0 };

	if (base64_decode(&plain, p, n) == 0 && base64_encode(&again, plain.p, plain.n, false) == 0 &&
	    (base64_decode(&same, again.p, again.n) != 0 || same.n != plain.n))
		abort();
	buf_free(&plain);
	buf_free(&again);
	buf_free(&same);
}

static void
map_fields(enum kind kind, const char *p, size_t n)
{
	json_t *request = json_loadb(p, n, 0, NULL);
	struct outcome why = { 0 };
	struct media_refusal refusal;
	struct bytes asked = bytes_str(request_text(request, "model", ""));
	struct mapping m = { .model = media_check(kind, asked, request, "", &refusal), .request = request,
		.own_prefix = "gs://b/users/u/", .why = &why };
	struct wires wires = { .n = 0 };

	if (m.model == NULL) {
		must_be_text(refusal.field);
		must_be_text(refusal.text);
		m.model = model_resolve(kind, BYTES(""), PURPOSE_plain, "");
	}
	const struct maker *maker = maker_of(m.model->method);
	struct stored s = { .size = n, .mime = "image/png", .facts = { (uint32_t)n, (uint32_t)n, 0 } };
	int rc = json_is_object(request) ? maker->build(&m, "gs://b/x/", &wires) : 0;
	for (size_t i = 0; rc == 0 && i < wires.sources; i++)
		rc = maker->source(&m, &wires.source[i], &s, wires.body[0]);
	if (rc != 0 && why.code == 0)
		abort();
	wires_free(&wires);
	json_decref(request);
}

/* A line of an answer's head; and what a file could be that begins so. */
static void
read_head(const char *p, size_t n)
{
	struct http_answer a = { 0 };

	http_head_line(&a, p, n);
	if (strlen(a.location) >= sizeof a.location)
		abort();
	media_sniff(p, n);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	const char *p = (const char *)data + 1;

	if (n == 0)
		return 0;
	n--;
	switch (data[0] % 12) {
	case 0: for (unsigned m = 0; m < MAKER_COUNT; m++) read_items(m, p, n); break;
	case 1: read_items(MAKER_veo_operation, p, n); break;
	case 2: read_items(MAKER_lyria_predict, p, n); break;
	case 3: read_items(MAKER_speech_synthesize, p, n); break;
	case 4: read_items(MAKER_COUNT, p, n); break;
	case 5: read_error(p, n); break;
	case 6: read_media(p, n); read_head(p, n); break;
	case 7: read_base64(p, n); break;
	default: map_fields((enum kind)(KIND_IMAGE + data[0] % 4), p, n); break;
	}
	return 0;
}
