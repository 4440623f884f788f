/* actors/vertex/google_url.c - where a call to Google goes. Pure. See google.h.
 * Licence: Apache-2.0. */
#include "actors/vertex/encode.h"
#include "actors/vertex/google.h"

int
google_vertex_host(const struct google *g, struct buf *url, const char *location)
{
	if (g->vertex[0] != '\0')
		return buf_str(url, g->vertex);
	if (strcmp(location, "global") == 0)
		return buf_str(url, "https://aiplatform.googleapis.com");
	if (strcmp(location, "us") == 0 || strcmp(location, "eu") == 0)
		return buf_printf(url, "https://aiplatform.%s.rep.googleapis.com", location);
	return buf_printf(url, "https://%s-aiplatform.googleapis.com", location);
}

int
google_model_url(const struct google *g, struct buf *url, const char *project, const char *location,
    const char *model, const char *verb)
{
	if (location[0] == '\0')
		location = g->location;
	if (project[0] == '\0')
		project = g->project;
	return google_vertex_host(g, url, location) |
	    buf_printf(url, "/v1/projects/%s/locations/%s/publishers/google/models/%s:%s", project, location, model, verb);
}

int
google_interactions_url(const struct google *g, struct buf *url, const char *project, const char *location)
{
	if (project[0] == '\0')
		project = g->project;
	return google_vertex_host(g, url, location) |
	    buf_printf(url, "/v1beta1/projects/%s/locations/%s/interactions", project, location);
}
