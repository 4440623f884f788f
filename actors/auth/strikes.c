/* actors/auth/strikes.c - see strikes.h. Pure.
 * Licence: Apache-2.0. */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>

#include "actors/auth/strikes.h"

static const struct { enum strike_kind kind; const char *name; bool by_account, by_address; } kinds[] = {
	{ STRIKE_pair, "pair", true, true },
	{ STRIKE_account, "account", true, false },
	{ STRIKE_address, "address", false, true },
	{ STRIKE_register, "register", false, true },
	{ STRIKE_reset_for, "reset_for", true, false },
	{ STRIKE_reset_from, "reset_from", false, true },
	{ STRIKE_reset_with, "reset_with", false, true },
};

void
strike_network(struct bytes address, char out[NETWORK_TEXT])
{
	char text[NETWORK_TEXT];
	struct in6_addr a;

	snprintf(text, sizeof text, "%.*s", (int)address.n, address.p);
	if (inet_pton(AF_INET6, text, &a) != 1) {
		memcpy(out, text, sizeof text);
		return;
	}
	if (IN6_IS_ADDR_V4MAPPED(&a)) {		/* the same client as over IPv4 */
		inet_ntop(AF_INET, &a.s6_addr[12], out, NETWORK_TEXT);
		return;
	}
	memset(&a.s6_addr[8], 0, 8);
	inet_ntop(AF_INET6, &a, text, sizeof text);
	snprintf(out, NETWORK_TEXT, "%.45s/64", text);
}

static struct id
key_of(size_t row, const char *email, const char *network)
{
	crypto_generichash_state st;
	struct id key;

	crypto_generichash_init(&st, NULL, 0, sizeof key.b);
	crypto_generichash_update(&st, (const uint8_t *)kinds[row].name, strlen(kinds[row].name) + 1);
	if (kinds[row].by_account)
		crypto_generichash_update(&st, (const uint8_t *)email, strlen(email) + 1);
	if (kinds[row].by_address)
		crypto_generichash_update(&st, (const uint8_t *)network, strlen(network) + 1);
	crypto_generichash_final(&st, key.b, sizeof key.b);
	return key;
}

struct id
strike_key(enum strike_kind kind, const char *email, const char *network)
{
	size_t row = 0;

	while (row + 1 < COUNT(kinds) && kinds[row].kind != kind)
		row++;
	return key_of(row, email, network);
}

struct bytes
strike_subjects(unsigned wanted, const char *email, const char *network, char out[SUBJECTS_TEXT])
{
	size_t n = 0;
	char text[37];

	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (!(wanted & kinds[i].kind) || n > SUBJECTS_TEXT - 100)
			continue;
		struct id key = key_of(i, email, network);
		id_text(&key, text);
		n += (size_t)snprintf(out + n, SUBJECTS_TEXT - n, "%s{\"kind\":\"%s\",\"key\":\"%s\"}", n > 0 ? "," : "[", kinds[i].name, text);
	}
	n += (size_t)snprintf(out + n, SUBJECTS_TEXT - n, n > 0 ? "]" : "[]");
	return bytes_of(out, n);
}
