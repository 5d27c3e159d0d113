#ifndef CLIENT_STORE_WORDS_H
#define CLIENT_STORE_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "client/store/fold.h"

/*
 * What somebody looks for: words parted by blanks, folded. Where a word is in
 * a text (both folded):
 *
 *     Chinese      anywhere
 *     letters      from the beginning of a word on
 *     digits       from the beginning of a number on; four or more: anywhere
 *
 * and in a title, which is what people know a record by, all of them anywhere,
 * and letters also where Chinese is read so: by initials (shjx is 上海机械) or
 * by syllables, the last of which may be cut short (shangh). A character with
 * several readings is found by each.
 */

enum { WORDS_MAX = 8, TITLE_CHARS_MAX = 120 };

struct word {
	const struct fold_char *list; /* of the whole */
	size_t count;
	bool letters; /* a to z alone: it may be pinyin */
};

struct words {
	struct fold whole; /* all that was typed */
	struct word list[WORDS_MAX];
	size_t count; /* what comes after the last is not looked for */
};

void words_read(struct words *words, const char *text);
void words_clear(struct words *words);

/* Whether the word is in the text, and at which byte of it. */
bool word_in_text(const struct word *word, const struct fold *text, size_t *at);
/* In the first TITLE_CHARS_MAX characters of a title. */
bool word_in_title(
	const struct word *word, const struct fold *title, size_t *at);

/* How well a title fits; each of them is better than what comes after. */
enum words_class { WORDS_EXACT, WORDS_PREFIX, WORDS_TITLE, WORDS_OTHER };

/* WORDS_EXACT or _PREFIX; else WORDS_TITLE, without looking. */
enum words_class words_of_title(
	const struct words *words, const struct fold *title);

#endif
