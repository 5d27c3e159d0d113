#ifndef CLIENT_TEXT_TEXT_H
#define CLIENT_TEXT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What people read, in English and Chinese. A message is written in the code
 * in English, as T("…"); its Chinese stands in client/text/zh.c under the
 * English as its key. A test holds the two together: every T("…") of the
 * sources has its Chinese, with the same conversions (%s, %d …) in the same
 * order, and nothing stands in zh.c that no source says.
 */

enum language { LANGUAGE_EN, LANGUAGE_ZH };

/* The language of the command that is being answered, on this thread. */
void text_set_language(enum language language);
enum language text_language(void);

/*
 * From `--lang` (en|zh, NULL when not given), else LC_ALL, LC_MESSAGES, LANG.
 * False for an unknown --lang.
 */
bool text_choose_language(const char *lang, enum language *language);

/* The message in the language of the command; static. */
const char *text_of(const char *english) __attribute__((format_arg(1)));
#define T(english) text_of(english)
/* Marks English in a table; text_of() is called where it is shown. */
#define N_(english) english

/* What a system call said, in the language of the command (errno.h). */
const char *text_errno(int error);

/* One of two texts that stand side by side (labels of the schema). */
const char *text_pick(const char *en, const char *zh);

/* Exit codes (DESIGN 10), and what scripts find as error.code in JSON. */
enum exit_code {
	EXIT_DONE = 0,        /* "done" */
	EXIT_FAILED = 1,      /* "failed" */
	EXIT_USAGE = 2,       /* "usage" */
	EXIT_NOT_FOUND = 3,   /* "not_found" */
	EXIT_AMBIGUOUS = 4,   /* "ambiguous": or a conflict */
	EXIT_REFUSED = 5,     /* "refused": no grant, revoked */
	EXIT_UNREACHABLE = 6, /* "unreachable" */
	EXIT_LOCKED = 7,      /* "locked" */
};

const char *exit_code_name(enum exit_code code);

/* What was wrong, with what, and what to do. */
struct problem {
	enum exit_code code;
	char message[1024];
	char hint[512]; /* "" when there is nothing to add */
};

/*
 * Fills in *problem (message formatted) with no hint and returns false, so
 * that a caller writes `return problem_set(p, EXIT_USAGE, T("…"), x);`.
 */
bool problem_set(struct problem *problem, enum exit_code code,
	const char *format, ...) __attribute__((format(printf, 3, 4)));
/* Adds the hint; returns false too. */
bool problem_hint(struct problem *problem, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
