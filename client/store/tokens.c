#include "client/store/tokens.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "client/store/pinyin.h"

/* The marks: controls that no keyboard has, and no font shows. */
#define MARK_NONE ""
#define MARK_TITLE "\xc2\x81"
#define MARK_BEGIN "\xc2\x82"
#define MARK_WHOLE "\xc2\x83"
#define MARK_INITIALS "\xc2\x84"
#define MARK_SYLLABLE "\xc2\x85"
#define MARK_ID "\xc2\x86"

enum {
	FRAGMENT = 4, /* digits */
	PAIR = 2,
	HASH_BYTES = 8,
	/* Of one word: what else it has is looked at in the records. */
	TERMS_MAX = 16,
	SYLLABLES_MAX = 3,
};

static void
put(struct buffer *out, const char *text)
{
	buffer_bytes(out, text, strlen(text));
}

/* The characters from `from` to before `to`, as many as a token may have. */
static void
put_chars(struct buffer *out, const struct fold_char *list, size_t count)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		char utf8[FOLD_UTF8_MAX];
		size_t size = fold_utf8(list[i].code, utf8);

		used += size;
		if (used > TOKEN_BYTES_MAX)
			return;
		buffer_bytes(out, utf8, size);
	}
}

static void
add(struct buffer *out, const char *mark, const struct fold_char *list,
	size_t count)
{
	put(out, mark);
	put_chars(out, list, count);
	buffer_byte(out, ' ');
}

/* ---- of a record ---- */

static void
add_pairs(struct buffer *out, const char *mark, const struct fold_char *list,
	size_t count)
{
	for (size_t i = 0; i < count; i++)
		add(out, mark, list + i, i + PAIR <= count ? PAIR : 1);
}

void
tokens_text(struct buffer *tokens, const struct fold *text)
{
	size_t end;

	for (size_t at = 0; at < text->count; at = end) {
		const struct fold_char *run = text->list + at;

		end = fold_run(text, at);
		if (run->class == FOLD_OTHER)
			continue;
		if (run->class == FOLD_HAN) {
			add_pairs(tokens, MARK_NONE, run, end - at);
			continue;
		}
		add(tokens, MARK_NONE, run, end - at);
		for (size_t i = 0; run->class == FOLD_DIGIT &&
			end - at > FRAGMENT && i + FRAGMENT <= end - at;
			i++)
			add(tokens, MARK_NONE, run + i, FRAGMENT);
	}
}

static void
add_initials(struct buffer *out, uint32_t first, uint32_t second)
{
	const char *rest = pinyin_of(first), *a, *b;
	size_t size;

	while ((a = pinyin_next(&rest, &size))) {
		const char *others = pinyin_of(second);

		while ((b = pinyin_next(&others, &size))) {
			put(out, MARK_INITIALS);
			buffer_byte(out, (uint8_t)*a);
			buffer_byte(out, (uint8_t)*b);
			buffer_byte(out, ' ');
		}
	}
}

static void
add_readings(struct buffer *out, const struct fold_char *list, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *rest = pinyin_of(list[i].code), *syllable;
		size_t size;

		while ((syllable = pinyin_next(&rest, &size))) {
			put(out, MARK_SYLLABLE);
			buffer_bytes(out, syllable, size);
			buffer_byte(out, ' ');
		}
		if (i + 1 < count)
			add_initials(out, list[i].code, list[i + 1].code);
	}
}

/* As hex digits. */
static void
put_hash(struct buffer *out, const struct fold *whole)
{
	crypto_generichash_state state;
	uint8_t hash[crypto_generichash_BYTES_MIN];
	char hex[2 * HASH_BYTES + 1];

	(void)crypto_generichash_init(&state, NULL, 0, sizeof hash);
	for (size_t i = 0; i < whole->count; i++) {
		char utf8[FOLD_UTF8_MAX];
		size_t size = fold_utf8(whole->list[i].code, utf8);

		(void)crypto_generichash_update(
			&state, (const uint8_t *)utf8, size);
	}
	(void)crypto_generichash_final(&state, hash, sizeof hash);
	put(out, sodium_bin2hex(hex, sizeof hex, hash, HASH_BYTES));
}

