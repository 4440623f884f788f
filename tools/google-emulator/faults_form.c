/* faults_form.c - how a fault is said: as a JSON object, or by words inside a prompt.
 * Owns:  nothing.
 * Fails: an object that the table or a list of reasons does not allow is refused; such a
 *        word of a prompt means nothing. */
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "faults.h"
#include "util.h"

#define MESSAGE_MAX	(sizeof ((struct fault *)0)->message - 1)
#define IMAGES_MAX	8

/* What Gemini models may say for themselves. */
#define FINISH_REASONS	"STOP MAX_TOKENS SAFETY RECITATION LANGUAGE OTHER BLOCKLIST " \
    "PROHIBITED_CONTENT SPII MODEL_ARMOR MALFORMED_FUNCTION_CALL MALFORMED_RESPONSE " \
    "UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT " \
    "IMAGE_RECITATION IMAGE_OTHER NO_IMAGE"
#define BLOCK_REASONS	"SAFETY OTHER BLOCKLIST PROHIBITED_CONTENT IMAGE_SAFETY " \
    "MODEL_ARMOR JAILBREAK"

/* ---- as JSON ---- */

static const struct field op_error_fields[] = {
	{ .name = "code", .kind = F_INT, .min = 1, .max = 16, .flags = F_REQUIRED },
	{ .name = "message", .kind = F_STRING, .max = MESSAGE_MAX },
	{ 0 }
};

const struct field fault_fields[] = {
	{ .name = "status", .kind = F_INT, .min = 200, .max = 599 },
	{ .name = "message", .kind = F_STRING, .max = MESSAGE_MAX },
	{ .name = "delay_ms", .kind = F_NUMBER, .max = 600000 },
	{ .name = "cut", .kind = F_BOOL },
	{ .name = "work", .kind = F_BOOL },
	{ .name = "truncate", .kind = F_INT, .min = 1, .max = 1e12 },
	{ .name = "slow_bytes_per_s", .kind = F_NUMBER, .min = 1, .max = 1e12 },
	{ .name = "wrong_json", .kind = F_BOOL },
	{ .name = "token_expired", .kind = F_BOOL },
	{ .name = "filter", .kind = F_ANY },
	{ .name = "blocked", .kind = F_ANY },
	{ .name = "finish_reason", .kind = F_WORD, .choices = FINISH_REASONS },
	{ .name = "declines", .kind = F_BOOL },
	{ .name = "thoughts", .kind = F_BOOL },
	{ .name = "jpeg", .kind = F_BOOL },
	{ .name = "images", .kind = F_INT, .min = 1, .max = IMAGES_MAX },
	{ .name = "ends", .kind = F_STRING, .min = 1, .max = 31 },
	{ .name = "operation_error", .kind = F_OBJECT, .sub = op_error_fields },
	{ 0 }
};

/* A reason of a list, in capitals as Google writes it; 0, or -1. */
static int
reason_set(struct fault *f, const char *list, const char *word)
{
	size_t i;

	if (!word_in_any_case(list, word))
		return -1;
	snprintf(f->reason, sizeof f->reason, "%s", word);
	for (i = 0; f->reason[i] != '\0'; i++)
		f->reason[i] = (char)toupper((unsigned char)f->reason[i]);
	return 0;
}

