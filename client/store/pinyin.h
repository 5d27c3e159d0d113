#ifndef CLIENT_STORE_PINYIN_H
#define CLIENT_STORE_PINYIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How Chinese characters are read in Mandarin: syllables without tones, all
 * readings of a character. The table is made by tools/pinyin-table; it has the
 * characters from U+4E00 to U+9FFF.
 */

enum {
	PINYIN_FIRST = 0x4e00,
	PINYIN_LAST = 0x9fff,
	PINYIN_LINE = 38,
	PINYIN_SYLLABLE_MAX = 6
};

/*
 * Lines of PINYIN_LINE characters; each has two digits of base 62: its place
 * in pinyin_sets.
 */
extern const char *const pinyin_numbers[];
extern const char *const pinyin_sets[];
/* Each once, sorted; NULL at the end. */
extern const char *const pinyin_syllables[];

/* "zhong,chong"; "" for what has no reading. */
const char *pinyin_of(uint32_t code);

/*
 * The next syllable of such a list, or NULL; *size is its length. *rest begins
 * as what pinyin_of() gave.
 */
const char *pinyin_next(const char **rest, size_t *size);

/* Whether some character is read so, or, with `more`, begins so. */
bool pinyin_is_syllable(const char *text, size_t size, bool more);

#endif
