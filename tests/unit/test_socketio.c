/* tests/unit/test_socketio.c - packets of Engine.IO 4 and Socket.IO 5, by the letter of their
 * documents, and what is none.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "actors/front/realtime/engineio.h"
#include "actors/front/realtime/socketio.h"

static void
a_packet_is_a_digit_and_text(void **state)
{
	struct engineio_packet p;

	(void)state;
	assert_true(engineio_packet(BYTES("4hello"), &p));
	assert_int_equal(p.type, ENGINEIO_MESSAGE);
	assert_true(bytes_eq(p.data, "hello") && !p.binary);
	assert_true(engineio_packet(BYTES("2"), &p));
	assert_true(p.type == ENGINEIO_PING && p.data.n == 0);
	assert_true(engineio_packet(BYTES("2probe"), &p));
	assert_true(bytes_eq(p.data, "probe"));
	assert_true(engineio_packet(BYTES("bAQIDBA=="), &p));
	assert_true(p.binary && bytes_eq(p.data, "AQIDBA=="));
	assert_false(engineio_packet(BYTES(""), &p));
	assert_false(engineio_packet(BYTES("abc"), &p));
	assert_false(engineio_packet(BYTES("7"), &p));
	assert_false(engineio_packet(BYTES("/"), &p));
}

static void
a_payload_is_packets_between_separators(void **state)
{
	struct bytes rest = BYTES("4test1\x1e" "4test2\x1e\x1e" "4test3\x1e"), one, none = BYTES("");
	static const char *const wanted[] = { "4test1", "4test2", "", "4test3" };

	(void)state;
	for (size_t i = 0; i < COUNT(wanted); i++) {
		assert_true(engineio_next(&rest, &one));
		assert_true(bytes_eq(one, wanted[i]));
	}
	assert_false(engineio_next(&rest, &one));	/* nothing stands behind the last one */
	assert_false(engineio_next(&rest, &one));
	assert_false(engineio_next(&none, &one));
}

static void
a_query_names_version_transport_and_session(void **state)
{
	struct engineio_query q;

	(void)state;
	engineio_query(BYTES("EIO=4&transport=polling&t=N8hyd6w&own=%20"), &q);
	assert_true(q.version == 4 && q.transport == TRANSPORT_POLLING && q.sid.n == 0 && !q.jsonp && !q.twice);
	engineio_query(BYTES("EIO=3&transport=websocket&sid=abc&j=0"), &q);
	assert_true(q.version == 3 && q.transport == TRANSPORT_WEBSOCKET && bytes_eq(q.sid, "abc") && q.jsonp);
	engineio_query(BYTES("EIO=abc&transport=webtransport"), &q);
	assert_true(q.version == 0 && q.transport == TRANSPORT_UNKNOWN);
	engineio_query(BYTES("EIO&&=&sid&transport=polling&"), &q);
	assert_true(q.version == 0 && q.transport == TRANSPORT_POLLING && q.sid.n == 0 && !q.twice);
	engineio_query(BYTES("sid=a&EIO=4&sid=b"), &q);
	assert_true(q.twice);
	engineio_query(BYTES(""), &q);
	assert_true(q.version == 0 && q.transport == TRANSPORT_UNKNOWN);
	engineio_query(BYTES("EIO=99999999999"), &q);
	assert_int_equal(q.version, 0);
}

static void
the_handshake_and_errors_are_what_clients_read(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(engineio_open(&b, "lv_VI97HAXpY6yYWAAAC", true), 0);
	buf_add(&b, "\n", 1);
	assert_int_equal(engineio_open(&b, "a", false), 0);
	buf_add(&b, "\n", 1);
	assert_int_equal(engineio_error_json(&b, ENGINEIO_SESSION_UNKNOWN), 0);
	buf_add(&b, "", 1);
	assert_string_equal(b.p,
	    "0{\"sid\":\"lv_VI97HAXpY6yYWAAAC\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":65536}\n"
	    "0{\"sid\":\"a\",\"upgrades\":[],\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":65536}\n"
	    "{\"code\":1,\"message\":\"Session ID unknown\"}");
	buf_free(&b);
	assert_int_equal(engineio_error_status(ENGINEIO_FORBIDDEN), 403);
	assert_int_equal(engineio_error_status(ENGINEIO_VERSION_UNKNOWN), 400);
}

/* ---- Socket.IO ---- */