int
fault_read(const json_t *j, struct fault *f)
{
	const json_t	*filter = json_object_get(j, "filter");
	const json_t	*op = json_object_get(j, "operation_error");
	const json_t	*work = json_object_get(j, "work");
	const char	*message = json_text(op ? op : j, "message");
	const char	*block = json_text(j, "blocked"), *finish = json_text(j, "finish_reason");

	memset(f, 0, sizeof *f);
	f->active = true;
	f->status = (int)json_number_value(json_object_get(j, "status"));
	f->delay_ms = json_number_value(json_object_get(j, "delay_ms"));
	f->cut = json_is_true(json_object_get(j, "cut"));
	f->wrong_json = json_is_true(json_object_get(j, "wrong_json"));
	f->token_expired = json_is_true(json_object_get(j, "token_expired"));
	f->truncate = (int64_t)json_number_value(json_object_get(j, "truncate"));
	f->slow_bytes_per_s = json_number_value(json_object_get(j, "slow_bytes_per_s"));
	f->filter = json_is_true(filter) ? -1 : (int)json_number_value(filter);
	f->blocked = block != NULL || json_is_true(json_object_get(j, "blocked"));
	f->declines = json_is_true(json_object_get(j, "declines"));
	f->thoughts = json_is_true(json_object_get(j, "thoughts"));
	f->jpeg = json_is_true(json_object_get(j, "jpeg"));
	f->images = (int)json_number_value(json_object_get(j, "images"));
	if (finish != NULL) {
		reason_set(f, FINISH_REASONS, finish);
		f->filter = -1;
	}
	if (block != NULL && reason_set(f, BLOCK_REASONS, block) < 0)
		return -1;
	f->op_code = (int)json_number_value(json_object_get(op, "code"));
	if (json_text(j, "ends") != NULL)
		snprintf(f->ends, sizeof f->ends, "%s", json_text(j, "ends"));
	/* An error status stands for work not done; a cut answer for work done
	 * whose answer was lost. "work" turns either around. */
	f->idle = work != NULL ? json_is_false(work) : f->status != 0;
	if (message != NULL)
		snprintf(f->message, sizeof f->message, "%s", message);
	return 0;
}

/* ---- prompt magic ---- */

/* Words that stand for themselves. */
static const struct {
	const char	*word;
	size_t		 flag;		/* offset of a bool */
} flags[] = {
	{ "blocked", offsetof(struct fault, blocked) }, { "cut", offsetof(struct fault, cut) },
	{ "declines", offsetof(struct fault, declines) }, { "jpeg", offsetof(struct fault, jpeg) },
	{ "thoughts", offsetof(struct fault, thoughts) },
	{ "wrong_json", offsetof(struct fault, wrong_json) },
};

/* "name=value", and those that need none. */
static void
magic_value(const char *word, struct fault *f)
{
	int	n;
	double	d;
	char	reason[40];

	if (strcmp(word, "filter") == 0)
		f->filter = -1;
	else if (sscanf(word, "filter=%d", &n) == 1 && n > 0)
		f->filter = n;
	else if (sscanf(word, "blocked=%39s", reason) == 1)
		f->blocked = reason_set(f, BLOCK_REASONS, reason) == 0;
	else if (sscanf(word, "finish=%39s", reason) == 1)
		f->filter = reason_set(f, FINISH_REASONS, reason) == 0 ? -1 : 0;
	else if (sscanf(word, "images=%d", &n) == 1 && n >= 1 && n <= IMAGES_MAX)
		f->images = n;
	else if (strcmp(word, "fail") == 0)
		f->op_code = 13;
	else if (sscanf(word, "fail=%d", &n) == 1 && n >= 1 && n <= 16)
		f->op_code = n;
	else if (sscanf(word, "ends=%31[a-z_]", f->ends) == 1)
		;
	else if (sscanf(word, "slow=%lf", &d) == 1 && d > 0 && d <= 600000)
		f->delay_ms = d;
	else if (sscanf(word, "truncate=%d", &n) == 1 && n > 0)
		f->truncate = n;
	else if (sscanf(word, "%d", &n) == 1 && n >= 400 && n <= 599) {
		f->status = n;
		f->idle = true;
	}
}

static void
magic_word(const char *word, struct fault *f)
{
	size_t i;

	f->active = true;
	for (i = 0; i < COUNT(flags); i++) {
		if (strcmp(flags[i].word, word) == 0) {
			*(bool *)((char *)f + flags[i].flag) = true;
			return;
		}
	}
	magic_value(word, f);
}

void
fault_read_prompt(const char *prompt, struct fault *f)
{
	static const char	 open[] = "[emulator:";
	const char		*at = prompt;
	char			 word[60];

	while ((at = strstr(at, open)) != NULL) {
		size_t n;

		at += sizeof open - 1;
		n = strcspn(at, "]");
		if (at[n] == ']' && n < sizeof word) {
			memcpy(word, at, n);
			word[n] = '\0';
			magic_word(word, f);
		}
	}
}
