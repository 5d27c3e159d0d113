/*
 * Files that people bring come in UTF-8 or in a Chinese encoding, and seldom
 * say which. Here a whole file becomes UTF-8 or is refused with the line to
 * look at; all that reads text behind this point knows UTF-8 only.
 *
 * Unless the caller names the encoding:
 *
 *     begins with a UTF-8 byte order mark    UTF-8
 *     is valid UTF-8 from first to last      UTF-8, which includes ASCII
 *     anything else                          GB18030
 *
 * GB2312 and GBK are subsets of GB18030, so one reading serves all three. The
 * whole file is looked at because a register may be ASCII for a thousand lines
 * before the first name. The rule has one blind spot: a damaged UTF-8 file
 * may happen to be valid GB18030 and then reads as nonsense, so an import
 * shows the encoding it took and lets the user name another.
 *
 * A byte order mark of the encoding taken is dropped. Lines end in LF, CRLF or
 * CR and are counted from 1, here as in client/exchange/csv.h.
 */
#ifndef CLIENT_EXCHANGE_TEXT_ENCODING_H
#define CLIENT_EXCHANGE_TEXT_ENCODING_H

#include <stddef.h>
#include <stdint.h>

#include "proto/status.h"

#define TEXT_ENCODING_FILE_MAX ((size_t)256 << 20) /* bytes */

enum text_encoding {
	TEXT_ENCODING_DETECT, /* by the rule above */
	TEXT_ENCODING_UTF8,
	TEXT_ENCODING_GB18030,
};

enum text_encoding_reason {
	TEXT_ENCODING_REASON_NONE,
	TEXT_ENCODING_REASON_SIZE,      /* over TEXT_ENCODING_FILE_MAX */
	TEXT_ENCODING_REASON_UTF16,     /* begins with its byte order mark */
	TEXT_ENCODING_REASON_NUL,       /* a NUL byte, so hardly text */
	TEXT_ENCODING_REASON_INVALID,   /* not in this encoding */
	TEXT_ENCODING_REASON_MEMORY,    /* none for the converted text */
	TEXT_ENCODING_REASON_CONVERTER, /* no GB18030, or no memory for it */
};

struct text_encoding_fault {
	enum text_encoding_reason reason;
	enum text_encoding encoding; /* broken, where reason is INVALID */
	size_t line;                 /* 0 where the file as a whole is meant */
};

/* UTF-8 without NUL bytes; one NUL follows it and is not counted. */
struct text {
	char *bytes;
	size_t size;
	enum text_encoding encoding; /* of the file; never DETECT */
};

/*
 * The encoding that `name` means: utf-8, utf8, gb18030, gbk or gb2312 in any
 * case. STATUS_ABSENT for any other name, with *encoding as it was.
 */
MUST_USE enum status text_encoding_find(
	enum text_encoding *encoding, const char *name);

/* "UTF-8" or "GB18030", never NULL; for messages. */
const char *text_encoding_name(enum text_encoding encoding);

/* What was wrong, for a message in the language that is set; never NULL. */
const char *text_encoding_reason_text(enum text_encoding_reason reason);

/*
 * Converts the whole file at `bytes` to UTF-8, from `encoding` or, where that
 * is TEXT_ENCODING_DETECT, from what the file turns out to be. `bytes` is only
 * read and may go away afterwards.
 *
 * STATUS_OK         *text is filled in; text->bytes is the caller's to free().
 * STATUS_MALFORMED  *fault tells the line of the first NUL, or of the first
 *                   byte that is wrong in the encoding. Where neither encoding
 *                   fits, it is of the one that came further.
 * STATUS_REFUSED    not a file we take; *fault tells why.
 * STATUS_FAILED     no memory or no converter; *fault tells which.
 *
 * *text is written only on STATUS_OK, *fault always.
 */
MUST_USE enum status text_encoding_decode(struct text *text,
	struct text_encoding_fault *fault, const uint8_t *bytes, size_t size,
	enum text_encoding encoding);

#endif