void
tokens_title(struct buffer *tokens, const struct fold *title)
{
	struct fold cut = *title;
	size_t end;

	if (!title->count)
		return;
	put(tokens, MARK_WHOLE);
	put_hash(tokens, title);
	buffer_byte(tokens, ' ');
	if (cut.count > TITLE_CHARS_MAX)
		cut.count = TITLE_CHARS_MAX;
	for (size_t at = 0; at < cut.count; at = end) {
		const struct fold_char *run = cut.list + at;

		end = fold_run(&cut, at);
		if (run->class == FOLD_OTHER)
			continue;
		if (at == 0)
			add(tokens, MARK_BEGIN, run,
				run->class == FOLD_HAN && end > PAIR ? PAIR
								     : end);
		if (run->class == FOLD_HAN) {
			add_pairs(tokens, MARK_TITLE, run, end - at);
			add_readings(tokens, run, end - at);
			continue;
		}
		for (size_t i = 0; i < end - at; i++)
			add(tokens, MARK_TITLE, run + i, end - at - i);
	}
}

void
tokens_id(struct buffer *tokens, const uint8_t *id, size_t id_size)
{
	char hex[TOKEN_ID_DIGITS + 1];

	put(tokens, MARK_ID);
	put(tokens,
		sodium_bin2hex(hex, sizeof hex,
			id + id_size - TOKEN_ID_DIGITS / 2,
			TOKEN_ID_DIGITS / 2));
	buffer_byte(tokens, ' ');
}

/* ---- expressions ---- */

/* Terms are joined by AND; a group in brackets is one of them. */
struct terms {
	struct buffer *out;
	size_t count;
};

static bool
next_term(struct terms *terms)
{
	if (terms->count == TERMS_MAX)
		return false;
	if (terms->count++)
		put(terms->out, " AND ");
	return true;
}

static void
term(struct terms *terms, const char *mark, const struct fold_char *list,
	size_t count, bool prefix)
{
	if (!next_term(terms))
		return;
	put(terms->out, "\"");
	put(terms->out, mark);
	put_chars(terms->out, list, count);
	put(terms->out, prefix ? "\"*" : "\"");
}

static void
pair_terms(struct terms *terms, const char *mark, const struct fold_char *list,
	size_t count)
{
	if (count == 1)
		term(terms, mark, list, 1, true);
	for (size_t i = 0; i + PAIR <= count; i++)
		term(terms, mark, list + i, PAIR, false);
}

/* Of a word in a text, or, with that mark, in a title. */
static void
word_terms(struct terms *terms, const struct word *word, const char *mark)
{
	struct fold fold = {.count = word->count};
	bool title = *mark != '\0';
	size_t end;

	fold.list = (struct fold_char *)(uintptr_t)word->list; /* read only */
	for (size_t at = 0; at < fold.count; at = end) {
		const struct fold_char *run = fold.list + at;
		size_t size;

		end = fold_run(&fold, at);
		size = end - at;
		if (run->class == FOLD_HAN) {
			pair_terms(terms, mark, run, size);
		} else if (run->class == FOLD_DIGIT && !title && at == 0 &&
			size >= FRAGMENT) {
			for (size_t i = 0; i + FRAGMENT <= size; i++)
				term(terms, mark, run + i, FRAGMENT, false);
		} else if (run->class != FOLD_OTHER) {
			term(terms, mark, run, size, end == fold.count);
		}
	}
}

