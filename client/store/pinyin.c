#include "client/store/pinyin.h"

#include <string.h>

static unsigned
digit(char c)
{
	if (c <= '9')
		return (unsigned)(c - '0');
	if (c <= 'Z')
		return (unsigned)(c - 'A' + 10);
	return (unsigned)(c - 'a' + 36);
}

const char *
pinyin_of(uint32_t code)
{
	uint32_t number = code - PINYIN_FIRST;
	const char *at;

	if (code < PINYIN_FIRST || code > PINYIN_LAST)
		return "";
	at = pinyin_numbers[number / PINYIN_LINE] +
		(size_t)(number % PINYIN_LINE) * 2;
	return pinyin_sets[digit(at[0]) * 62 + digit(at[1])];
}

const char *
pinyin_next(const char **rest, size_t *size)
{
	const char *syllable = *rest;

	if (!*syllable)
		return NULL;
	*size = strcspn(syllable, ",");
	*rest = syllable + *size;
	if (**rest)
		++*rest;
	return syllable;
}

bool
pinyin_is_syllable(const char *text, size_t size, bool more)
{
	for (const char *const *one = pinyin_syllables; *one; one++)
		if (strncmp(*one, text, size) == 0 && (more || !(*one)[size]))
			return true;
	return false;
}
