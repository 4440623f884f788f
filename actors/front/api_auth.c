/* actors/front/api_auth.c - register, login, refresh: credentials in, an AuthResponse out.
 * Licence: Apache-2.0. */
#include <stdio.h>

#include "actors/front/api.h"
#include "actors/front/exchange.h"

static int
add(struct buf *b, const char *literal)
{
	return buf_add(b, literal, strlen(literal));
}

/* Both readings of it: the specification's and the existing client's. */
static int
auth_response(struct buf *b, const struct msg_session_opened *m)
{
	char user[37], number[48];
	int rc;

	id_text(&m->user, user);
	snprintf(number, sizeof number, ",\"tokenType\":\"Bearer\",\"expiresIn\":%u", m->expires_in);
	rc = add(b, "{\"access_token\":") | json_text_add(b, m->access_token.p, m->access_token.n);
	rc |= add(b, ",\"refresh_token\":") | json_text_add(b, m->refresh_token.p, m->refresh_token.n);
	rc |= add(b, ",\"accessToken\":") | json_text_add(b, m->access_token.p, m->access_token.n);
	rc |= add(b, ",\"refreshToken\":") | json_text_add(b, m->refresh_token.p, m->refresh_token.n);
	rc |= add(b, number) | add(b, ",\"userId\":") | json_text_add(b, user, 36);
	rc |= add(b, ",\"role\":") | json_text_add(b, m->role.p, m->role.n);
	return rc | add(b, ",\"user\":") | buf_add(b, m->user_json.p, m->user_json.n) | add(b, "}");
}

static void
on_session(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	struct buf b = { 0 };

	if (err != 0)
		answer_error(x, err, detail);
	else if (auth_response(&b, &body->session_opened) != 0)
		answer_error(x, E_INTERNAL_ERROR, BYTES("out of memory"));
	else
		answer_json(x, x->endpoint->status, bytes_of(b.p, b.n));
	if (b.p != NULL)
		explicit_bzero(b.p, b.cap);
	buf_free(&b);
}

/* What a session's owner will recognise it by: the user agent, cut at a character. */
static struct bytes
device_of(const struct exchange *x)
{
	struct bytes agent = exchange_header(x, "user-agent");

	if (agent.n > 256)
		agent.n = 256;
	while (agent.n > 0 && !utf8_valid(agent.p, agent.n))
		agent.n--;
	return agent;
}

void
on_register(struct exchange *x)
{
	exchange_call(x, EDGE_front_auth, MSG_auth_register, &(struct msg_auth_register){
		.email = body_text(x->body, "email"), .password = body_text(x->body, "password"),
		.first_name = body_text(x->body, "firstName"), .last_name = body_text(x->body, "lastName"),
		.has_invite_code = body_has(x->body, "inviteCode"), .invite_code = body_text(x->body, "inviteCode"),
		.address = bytes_str(x->client->text), .device = device_of(x) }, 0, 0, on_session);
}

void
on_login(struct exchange *x)
{
	exchange_call(x, EDGE_front_auth, MSG_auth_login, &(struct msg_auth_login){
		.email = body_text(x->body, "email"), .password = body_text(x->body, "password"),
		.address = bytes_str(x->client->text), .device = device_of(x) }, 0, 0, on_session);
}

void
on_refresh(struct exchange *x)
{
	exchange_call(x, EDGE_front_auth, MSG_auth_refresh, &(struct msg_auth_refresh){
		.token = body_text(x->body, "refreshToken"),
		.address = bytes_str(x->client->text), .device = device_of(x) }, 0, 0, on_session);
}