/* What the word begins with may be one syllable or another. */
static void
syllable_terms(struct terms *terms, const char *text, size_t size, int depth)
{
	size_t choices = 0;

	if (!size || depth == SYLLABLES_MAX)
		return;
	if (!next_term(terms))
		return;
	put(terms->out, "(");
	for (size_t n = 1; n <= size && n <= PINYIN_SYLLABLE_MAX; n++) {
		bool partial = n == size && pinyin_is_syllable(text, n, true);
		struct terms inner = {.out = terms->out};

		if (!partial && !pinyin_is_syllable(text, n, false))
			continue;
		if (choices++)
			put(terms->out, " OR ");
		put(terms->out, "(");
		(void)next_term(&inner);
		put(inner.out, "\"" MARK_SYLLABLE);
		buffer_bytes(inner.out, text, n);
		put(inner.out, partial ? "\"*" : "\"");
		syllable_terms(&inner, text + n, size - n, depth + 1);
		put(terms->out, ")");
	}
	/* Nothing is read so; a mark alone is no token of anything. */
	if (!choices)
		put(terms->out, "\"" MARK_SYLLABLE "\"");
	put(terms->out, ")");
}

/* As initials, or as syllables. */
static void
pinyin_terms(struct buffer *out, const struct word *word)
{
	enum { LETTERS_MAX = SYLLABLES_MAX * PINYIN_SYLLABLE_MAX };
	char letters[LETTERS_MAX];
	size_t count = word->count < LETTERS_MAX ? word->count : LETTERS_MAX;
	struct terms initials = {.out = out}, syllables = {.out = out};

	for (size_t i = 0; i < count; i++)
		letters[i] = (char)word->list[i].code;
	put(out, " OR (");
	for (size_t i = 0; i + PAIR <= word->count; i++)
		term(&initials, MARK_INITIALS, word->list + i, PAIR, false);
	put(out, ") OR ");
	syllable_terms(&syllables, letters, count, 0);
}

static bool
has_token(const struct word *word)
{
	for (size_t i = 0; i < word->count; i++)
		if (word->list[i].class != FOLD_OTHER)
			return true;
	return false;
}

static void
word_expression(struct buffer *out, const struct word *word, bool title)
{
	struct terms in_title = {.out = out}, in_text = {.out = out};

	put(out, "((");
	word_terms(&in_title, word, MARK_TITLE);
	put(out, ")");
	if (!title) {
		put(out, " OR (");
		word_terms(&in_text, word, MARK_NONE);
		put(out, ")");
	}
	if (word->letters && word->count >= PAIR)
		pinyin_terms(out, word);
	put(out, ")");
}

static void
begin_expression(struct buffer *out, const struct fold *whole)
{
	size_t end = fold_run(whole, 0);
	struct terms terms = {.out = out};

	if (whole->list->class == FOLD_HAN)
		term(&terms, MARK_BEGIN, whole->list, end > PAIR ? PAIR : end,
			end == 1);
	else
		term(&terms, MARK_BEGIN, whole->list, end, end == whole->count);
}

bool
tokens_expression(
	struct buffer *out, const struct words *words, enum words_class class)
{
	out->size = 0;
	for (size_t i = 0; i < words->count; i++)
		if (!has_token(&words->list[i]))
			return false;
	if (class == WORDS_EXACT) {
		put(out, "\"" MARK_WHOLE);
		put_hash(out, &words->whole);
		put(out, "\"");
	} else if (class == WORDS_PREFIX &&
		words->whole.list->class != FOLD_OTHER) {
		begin_expression(out, &words->whole);
	} else {
		for (size_t i = 0; i < words->count; i++) {
			if (i)
				put(out, " AND ");
			word_expression(
				out, &words->list[i], class != WORDS_OTHER);
		}
	}
	buffer_byte(out, 0);
	return true;
}

void
tokens_id_expression(struct buffer *out, const char *digits)
{
	out->size = 0;
	put(out, "\"" MARK_ID);
	put(out, digits + strlen(digits) - TOKEN_ID_DIGITS);
	put(out, "\"");
	buffer_byte(out, 0);
}
