#include "client/exchange/text_encoding.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client/text/text.h"

static const uint8_t utf8_mark[] = {0xef, 0xbb, 0xbf};
static const uint8_t gb18030_mark[] = {0x84, 0x31, 0x95, 0x33};
static const uint8_t utf16_marks[][2] = {{0xff, 0xfe}, {0xfe, 0xff}};

static const struct {
	const char *name;
	enum text_encoding encoding;
} names[] = {
	{"utf-8", TEXT_ENCODING_UTF8},
	{"utf8", TEXT_ENCODING_UTF8},
	{"gb18030", TEXT_ENCODING_GB18030},
	{"gbk", TEXT_ENCODING_GB18030},
	{"gb2312", TEXT_ENCODING_GB18030},
};

static bool
begins_with(const uint8_t *bytes, size_t size, const uint8_t *mark,
	size_t mark_size)
{
	return size >= mark_size && memcmp(bytes, mark, mark_size) == 0;
}

static bool
begins_as_utf16(const uint8_t *bytes, size_t size)
{
	return begins_with(bytes, size, utf16_marks[0], 2) ||
		begins_with(bytes, size, utf16_marks[1], 2);
}

/*
 * The line that the byte at `at` stands on. No byte of a character in either
 * encoding looks like a line end, so this needs no decoding.
 */
static size_t
line_of(const uint8_t *bytes, size_t at)
{
	size_t line = 1;

	for (size_t i = 0; i < at; i++) {
		bool after_cr = i > 0 && bytes[i - 1] == '\r';

		line += bytes[i] == '\r' || (bytes[i] == '\n' && !after_cr);
	}
	return line;
}

/* How many of the `size` bytes the UTF-8 character there takes; 0 if none. */
static size_t
utf8_character_size(const uint8_t *bytes, size_t size)
{
	uint8_t lead = bytes[0];
	size_t wanted = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	/* What the second byte may be: the narrow cases are Unicode's table. */
	uint8_t lowest = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
	uint8_t highest = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

	if (wanted == 1)
		return 1;
	if (lead < 0xc2 || lead > 0xf4 || wanted > size)
		return 0;
	if (bytes[1] < lowest || bytes[1] > highest)
		return 0;
	for (size_t i = 2; i < wanted; i++)
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
	return wanted;
}

/* Where the first byte is that no UTF-8 has there; `size` if all is well. */
static size_t
utf8_valid_size(const uint8_t *bytes, size_t size)
{
	size_t at = 0;

	while (at < size) {
		size_t taken = utf8_character_size(bytes + at, size - at);

		if (taken == 0)
			break;
		at += taken;
	}
	return at;
}

static enum status
invalid_at(struct text_encoding_fault *fault, enum text_encoding encoding,
	const uint8_t *bytes, size_t at)
{
	fault->reason = TEXT_ENCODING_REASON_INVALID;
	fault->encoding = encoding;
	fault->line = line_of(bytes, at);
	return STATUS_MALFORMED;
}

static enum status
decode_utf8(struct text *text, struct text_encoding_fault *fault,
	const uint8_t *bytes, size_t size, size_t valid_size)
{
	size_t mark_size = begins_with(bytes, size, utf8_mark, sizeof utf8_mark)
		? sizeof utf8_mark
		: 0;
	size_t kept = size - mark_size;
	char *copy;

	if (valid_size < size)
		return invalid_at(fault, TEXT_ENCODING_UTF8, bytes, valid_size);
	copy = malloc(kept + 1);
	if (!copy) {
		fault->reason = TEXT_ENCODING_REASON_MEMORY;
		return STATUS_FAILED;
	}
	if (kept > 0)
		memcpy(copy, bytes + mark_size, kept);
	copy[kept] = '\0';
	*text = (struct text){copy, kept, TEXT_ENCODING_UTF8};
	return STATUS_OK;
}

/*
 * As iconv(3) over all of `bytes`, into memory that grows as needed: a Chinese
 * character goes from two bytes to three, while most of a file may be ASCII.
 * STATUS_MALFORMED leaves in *valid_size where the first wrong byte is.
 */
static enum status
convert_all(struct text *text, size_t *valid_size, iconv_t converter,
	const uint8_t *bytes, size_t size)
{
	/* iconv does not write to its input, but its type does not say so. */
	union {
		const uint8_t *bytes;
		char *for_iconv;
	} in = {bytes};
	size_t left = size, capacity = size, used = 0;
	char *out = NULL;
	int error;

	do {
		char *grown = realloc(out, capacity + 1);
		size_t room = capacity - used;
		char *to;

		if (!grown) {
			free(out);
			return STATUS_FAILED;
		}
		out = grown;
		to = out + used;
		error = 0;
		if (iconv(converter, &in.for_iconv, &left, &to, &room) ==
			(size_t)-1)
			error = errno;
		used = (size_t)(to - out);
		capacity += capacity / 2 + 16;
	} while (error == E2BIG);

	if (error != 0) {
		*valid_size = size - left;
		free(out);
		return STATUS_MALFORMED;
	}
	out[used] = '\0';
	*text = (struct text){out, used, TEXT_ENCODING_GB18030};
	return STATUS_OK;
}

