#ifndef CLIENT_STORE_TOKENS_H
#define CLIENT_STORE_TOKENS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/store/varint.h"
#include "client/store/words.h"

/*
 * What the search index holds of a record: tokens parted by blanks, and the
 * FTS5 expression for what somebody looks for. Whatever words.h finds in a
 * text, the expression finds by the text's tokens; it may find more, which is
 * looked at and left out.
 *
 *     Chinese      each two characters that stand together, and the last one
 *     letters      each word
 *     digits       each number, and each four digits that stand together
 *
 * Tokens that a mark stands before are of the title alone: its beginning, a
 * hash of the whole, words and numbers from each of their characters on,
 * initials by twos, syllables. Of the id, its last four digits.
 *
 * The tokenizer is `ascii`: what is not ASCII is a letter to it, and all that
 * Unicode has to say was said by fold.h. (unicode61 is as old as SQLite's
 * tables: characters that came after Unicode 6.1 would part words.)
 */

enum { TOKEN_BYTES_MAX = 32, TOKEN_ID_DIGITS = 4 };

/* Adds the tokens of a text to those of its record. */
void tokens_text(struct buffer *tokens, const struct fold *text);
/* Of a title, which goes to tokens_text() as well. */
void tokens_title(struct buffer *tokens, const struct fold *title);
void tokens_id(struct buffer *tokens, const uint8_t *id, size_t id_size);

/*
 * The expression for records of the class, with a zero behind it; for
 * WORDS_OTHER of any. False: the index does not help, there is a word that
 * leaves no token.
 */
bool tokens_expression(
	struct buffer *out, const struct words *words, enum words_class class);
/* For ids that end in these, four or more; lower case. */
void tokens_id_expression(struct buffer *out, const char *digits);

#endif
