/* proto/net_address.h - is this address of the internet one that anybody may be sent to? The
 * special-purpose registries of IANA (RFC 6890) as tables. Pure.
 * Licence: Apache-2.0. */
#ifndef STUDIOD_PROTO_NET_ADDRESS_H
#define STUDIOD_PROTO_NET_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

/* NULL for a public address; else what it is, for people: "a private address". The bytes are in
 * network order. An IPv4 address inside of an IPv6 one (mapped, NAT64) is looked at too. */
const char *address4_special(const uint8_t a[4]);
const char *address6_special(const uint8_t a[16]);
/* 127.0.0.0/8 and ::1, mapped too. */
bool address4_loopback(const uint8_t a[4]);
bool address6_loopback(const uint8_t a[16]);

#endif