static const struct {
	const char *text;
	enum socketio_type type;
	uint32_t attachments;
	const char *name;
	bool has_id;
	uint64_t id;
	const char *data;
} packets[] = {
	{ "0", SOCKETIO_CONNECT, 0, "/", false, 0, "" },
	{ "0{\"token\":\"t\"}", SOCKETIO_CONNECT, 0, "/", false, 0, "{\"token\":\"t\"}" },
	{ "0/admin", SOCKETIO_CONNECT, 0, "/admin", false, 0, "" },
	{ "0/admin,", SOCKETIO_CONNECT, 0, "/admin", false, 0, "" },
	{ "0/admin,{\"a\":1}", SOCKETIO_CONNECT, 0, "/admin", false, 0, "{\"a\":1}" },
	{ "1", SOCKETIO_DISCONNECT, 0, "/", false, 0, "" },
	{ "1/admin,", SOCKETIO_DISCONNECT, 0, "/admin", false, 0, "" },
	{ "2[\"foo\"]", SOCKETIO_EVENT, 0, "/", false, 0, "[\"foo\"]" },
	{ "212[\"foo\"]", SOCKETIO_EVENT, 0, "/", true, 12, "[\"foo\"]" },
	{ "2/admin,13[\"foo\"]", SOCKETIO_EVENT, 0, "/admin", true, 13, "[\"foo\"]" },
	{ "3/admin,13[\"bar\"]", SOCKETIO_ACK, 0, "/admin", true, 13, "[\"bar\"]" },
	{ "51-[\"baz\",{\"_placeholder\":true,\"num\":0}]", SOCKETIO_BINARY_EVENT, 1, "/", false, 0, "[\"baz\",{\"_placeholder\":true,\"num\":0}]" },
	{ "52-/admin,7[\"baz\"]", SOCKETIO_BINARY_EVENT, 2, "/admin", true, 7, "[\"baz\"]" },
	{ "61-15[\"bar\"]", SOCKETIO_BINARY_ACK, 1, "/", true, 15, "[\"bar\"]" },
	{ "2999999999999999[]", SOCKETIO_EVENT, 0, "/", true, 999999999999999, "[]" },
};

static void
packets_are_read_as_the_document_has_them(void **state)
{
	struct socketio_packet p;

	(void)state;
	for (size_t i = 0; i < COUNT(packets); i++) {
		assert_true(socketio_packet(bytes_str(packets[i].text), &p));
		assert_int_equal(p.type, packets[i].type);
		assert_int_equal(p.attachments, packets[i].attachments);
		assert_true(bytes_eq(p.name, packets[i].name));
		assert_int_equal(p.has_id, packets[i].has_id);
		assert_int_equal(p.id, packets[i].id);
		assert_true(bytes_eq(p.data, packets[i].data));
	}
}

static void
what_is_no_packet_is_refused(void **state)
{
	static const char *const bad[] = { "", "7", "abc", "5[\"a\"]", "5-[\"a\"]", "51[\"a\"]", "51234-[]", "21234567890123456[]",
		"0/a\x1e" "b,", "0/a\nb,", "0/\xff,", "0/\x7f," };
	char longest[SOCKETIO_NAMESPACE_MAX + 4] = "0/";
	struct socketio_packet p;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++)
		assert_false(socketio_packet(bytes_str(bad[i]), &p));
	memset(longest + 2, 'n', SOCKETIO_NAMESPACE_MAX - 1);
	assert_true(socketio_packet(bytes_str(longest), &p));
	longest[SOCKETIO_NAMESPACE_MAX + 1] = 'n';
	assert_false(socketio_packet(bytes_str(longest), &p));
}

static void
packets_are_written_as_the_document_has_them(void **state)
{
	struct buf b = { 0 };

	(void)state;
	socketio_connected(&b, "S", "P.1");
	buf_add(&b, "\n", 1);
	socketio_refused(&b, BYTES("/random"), BYTES("Invalid namespace"), NULL);
	buf_add(&b, "\n", 1);
	socketio_refused(&b, BYTES("/"), BYTES("say \"please\"\x1e"), "UNAUTHORIZED");
	buf_add(&b, "\n", 1);
	socketio_event(&b, "media-generation-update", BYTES("{\"eventId\":7}"), 7);
	buf_add(&b, "\n", 1);
	socketio_acknowledged(&b, 12, BYTES("{}"));
	buf_add(&b, "\n", 1);
	socketio_disconnected(&b);
	buf_add(&b, "", 1);
	assert_string_equal(b.p, "40{\"sid\":\"S\",\"pid\":\"P.1\"}\n"
	    "44/random,{\"message\":\"Invalid namespace\"}\n"
	    "44{\"message\":\"say \\\"please\\\"\\u001e\",\"data\":{\"code\":\"UNAUTHORIZED\"}}\n"
	    "42[\"media-generation-update\",{\"eventId\":7},\"7\"]\n"
	    "4312[{}]\n"
	    "41");
	buf_free(&b);
}

static void
a_position_is_a_number(void **state)
{
	uint64_t v;

	(void)state;
	assert_true(socketio_position(BYTES("0"), &v) && v == 0);
	assert_true(socketio_position(BYTES("9223372036854775807"), &v) && v == INT64_MAX);
	assert_false(socketio_position(BYTES("9223372036854775808"), &v));
	assert_false(socketio_position(BYTES("12345678901234567890"), &v));
	assert_false(socketio_position(BYTES(""), &v));
	assert_false(socketio_position(BYTES("-1"), &v));
	assert_false(socketio_position(BYTES("1 "), &v));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_packet_is_a_digit_and_text),
		cmocka_unit_test(a_payload_is_packets_between_separators),
		cmocka_unit_test(a_query_names_version_transport_and_session),
		cmocka_unit_test(the_handshake_and_errors_are_what_clients_read),
		cmocka_unit_test(packets_are_read_as_the_document_has_them),
		cmocka_unit_test(what_is_no_packet_is_refused),
		cmocka_unit_test(packets_are_written_as_the_document_has_them),
		cmocka_unit_test(a_position_is_a_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
