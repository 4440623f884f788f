/* actors/front/api_reset.c - a new password by a mailed token; the existing client asks for the
 * mail at the same path. Licence: Apache-2.0. */
#include "actors/front/api.h"
#include "actors/front/exchange.h"

static void
on_reset(struct exchange *x, unsigned err, struct bytes detail, const union msg_any *body)
{
	(void)body;
	if (err != 0)
		answer_error(x, err, detail);
	else
		answer_empty(x, body_has(x->body, "email") ? 202 : 204);
}

void
on_reset_password(struct exchange *x)
{
	struct bytes address = bytes_str(x->client->text);

	if (body_has(x->body, "email"))
		exchange_call(x, EDGE_front_auth, MSG_auth_forgot_password, &(struct msg_auth_forgot_password){
		    .email = body_text(x->body, "email"), .address = address }, 0, 0, on_reset);
	else
		exchange_call(x, EDGE_front_auth, MSG_auth_reset_password, &(struct msg_auth_reset_password){
		    .token = body_text(x->body, "token"), .password = body_text(x->body, "password"), .address = address }, 0, 0, on_reset);
}
