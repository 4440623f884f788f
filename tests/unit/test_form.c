/* tests/unit/test_form.c - forms of files: their parts to the letter, what is refused, and names
 * made harmless.
 * Licence: Apache-2.0. */
#include "tests/unit/unit.h"

#include "proto/filename.h"
#include "actors/front/form.h"
#include "actors/front/multipart.h"

#define TYPE BYTES("multipart/form-data; boundary=B")
#define PNG "\x89PNG\r\n\x1a\n"
#define HEAD(name, filename) "Content-Disposition: form-data; name=\"" name "\"; filename=\"" filename "\"\r\n\r\n"

static unsigned code;
static char why[FORM_WHY];
static struct form form;

/* Reads a copy of exactly its size, so that a sanitizer sees a step too far. The files' views are
 * over when it returns. */
static unsigned
read_as(enum body id, struct bytes type, const char *body, size_t n, uint64_t max)
{
	char *copy = malloc(n > 0 ? n : 1);

	memcpy(copy, body, n);
	why[0] = '\0';
	code = form_read(&form, id, type, bytes_of(copy, n), max, why);
	free(copy);
	return code;
}
#define READ(literal) read_as(BODY_upload, TYPE, literal, sizeof(literal) - 1, 1000)
#define REFUSED(c, text, literal) do { \
	assert_int_equal(READ(literal), c); \
	assert_string_equal(why, text); \
} while (0)

static void
a_form_is_read_as_browsers_write_it(void **state)
{
	static const char body[] = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a \\\"b\\\".png\"\r\n"
	    "Content-Type: image/png\r\n\r\n" PNG "\r\n--B is no boundary\r\n-\r\n--B--\r\n";
	struct multipart m;
	struct part p;
	const char *reason;

	(void)state;
	assert_int_equal(multipart_begin(&m, TYPE, BYTES(body), &reason), 0);
	/* CRLF--B within the bytes is one, whatever stands behind it: senders choose another */
	assert_int_equal(multipart_next(&m, &p, &reason), 1);
	assert_true(bytes_eq(p.name, "file"));
	assert_true(bytes_eq(p.filename, "a \\\"b\\\".png"));
	assert_true(p.is_file);
	assert_true(bytes_eq(p.content, PNG));
	assert_int_equal(multipart_next(&m, &p, &reason), -1);
	assert_string_equal(reason, "The form has a malformed boundary");

	assert_int_equal(READ("--B\r\n" HEAD("file", "a.png") PNG "rest\r\n--B--\r\n"), 0);
	assert_int_equal(form.n, 1);
	assert_int_equal(form.v[0].content.n, 12);
	assert_string_equal(form.v[0].type->mime, "image/png");
	assert_int_equal(READ("\r\n--B  \r\n" HEAD("file", "a.png") PNG "\r\n--B--"), 0);	/* old senders */
	assert_int_equal(READ("--B\r\ncontent-disposition:form-data;filename=a.png;name=file\r\n\r\n" PNG "\r\n--B--  \r\n"), 0);
	assert_int_equal(read_as(BODY_upload, BYTES("Multipart/Form-Data;x=1; boundary=\"a b\""), "--a b\r\n" HEAD("file", "") PNG "\r\n--a b--",
	    sizeof("--a b\r\n" HEAD("file", "") PNG "\r\n--a b--") - 1, 1000), 0);
}

static void
what_is_no_form_is_told(void **state)
{
	static const char *const types[] = { "application/json", "", "multipart/mixed; boundary=B", "multipart/form-datax; boundary=B" };
	static const char *const boundaries[] = { "multipart/form-data", "multipart/form-data; boundary=", "multipart/form-data; boundary=B; boundary=B",
		"multipart/form-data; boundary=\"B", "multipart/form-data; boundary=\"B \"", "multipart/form-data; boundary=\"a\tb\"", "multipart/form-data, boundary=B",
		"multipart/form-data; boundary=0123456789012345678901234567890123456789012345678901234567890123456789x" };

	(void)state;
	for (size_t i = 0; i < COUNT(types); i++)
		assert_int_equal(read_as(BODY_upload, bytes_str(types[i]), "--B--", 5, 10), E_UNSUPPORTED_MEDIA_TYPE);
	for (size_t i = 0; i < COUNT(boundaries); i++) {
		assert_int_equal(read_as(BODY_upload, bytes_str(boundaries[i]), "--B--", 5, 10), E_VALIDATION_ERROR);
		assert_string_equal(why, "Content-Type must name one boundary of 1 to 70 characters");
	}
}

