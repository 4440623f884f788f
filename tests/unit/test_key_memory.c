/* tests/unit/test_key_memory.c - a service account's key is read and used; then all memory of the
 * process is searched for it. Only what is locked may hold it: the text and the exponents. (The
 * primes are also in OpenSSL's Montgomery contexts, for which it takes ordinary memory.)
 * Licence: Apache-2.0. */
#include <fcntl.h>
#include <jansson.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actors/common/secret.h"
#include "actors/vertex/credentials/credentials.h"
#include "tests/unit/unit.h"

enum { SLICE = 32, HIDE = 0x5a, PATTERNS_MAX = 12 };

/* Pieces of the key in the forms it passes through, hidden so that they are not found here. */
static struct pattern { char name[16]; uint8_t hidden[SLICE]; } patterns[PATTERNS_MAX];
static size_t npatterns;

static void
pattern_put(const char *name, const uint8_t *p)
{
	struct pattern *to = &patterns[npatterns++];

	snprintf(to->name, sizeof to->name, "%s", name);
	for (size_t i = 0; i < SLICE; i++)
		to->hidden[i] = p[i] ^ HIDE;
}

/* A secret number: as DER has it, and as OpenSSL counts with it. */
static void
number_put(const EVP_PKEY *key, const char *name, const char *param)
{
	uint8_t big[512], little[512];
	char label[16];
	BIGNUM *n = NULL;

	assert_int_equal(EVP_PKEY_get_bn_param(key, param, &n), 1);
	assert_int_equal(BN_bn2binpad(n, big, BN_num_bytes(n)), BN_num_bytes(n));
	assert_int_equal(BN_bn2lebinpad(n, little, BN_num_bytes(n)), BN_num_bytes(n));
	snprintf(label, sizeof label, "%s", name);
	pattern_put(label, big + 32);
	snprintf(label, sizeof label, "%s, words", name);
	pattern_put(label, little + 32);
	BN_free(n);
}

/* In a process of its own, whose memory nobody searches. */
static void
patterns_make(int to)
{
	json_t *json = json_load_file("etc/dev/service-account.json", 0, NULL);
	const char *pem = json_string_value(json_object_get(json, "private_key"));
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);

	assert_non_null(key);
	pattern_put("PEM", (const uint8_t *)pem + 28 + 65 * 5);	/* within a line */
	number_put(key, "d", OSSL_PKEY_PARAM_RSA_D);
	number_put(key, "d mod p", OSSL_PKEY_PARAM_RSA_EXPONENT1);
	number_put(key, "d mod q", OSSL_PKEY_PARAM_RSA_EXPONENT2);
	assert_int_equal(write(to, patterns, sizeof patterns), sizeof patterns);
	_exit(0);
}

static void
patterns_take(void)
{
	int ends[2], status;

	assert_int_equal(pipe(ends), 0);
	pid_t pid = fork();
	if (pid == 0)
		patterns_make(ends[1]);
	close(ends[1]);
	assert_int_equal(read(ends[0], patterns, sizeof patterns), sizeof patterns);
	close(ends[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	while (npatterns < PATTERNS_MAX && patterns[npatterns].name[0] != '\0')
		npatterns++;
	assert_int_equal(npatterns, 7);
}

static size_t
count_in(const uint8_t *p, size_t n, const struct pattern *what)
{
	size_t found = 0;

	for (size_t i = 0; i + SLICE <= n; i++) {
		size_t k = 0;
		while (k < SLICE && (p[i + k] ^ HIDE) == what->hidden[k])
			k++;
		found += k == SLICE;
	}
	return found;
}

/* How often a piece lies in memory that is locked, or is not. */
static size_t
count_all(const struct pattern *what, bool locked)
{
	FILE *maps = fopen("/proc/self/smaps", "r");
	unsigned long from = 0, to = 0, low, high;
	char line[512], rights[8] = "", now[8];
	size_t found = 0;

	assert_non_null(maps);
	while (fgets(line, sizeof line, maps) != NULL) {
		if (sscanf(line, "%lx-%lx %7s", &low, &high, now) == 3) {
			from = low;
			to = high;
			memcpy(rights, now, sizeof rights);
		} else if (strncmp(line, "VmFlags:", 8) == 0 && rights[0] == 'r' && rights[1] == 'w' &&
		    (strstr(line, " lo") != NULL) == locked) {
			found += count_in((const uint8_t *)from, to - from, what);
		}
	}
	fclose(maps);
	return found;
}

static void
key_lies_in_locked_memory(void **state)
{
	static const struct cred_hosts google = { "", "", "" };
	static struct credentials c;
	int fd = open("etc/dev/service-account.json", O_RDONLY);
	char *text = secret_alloc(8192);
	uint8_t signature[SIGNATURE_MAX];

	(void)state;
	patterns_take();
	ssize_t n = read(fd, text, 8192);
	close(fd);
	assert_true(n > 0);
	assert_null(credentials_read(&c, bytes_of(text, (size_t)n), &google));
	assert_true(signer_sign(credentials_signer(&c), "x", 1, signature) > 0);
	if (count_all(&patterns[0], true) == 0) {		/* the text, which was read into such memory */
		print_message("nothing is locked here: a sanitizer, or the limit of locked memory\n");
		skip();
	}
	secret_free(text, 8192);
	size_t numbers = 0, outside = 0;
	for (size_t i = 0; i < npatterns; i++) {
		numbers += count_all(&patterns[i], true);
		size_t k = count_all(&patterns[i], false);
		if (k > 0)
			print_message("%s: %zu outside\n", patterns[i].name, k);
		outside += k;
	}
	assert_true(numbers > 0);
	assert_int_equal(outside, 0);
	credentials_free(&c);
}

/* Taken out of locked memory, and numbers in OpenSSL's: it must still be that key. Holds where nothing
 * can be locked, too. */
static void
key_signs_as_itself(void **state)
{
	static const struct cred_hosts google = { "", "", "" };
	static struct credentials c;
	json_t *json = json_load_file("etc/dev/service-account.json", 0, NULL);
	char *text = json_dumps(json, 0);
	BIO *bio = BIO_new_mem_buf(json_string_value(json_object_get(json, "private_key")), -1);
	EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
	EVP_MD_CTX *check = EVP_MD_CTX_new();
	uint8_t signature[SIGNATURE_MAX];

	(void)state;
	assert_non_null(key);
	assert_null(credentials_read(&c, bytes_str(text), &google));
	size_t n = signer_sign(credentials_signer(&c), "x", 1, signature);
	assert_int_equal(n, EVP_PKEY_get_size(key));
	assert_int_equal(EVP_DigestVerifyInit(check, NULL, EVP_sha256(), NULL, key), 1);
	assert_int_equal(EVP_DigestVerify(check, signature, n, (const uint8_t *)"x", 1), 1);
	credentials_free(&c);
	EVP_MD_CTX_free(check);
	EVP_PKEY_free(key);
	BIO_free(bio);
	free(text);
	json_decref(json);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_lies_in_locked_memory),
		cmocka_unit_test(key_signs_as_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