/* *valid_size as for convert_all(). */
static enum status
decode_gb18030(struct text *text, struct text_encoding_fault *fault,
	size_t *valid_size, const uint8_t *bytes, size_t size)
{
	size_t mark_size =
		begins_with(bytes, size, gb18030_mark, sizeof gb18030_mark)
		? sizeof gb18030_mark
		: 0;
	iconv_t converter = iconv_open("UTF-8", "GB18030");
	enum status status;

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): as POSIX wants it */
	if (converter == (iconv_t)-1) {
		/* glibc that could not load its list for want of memory says
		 * what it says of an encoding that is not in it. */
		fault->reason = errno == ENOMEM
			? TEXT_ENCODING_REASON_MEMORY
			: TEXT_ENCODING_REASON_CONVERTER;
		return STATUS_FAILED;
	}
	status = convert_all(text, valid_size, converter, bytes + mark_size,
		size - mark_size);
	(void)iconv_close(converter); /* fails only for what is not open */

	if (status == STATUS_MALFORMED) {
		*valid_size += mark_size;
		return invalid_at(
			fault, TEXT_ENCODING_GB18030, bytes, *valid_size);
	}
	if (status == STATUS_FAILED)
		fault->reason = TEXT_ENCODING_REASON_MEMORY;
	return status;
}

/* What no encoding makes a text of; *fault tells what it was. */
static enum status
refuse_what_is_not_text(
	struct text_encoding_fault *fault, const uint8_t *bytes, size_t size)
{
	const uint8_t *nul;

	if (size > TEXT_ENCODING_FILE_MAX) {
		fault->reason = TEXT_ENCODING_REASON_SIZE;
		return STATUS_REFUSED;
	}
	/* Before NUL bytes, of which such a file is full. */
	if (begins_as_utf16(bytes, size)) {
		fault->reason = TEXT_ENCODING_REASON_UTF16;
		return STATUS_REFUSED;
	}
	nul = size > 0 ? memchr(bytes, '\0', size) : NULL;
	if (nul) {
		fault->reason = TEXT_ENCODING_REASON_NUL;
		fault->line = line_of(bytes, (size_t)(nul - bytes));
		return STATUS_MALFORMED;
	}
	return STATUS_OK;
}

enum status
text_encoding_find(enum text_encoding *encoding, const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		if (strcasecmp(names[i].name, name) == 0) {
			*encoding = names[i].encoding;
			return STATUS_OK;
		}
	}
	return STATUS_ABSENT;
}

const char *
text_encoding_name(enum text_encoding encoding)
{
	switch (encoding) {
	case TEXT_ENCODING_DETECT:
		return "as detected";
	case TEXT_ENCODING_UTF8:
		return "UTF-8";
	case TEXT_ENCODING_GB18030:
		return "GB18030";
	}
	return "unknown encoding";
}

const char *
text_encoding_reason_text(enum text_encoding_reason reason)
{
	switch (reason) {
	case TEXT_ENCODING_REASON_NONE:
		break;
	case TEXT_ENCODING_REASON_SIZE:
		return T("it is larger than 256 MiB");
	case TEXT_ENCODING_REASON_UTF16:
		return T("it is UTF-16: save it as UTF-8");
	case TEXT_ENCODING_REASON_NUL:
		return T("it holds bytes that no text has");
	case TEXT_ENCODING_REASON_INVALID:
		return T("it has bytes that are not in this encoding");
	case TEXT_ENCODING_REASON_MEMORY:
		return T("there is not enough memory for this file");
	case TEXT_ENCODING_REASON_CONVERTER:
		return T("this system cannot read GB18030, or has no memory "
			 "for it: save the file as UTF-8");
	}
	return "?";
}

enum status
text_encoding_decode(struct text *text, struct text_encoding_fault *fault,
	const uint8_t *bytes, size_t size, enum text_encoding encoding)
{
	bool detecting = encoding == TEXT_ENCODING_DETECT;
	size_t utf8_size, gb18030_size = 0;
	enum status status;

	*fault = (struct text_encoding_fault){0};
	status = refuse_what_is_not_text(fault, bytes, size);
	if (status != STATUS_OK)
		return status;

	utf8_size = utf8_valid_size(bytes, size);
	/* A marked file says what it is, even where it is damaged. */
	if (detecting &&
		(utf8_size == size ||
			begins_with(bytes, size, utf8_mark, sizeof utf8_mark)))
		encoding = TEXT_ENCODING_UTF8;
	if (encoding == TEXT_ENCODING_UTF8)
		return decode_utf8(text, fault, bytes, size, utf8_size);

	status = decode_gb18030(text, fault, &gb18030_size, bytes, size);
	/* One bad byte far down a UTF-8 file: that is the line to look at. */
	if (detecting && status == STATUS_MALFORMED && utf8_size > gb18030_size)
		return invalid_at(fault, TEXT_ENCODING_UTF8, bytes, utf8_size);
	return status;
}