static void
hostile_forms_are_refused(void **state)
{
	(void)state;
	REFUSED(E_VALIDATION_ERROR, "The form does not begin with its boundary", "");
	REFUSED(E_VALIDATION_ERROR, "The form does not begin with its boundary", "a preamble\r\n--B\r\n");
	REFUSED(E_VALIDATION_ERROR, "The form ends too early", "--B");
	REFUSED(E_VALIDATION_ERROR, "The form ends too early", "--B\r\nContent-Disposition: form-data");
	REFUSED(E_VALIDATION_ERROR, "The form has a malformed boundary", "--Bx\r\n");
	REFUSED(E_VALIDATION_ERROR, "The form ends without its last boundary", "--B\r\n" HEAD("file", "a.png") PNG);
	REFUSED(E_VALIDATION_ERROR, "The form ends too early", "--B\r\n" HEAD("file", "a.png") PNG "\r\n--B");
	REFUSED(E_VALIDATION_ERROR, "Something follows the end of the form", "--B\r\n" HEAD("file", "a.png") PNG "\r\n--B--\r\nGET / HTTP/1.1");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has a malformed head", "--B\r\nContent-Disposition\r\n\r\n");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has a malformed head", "--B\r\n : x\r\n\r\n");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has a malformed head", "--B\r\nX: a\0b\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has a malformed head", "--B\r\nX: a\nY: b\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has no Content-Disposition", "--B\r\nX: a\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has no usable Content-Disposition", "--B\r\nContent-Disposition: attachment; name=\"file\"\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has no usable Content-Disposition", "--B\r\n" "Content-Disposition: form-data; name=\"file\"; name=\"x\"\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has no usable Content-Disposition", "--B\r\n" "Content-Disposition: form-data; name=\"file\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has no usable Content-Disposition", "--B\r\n" "Content-Disposition: form-data; name=file; filename=\"a\"; filename=\"b\"\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has no usable Content-Disposition",
	    "--B\r\nContent-Disposition: form-data; name=file\r\nContent-Disposition: form-data; name=x\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form is a form itself",
	    "--B\r\nContent-Type: multipart/mixed; boundary=C\r\nContent-Disposition: form-data; name=file\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form is encoded",
	    "--B\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name=file\r\n\r\n\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "A part of the form has too many header fields",
	    "--B\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\na: b\r\n\r\n\r\n--B--");
}

static void
a_head_is_bounded(void **state)
{
	static char body[20000] = "--B\r\nContent-Disposition: form-data; name=\"file\"; filename=\"";

	(void)state;
	memset(body + strlen(body), 'x', sizeof body - strlen(body));
	assert_int_equal(read_as(BODY_upload, TYPE, body, sizeof body, 100000), E_VALIDATION_ERROR);
	assert_string_equal(why, "A part of the form has a malformed head");
}

static void
fields_and_sizes_count(void **state)
{
	static char eleven[4096];

	(void)state;
	REFUSED(E_VALIDATION_ERROR, "file must be a file", "--B--\r\n");
	REFUSED(E_VALIDATION_ERROR, "file must be a file", "--B\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\ntext\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "property files should not exist", "--B\r\n" HEAD("files", "a.png") PNG "\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "property note should not exist", "--B\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\ntext\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "file must be at most 1 file", "--B\r\n" HEAD("file", "a.png") PNG "\r\n--B\r\n" HEAD("file", "b.png") PNG "\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "file must not be empty: a.png has no bytes", "--B\r\n" HEAD("file", "a.png") "\r\n--B--");
	REFUSED(E_VALIDATION_ERROR, "file must not be empty: a.png has no bytes", "--B\r\n" HEAD("file", "a.png") "--B--");
	REFUSED(E_UNSUPPORTED_MEDIA_TYPE, "file must be a JPEG, PNG, WebP, WAV, MP3 or MP4: page.png is none of them", "--B\r\n" HEAD("file", "../page.png") "<html>\r\n--B--");
	assert_int_equal(read_as(BODY_upload, TYPE, "--B\r\n" HEAD("file", "a.png") PNG "\r\n--B--", sizeof("--B\r\n" HEAD("file", "a.png") PNG "\r\n--B--") - 1, 7), E_PAYLOAD_TOO_LARGE);
	assert_string_equal(why, "file must be at most 7 bytes: a.png is larger");
	assert_int_equal(read_as(BODY_upload, TYPE, "--B\r\n" HEAD("file", "a.png") PNG "\r\n--B--", sizeof("--B\r\n" HEAD("file", "a.png") PNG "\r\n--B--") - 1, 8), 0);

	for (int i = 0; i < 11; i++)
		strcat(eleven, "--B\r\n" HEAD("files", "a.png") PNG "\r\n");
	strcat(eleven, "--B--");
	assert_int_equal(read_as(BODY_upload_multiple, TYPE, eleven, strlen(eleven), 100), E_VALIDATION_ERROR);
	assert_string_equal(why, "files must be at most 10 files");
	char *tenth = strstr(eleven + 5, "--B");
	memmove(eleven, tenth, strlen(tenth) + 1);
	assert_int_equal(read_as(BODY_upload_multiple, TYPE, eleven, strlen(eleven), 100), 0);
	assert_int_equal(form.n, 10);
}

