#include "client/store/words.h"

#include <string.h>

#include "client/store/pinyin.h"

enum { FRAGMENT_DIGITS = 4 };

static bool
all_letters(const struct word *word)
{
	for (size_t i = 0; i < word->count; i++)
		if (word->list[i].code < 'a' || word->list[i].code > 'z')
			return false;
	return true;
}

void
words_read(struct words *words, const char *text)
{
	size_t from = 0;

	fold_text(&words->whole, text, strlen(text));
	words->count = 0;
	while (from < words->whole.count && words->count < WORDS_MAX) {
		struct word *word = &words->list[words->count++];
		size_t to = from;

		while (to < words->whole.count &&
			words->whole.list[to].code != ' ')
			to++;
		word->list = words->whole.list + from;
		word->count = to - from;
		word->letters = all_letters(word);
		from = to + 1;
	}
}

void
words_clear(struct words *words)
{
	fold_clear(&words->whole);
}

static bool
same(const struct fold_char *a, const struct fold_char *b, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (a[i].code != b[i].code)
			return false;
	return true;
}

/* Whether a word of its kind may begin at this place of a text. */
static bool
may_begin(const struct word *word, const struct fold *text, size_t at)
{
	enum fold_class class = text->list[at].class;
	size_t digits = 0;

	if (class == FOLD_HAN || class == FOLD_OTHER || at == 0 ||
		text->list[at - 1].class != class)
		return true;
	while (digits < word->count && word->list[digits].class == FOLD_DIGIT)
		digits++;
	return digits >= FRAGMENT_DIGITS;
}

bool
word_in_text(const struct word *word, const struct fold *text, size_t *at)
{
	for (size_t i = 0; i + word->count <= text->count; i++)
		if (same(text->list + i, word->list, word->count) &&
			may_begin(word, text, i)) {
			*at = text->list[i].at;
			return true;
		}
	return false;
}

/* ---- titles ---- */

static bool
read_by_initials(const struct word *word, const struct fold_char *text)
{
	for (size_t i = 0; i < word->count; i++) {
		const char *rest = pinyin_of(text[i].code), *syllable;
		size_t size;
		bool found = false;

		while (!found && (syllable = pinyin_next(&rest, &size)))
			found = (uint32_t)*syllable == word->list[i].code;
		if (!found)
			return false;
	}
	return true;
}

/* Whether the rest of the word is how the characters from here on are read. */
static bool
read_by_syllables(const struct fold_char *word, size_t left,
	const struct fold_char *text, size_t chars)
{
	const char *rest, *syllable;
	size_t size;

	if (!left)
		return true;
	if (!chars)
		return false;
	rest = pinyin_of(text->code);
	while ((syllable = pinyin_next(&rest, &size))) {
		size_t common = 0;

		while (common < size && common < left &&
			(uint32_t)syllable[common] == word[common].code)
			common++;
		if (common == left ||
			(common == size &&
				read_by_syllables(word + size, left - size,
					text + 1, chars - 1)))
			return true;
	}
	return false;
}

static size_t
title_count(const struct fold *title)
{
	return title->count < TITLE_CHARS_MAX ? title->count : TITLE_CHARS_MAX;
}

static bool
in_title_at(const struct word *word, const struct fold *title, size_t at)
{
	const struct fold_char *text = title->list + at;
	size_t chars = title_count(title) - at;

	if (word->count <= chars && same(text, word->list, word->count))
		return true;
	/* One letter would be in nearly all of them. */
	if (!word->letters || word->count < 2 || text->class != FOLD_HAN)
		return false;
	return (word->count <= chars && read_by_initials(word, text)) ||
		read_by_syllables(word->list, word->count, text, chars);
}

bool
word_in_title(const struct word *word, const struct fold *title, size_t *at)
{
	size_t count = title_count(title);

	for (size_t i = 0; i < count; i++)
		if (in_title_at(word, title, i)) {
			*at = title->list[i].at;
			return true;
		}
	return false;
}

enum words_class
words_of_title(const struct words *words, const struct fold *title)
{
	size_t count = words->whole.count;

	if (count > title_count(title) ||
		!same(words->whole.list, title->list, count))
		return WORDS_TITLE;
	return count == title->count ? WORDS_EXACT : WORDS_PREFIX;
}
