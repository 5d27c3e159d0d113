#include "client/text/text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "client/text/zh.h"

static _Thread_local enum language current = LANGUAGE_EN;

void
text_set_language(enum language language)
{
	current = language;
}

enum language
text_language(void)
{
	return current;
}

bool
text_choose_language(const char *lang, enum language *language)
{
	static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	*language = LANGUAGE_EN;
	if (lang) {
		if (strncmp(lang, "zh", 2) == 0)
			*language = LANGUAGE_ZH;
		return strncmp(lang, "zh", 2) == 0 ||
			strncmp(lang, "en", 2) == 0;
	}
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);

		if (!value || !*value)
			continue;
		if (strncmp(value, "zh", 2) == 0)
			*language = LANGUAGE_ZH;
		return true;
	}
	return true;
}

static int
compare_english(const void *key, const void *entry)
{
	return strcmp(key, ((const struct zh_text *)entry)->english);
}

const char *
text_of(const char *english)
{
	const struct zh_text *entry;

	if (current == LANGUAGE_EN)
		return english;
	entry = bsearch(english, zh_texts, zh_text_count, sizeof *zh_texts,
		compare_english);
	return entry ? entry->chinese : english;
}

const char *
text_errno(int error)
{
	static const struct {
		int error;
		const char *says;
	} known[] = {
		{ENOSPC, N_("there is no room left on the disk")},
		{EDQUOT, N_("there is no room left in your quota")},
		{EROFS, N_("the disk can only be read")},
		{EACCES, N_("you may not do that there")},
		{EPERM, N_("you may not do that there")},
		{ENOENT, N_("there is no such file")},
		{EISDIR, N_("it is a folder")},
		{ENOTDIR, N_("a part of that path is no folder")},
		{EIO, N_("the disk failed")},
		{EMFILE, N_("too many files are open")},
		{ENFILE, N_("too many files are open")},
		{ENOMEM, N_("out of memory")},
	};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		if (known[i].error == error)
			return T(known[i].says);
	return strerror(error); /* in English, rather than nothing */
}

const char *
text_pick(const char *en, const char *zh)
{
	return current == LANGUAGE_ZH ? zh : en;
}

const char *
exit_code_name(enum exit_code code)
{
	static const char *const names[] = {"done", "failed", "usage",
		"not_found", "ambiguous", "refused", "unreachable", "locked"};

	return names[code];
}

/*
 * Keeps a message one line of whole characters: what quotes bytes that are no
 * text shows `?` for them, and what was cut ends before the character that was.
 */
static void
make_text(char *text)
{
	uint8_t *at = (uint8_t *)text;

	while (*at) {
		utf8proc_int32_t c;
		utf8proc_ssize_t size = utf8proc_iterate(at, -1, &c);
		bool cut = (*at >= 0xc2 && !at[1]) ||
			(*at >= 0xe0 && at[1] && !at[2]) ||
			(*at >= 0xf0 && at[1] && at[2] && !at[3]);

		if (*at == '\n' || *at == '\r')
			*at = ' ';
		if (size > 0)
			at += size;
		else if (cut)
			*at = '\0';
		else
			*at++ = '?';
	}
}

bool
problem_set(
	struct problem *problem, enum exit_code code, const char *format, ...)
{
	va_list args;

	problem->code = code;
	problem->hint[0] = '\0';
	va_start(args, format);
	(void)vsnprintf(
		problem->message, sizeof problem->message, format, args);
	va_end(args);
	make_text(problem->message);
	return false;
}

bool
problem_hint(struct problem *problem, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(problem->hint, sizeof problem->hint, format, args);
	va_end(args);
	make_text(problem->hint);
	return false;
}
