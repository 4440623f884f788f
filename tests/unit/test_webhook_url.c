/* tests/unit/test_webhook_url.c - which addresses are public, and which URLs webhooks may go to.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include <arpa/inet.h>

#include "proto/net_address.h"
#include "proto/webhook_url.h"

static const char *
special(const char *text)
{
	uint8_t a[16];
	bool six = strchr(text, ':') != NULL;

	assert_int_equal(inet_pton(six ? AF_INET6 : AF_INET, text, a), 1);
	return six ? address6_special(a) : address4_special(a);
}

/* The first and the last address of each block, and their neighbours. */
static void
blocks_end_where_they_end(void **state)
{
	static const char *const not_public[] = {
		"0.0.0.0", "0.255.255.255", "10.0.0.0", "10.255.255.255", "100.64.0.0", "100.127.255.255", "127.0.0.1", "127.255.255.255",
		"168.63.129.16", "169.254.0.0", "169.254.169.254", "169.254.255.255", "172.16.0.0", "172.31.255.255", "192.0.0.0", "192.0.0.255",
		"192.0.2.1", "192.88.99.1", "192.168.0.0", "192.168.255.255", "198.18.0.0", "198.19.255.255", "198.51.100.1", "203.0.113.255",
		"224.0.0.0", "239.255.255.255", "240.0.0.0", "255.255.255.255",
		"::", "::1", "::2", "::7f00:1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::10.0.0.1", "64:ff9b::127.0.0.1",
		"64:ff9b:1::1", "64:ff9b:0:1::8.8.8.8", "100::1", "1fff::1", "2001::1", "2001:1ff::1", "2001:db8::1", "2001:db8:ffff::1",
		"2002::1", "2002:7f00:1::1", "2002:808:808::1", "2620:4f:8000::1", "3fff::1", "3fff:fff:ffff::1", "4000::1", "5f00::1",
		"fc00::1", "fd00:ec2::254", "fdff:ffff::1", "fe80::1", "febf::1", "fec0::1", "ff00::1", "ff02::1", "ffff::1",
	};
	static const char *const public[] = {
		"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "168.63.129.15", "168.63.129.17",
		"169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "191.255.255.255", "192.0.1.0", "192.0.3.0", "192.167.255.255",
		"192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255", "8.8.8.8",
		"2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7::1", "2001:db9::1", "2003::1", "2606:4700::1111", "3ffe::1", "3fff:1000::1",
		"::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(not_public); i++)
		if (special(not_public[i]) == NULL)
			fail_msg("%s counts as public", not_public[i]);
	for (size_t i = 0; i < COUNT(public); i++)
		if (special(public[i]) != NULL)
			fail_msg("%s counts as %s", public[i], special(public[i]));
	assert_string_equal(special("169.254.169.254"), "a link-local address");
	assert_string_equal(special("::ffff:127.0.0.1"), "a loopback address");
}

static const struct webhook_rules *
rules(bool loopback)
{
	static struct webhook_rules r;

	assert_int_equal(webhook_ports("443,8443,80", &r), 0);
	r.loopback = loopback;
	return &r;
}

static void
urls_of_the_internet(void **state)
{
	static const char *const fine[] = {
		"https://studio.test", "https://studio.test/", "https://studio.test/a/b?c=d%20e&f=[g]", "https://studio.test:443/", "https://studio.test:8443",
		"https://a-b.c_d.studio.test/", "HTTPS://Studio.Test/x", "https://8.8.8.8/", "https://[2606:4700::1111]:8443/x", "https://xn--bcher-kva.test/",
		"https://studio.test?x=@y", "https://1password.test/", "https://studio.test/../x", "https://10.example/",
	};
	static const char *const wrong[] = {
		"", "https://", "https:///x", "https:/studio.test", "http://studio.test/", "ftp://studio.test/", "studio.test", "//studio.test/", "https:studio.test",
		" https://studio.test/", "https://studio.test/ x", "https://studio.test/\n", "https://studio.test/\x80", "https://studio.test/#x", "https://studio.test\\x",
		"https://u@studio.test/", "https://u:p@studio.test/", "https://studio.test@10.0.0.1/", "https://studio.test\\@10.0.0.1/", "https://@studio.test/",
		"https://studio.test:0/", "https://studio.test:22/", "https://studio.test:65536/", "https://studio.test:99999999/", "https://studio.test:44x/", "https://studio.test:/",
		"https://studio.test:443:443/", "https://a..b/", "https://.a.b/", "https://a.b./", "https://-a.b/", "https://a-.b/", "https://a.b%2ec/", "https://\xc3\xa4.test/",
		"https://localhost/", "https://LOCALHOST/", "https://x.localhost/", "https://intranet/", "https://db.internal/", "https://printer.local/", "https://metadata.google.internal/",
		"https://127.0.0.1/", "https://10.1.2.3/", "https://0/", "https://127.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/", "https://0177.0.0.1/",
		"https://127.0.0.01/", "https://1.2.3.4.5/", "https://x.0x1/", "https://a.1/", "https://256.1.1.1/", "https://8.8.8/",
		"https://[::1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/", "https://[64:ff9b::a00:1]/", "https://[2002:a00:1::]/", "https://[fe80::1%25eth0]/",
		"https://[fd00::1]/", "https://[::1/", "https://[]/", "https://[8.8.8.8]/", "https://[2606:4700::1111]x/", "https://[2606:4700::1111]443/",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(fine); i++)
		if (webhook_url_wrong(bytes_str(fine[i]), rules(false)) != NULL)
			fail_msg("%s %s", fine[i], webhook_url_wrong(bytes_str(fine[i]), rules(false)));
	for (size_t i = 0; i < COUNT(wrong); i++)
		if (webhook_url_wrong(bytes_str(wrong[i]), rules(false)) == NULL)
			fail_msg("%s is let through", wrong[i]);
}

static void
this_machine_where_that_is_allowed(void **state)
{
	static const char *const fine[] = { "http://127.0.0.1/", "http://localhost/x", "https://localhost:8443/", "http://[::1]/", "http://[::ffff:127.0.0.1]/", "http://studio.test/" };
	static const char *const wrong[] = { "http://10.0.0.1/", "http://127.0.0.1:1/", "http://127.1/", "http://intranet/", "http://[fe80::1]/", "ftp://127.0.0.1/" };

	(void)state;
	for (size_t i = 0; i < COUNT(fine); i++)
		if (webhook_url_wrong(bytes_str(fine[i]), rules(true)) != NULL)
			fail_msg("%s %s", fine[i], webhook_url_wrong(bytes_str(fine[i]), rules(true)));
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_non_null(webhook_url_wrong(bytes_str(wrong[i]), rules(true)));
}

static void
lengths_have_bounds(void **state)
{
	char url[WEBHOOK_URL_MAX + 2], host[400];

	(void)state;
	memset(url, 'x', sizeof url);
	memcpy(url, "https://a.b/", 12);
	assert_null(webhook_url_wrong(bytes_of(url, WEBHOOK_URL_MAX), rules(false)));
	assert_non_null(webhook_url_wrong(bytes_of(url, WEBHOOK_URL_MAX + 1), rules(false)));
	for (int n = 1; n < 80; n++) {
		snprintf(host, sizeof host, "https://%.*s.test/", n, url + 20);
		assert_int_equal(webhook_url_wrong(bytes_str(host), rules(false)) == NULL, n <= 63);
	}
	for (size_t n = 240; n < 300; n++) {	/* a host of n bytes */
		memcpy(host, "https://", 8);
		for (size_t i = 0; i < n; i++)
			host[8 + i] = i % 50 == 49 && i + 1 < n ? '.' : 'x';
		assert_int_equal(webhook_url_wrong(bytes_of(host, 8 + n), rules(false)) == NULL, n <= 253);
	}
}

static void
ports_are_a_list(void **state)
{
	static const char *const wrong[] = { "", ",", "443,", ",443", "443,,80", "0", "65536", "x", "443x", "443 ", "-1",
		"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17" };
	struct webhook_rules r;

	(void)state;
	for (size_t i = 0; i < COUNT(wrong); i++)
		assert_int_equal(webhook_ports(wrong[i], &r), -1);
	assert_int_equal(webhook_ports("1,65535", &r), 0);
	assert_int_equal(r.nports, 2);
	assert_int_equal(r.ports[1], 65535);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_end_where_they_end), cmocka_unit_test(urls_of_the_internet), cmocka_unit_test(this_machine_where_that_is_allowed),
		cmocka_unit_test(lengths_have_bounds), cmocka_unit_test(ports_are_a_list),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