/* ---- names ---- */

static const char *
clean(const char *given, const char *extension)
{
	static char out[FILENAME_BYTES];

	filename_clean(out, bytes_str(given), extension);
	return out;
}

static void
names_become_harmless(void **state)
{
	char longest[4000];

	(void)state;
	assert_string_equal(clean("boat.png", "png"), "boat.png");
	assert_string_equal(clean("Boat.PNG", "png"), "Boat.PNG");
	assert_string_equal(clean("boat.jpeg", "jpg"), "boat.jpeg");
	assert_string_equal(clean("boat.html", "png"), "boat.html.png");
	assert_string_equal(clean("../../etc/passwd", "png"), "passwd.png");
	assert_string_equal(clean("C:\\Users\\me\\boat.png", "png"), "boat.png");
	assert_string_equal(clean("a%22b\\\"c.png", "png"), "abc.png");
	assert_string_equal(clean("a%0D%0ASet-Cookie: x.png", "png"), "aSet-Cookie x.png");
	assert_string_equal(clean("", "png"), "file.png");
	assert_string_equal(clean("...", "png"), "file.png");
	assert_string_equal(clean(".htaccess", "png"), "htaccess.png");
	assert_string_equal(clean("a/", "png"), "file.png");
	assert_string_equal(clean("\xe2\x80\xae" "gnp.exe", "png"), "gnp.exe.png");	/* right to left */
	assert_string_equal(clean("\xff\xfe" "a", "png"), "a.png");
	assert_string_equal(clean("b\xc3\xb6\xc3\xb6t \xf0\x9f\x9a\xa3.png", "png"), "b\xc3\xb6\xc3\xb6t \xf0\x9f\x9a\xa3.png");
	assert_string_equal(clean("a\tb\x01" "c", ""), "abc");
	for (size_t i = 0; i < sizeof longest - 4; i += 4)
		memcpy(longest + i, "\xf0\x9f\x9a\xa3", 5);
	assert_int_equal(utf8_length(clean(longest, "jpg"), strlen(clean(longest, "jpg"))), FILENAME_CHARS + 4);
	assert_true(utf8_valid(clean(longest, "jpg"), strlen(clean(longest, "jpg"))));
}

static void
names_are_told_to_every_client(void **state)
{
	struct buf b = { 0 };

	(void)state;
	assert_int_equal(filename_disposition(&b, "attachment", "boat 1.png"), 0);
	assert_true(bytes_eq(bytes_of(b.p, b.n), "attachment; filename=\"boat 1.png\""));
	b.n = 0;
	assert_int_equal(filename_disposition(&b, "inline", "b\xc3\xb6\"%t\xf0\x9f\x9a\xa3.png"), 0);
	assert_true(bytes_eq(bytes_of(b.p, b.n), "inline; filename=\"b___t_.png\"; filename*=UTF-8''b%C3%B6%22%25t%F0%9F%9A%A3.png"));
	buf_free(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_form_is_read_as_browsers_write_it),
		cmocka_unit_test(what_is_no_form_is_told),
		cmocka_unit_test(hostile_forms_are_refused),
		cmocka_unit_test(a_head_is_bounded),
		cmocka_unit_test(fields_and_sizes_count),
		cmocka_unit_test(names_become_harmless),
		cmocka_unit_test(names_are_told_to_every_client),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
